// SPDX-License-Identifier: MIT
#include "nevus/image/encode.h"

#include <png.h>

#include <array>
#include <cstdio>
#include <string>

#include "nevus/image/c_library_call.h"

// jpeglib.h needs the size_t and FILE that <cstdio> brings.
#include <jpeglib.h>

namespace nevus::image {
namespace {

/// libjpeg's compressor into memory, with errors that come back instead of ending the program.
class JpegWriter {
 public:
  JpegWriter() {
    codec_.err = jpeg_std_error(&errors_);
    codec_.client_data = this;
    errors_.error_exit = [](j_common_ptr codec) {
      std::array<char, JMSG_LENGTH_MAX> message{};
      codec->err->format_message(codec, message.data());
      static_cast<JpegWriter*>(codec->client_data)->call_.give_up(message.data());
    };
    errors_.output_message = [](j_common_ptr) {};
  }
  ~JpegWriter() { jpeg_destroy_compress(&codec_); }
  JpegWriter(JpegWriter const&) = delete;
  JpegWriter& operator=(JpegWriter const&) = delete;

  [[nodiscard]] Result<ByteVector> write(Image const& image, int quality) {
    // TurboJPEG's bound (tjBufSize) on a JPEG with colour at half resolution, so that libjpeg never has to grow it.
    auto const padded = [](int side_px) { return (static_cast<std::size_t>(side_px) + 15) / 16 * 16; };
    ByteVector bytes(3 * padded(image.width_px()) * padded(image.height_px()) + 2048);
    target_ = bytes.data();
    size_bytes_ = bytes.size();
    bool const done = call_.run([&] { compress(image, quality); });
    if (!done || target_ != bytes.data()) {
      return fail(ErrorCode::kInternal, std::string("the JPEG could not be written: ") + call_.message());
    }
    bytes.resize(size_bytes_);
    return bytes;
  }

 private:
  void compress(Image const& image, int quality) {
    jpeg_create_compress(&codec_);
    jpeg_mem_dest(&codec_, &target_, &size_bytes_);
    codec_.image_width = static_cast<JDIMENSION>(image.width_px());
    codec_.image_height = static_cast<JDIMENSION>(image.height_px());
    codec_.input_components = 3;
    codec_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec_);
    jpeg_set_quality(&codec_, quality, TRUE);
    jpeg_start_compress(&codec_, TRUE);
    std::uint8_t const* pixels = image.pixels().data();
    while (codec_.next_scanline < codec_.image_height) {
      // libjpeg's signature lacks a const; it does not write to the row.
      auto* row = const_cast<JSAMPROW>(pixels + std::size_t{3} * codec_.image_width * codec_.next_scanline);
      jpeg_write_scanlines(&codec_, &row, 1);
    }
    jpeg_finish_compress(&codec_);
  }

  jpeg_compress_struct codec_{};
  jpeg_error_mgr errors_{};
  unsigned char* target_ = nullptr;
  unsigned long size_bytes_ = 0;  // NOLINT(google-runtime-int): libjpeg's type
  CLibraryCall call_;
};

Result<ByteVector> png_file(png_uint_32 format, int width_px, int height_px, std::vector<std::uint8_t> const& pixels) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(width_px);
  header.height = static_cast<png_uint_32>(height_px);
  header.format = format;
  png_alloc_size_t size_bytes = PNG_IMAGE_PNG_SIZE_MAX(header);
  ByteVector bytes(size_bytes);
  bool const done = png_image_write_to_memory(&header, bytes.data(), &size_bytes, /*convert_to_8_bit=*/0, pixels.data(),
                                              /*row_stride=*/0, nullptr) != 0;
  if (!done) return fail(ErrorCode::kInternal, std::string("the PNG could not be written: ") + header.message);
  bytes.resize(size_bytes);
  return bytes;
}

}  // namespace

Result<ByteVector> encode_png(Image const& image) {
  return png_file(PNG_FORMAT_RGB, image.width_px(), image.height_px(), image.pixels());
}

Result<ByteVector> encode_png(Layer const& layer) {
  return png_file(PNG_FORMAT_RGBA, layer.width_px, layer.height_px, layer.pixels);
}

Result<ByteVector> encode_jpeg(Image const& image, int quality) {
  if (image.width_px() > JPEG_MAX_DIMENSION || image.height_px() > JPEG_MAX_DIMENSION) {
    return fail(ErrorCode::kPhotoTooLarge, std::to_string(image.width_px()) + " x " +
                                               std::to_string(image.height_px()) + " px are more than the " +
                                               std::to_string(JPEG_MAX_DIMENSION) + " px a side that a JPEG can hold");
  }
  return JpegWriter().write(image, quality);
}

}  // namespace nevus::image
