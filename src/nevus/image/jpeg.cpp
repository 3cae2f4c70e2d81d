// SPDX-License-Identifier: MIT
#include <jerror.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "nevus/image/c_library_call.h"
#include "nevus/image/codec.h"
#include "nevus/image/orientation.h"

// jpeglib.h needs the size_t and FILE that <cstdio> brings.
#include <jpeglib.h>

namespace nevus::image {
namespace {

// A photo has about 10 scans. A small file may declare thousands, each of which walks over the whole picture.
constexpr int kMaxScans = 100;

/// libjpeg's decompressor with errors and warnings that come back instead of printing or ending the program.
class JpegReader {
 public:
  JpegReader() {
    codec_.err = jpeg_std_error(&errors_);
    codec_.client_data = this;
    errors_.error_exit = [](j_common_ptr codec) { self(codec).give_up(); };
    errors_.emit_message = [](j_common_ptr codec, int level) { self(codec).judge_message(level); };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr codec) { self(codec).watch_scan(); };
  }
  ~JpegReader() { jpeg_destroy_decompress(&codec_); }
  JpegReader(JpegReader const&) = delete;
  JpegReader& operator=(JpegReader const&) = delete;

  template <typename Step>
  [[nodiscard]] bool run(Step const& step) {
    return call_.run(step);
  }

  /// Parses up to the first scan.
  void read_header(Bytes bytes) {
    jpeg_create_decompress(&codec_);
    codec_.progress = &progress_;
    jpeg_mem_src(&codec_, bytes.data(), bytes.size());
    jpeg_save_markers(&codec_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&codec_, TRUE);
  }

  /// The orientation in the first EXIF segment.
  [[nodiscard]] int orientation() const {
    constexpr std::string_view kSignature("Exif\0\0", 6);
    for (auto const* marker = codec_.marker_list; marker != nullptr; marker = marker->next) {
      Bytes const data(marker->data, marker->data_length);
      if (data.size() > kSignature.size() && std::equal(kSignature.begin(), kSignature.end(), data.begin())) {
        return exif_orientation(data.subspan(kSignature.size()));
      }
    }
    return 1;
  }

  [[nodiscard]] jpeg_decompress_struct& codec() { return codec_; }
  [[nodiscard]] bool every_component_arrived() const {
    return components_seen_ == (1U << static_cast<unsigned>(codec_.num_components)) - 1;
  }

  [[nodiscard]] tl::unexpected<Error> failure() const {
    switch (errors_.msg_code) {
      case JERR_BAD_PRECISION:
      case JERR_SOF_UNSUPPORTED:
      case JERR_ARITH_NOTIMPL:
      case JERR_CONVERSION_NOTIMPL:
        return unsupported("jpeg", call_.message());
      default:
        return damaged("jpeg", call_.message());
    }
  }

 private:
  static JpegReader& self(j_common_ptr codec) { return *static_cast<JpegReader*>(codec->client_data); }

  [[noreturn]] void give_up() {
    std::array<char, JMSG_LENGTH_MAX> message{};
    errors_.format_message(reinterpret_cast<j_common_ptr>(&codec_), message.data());
    call_.give_up(message.data());
  }

  // A negative level is a warning that pixels are wrong or missing; libjpeg would go on and paint the rest grey.
  void judge_message(int level) {
    bool const harmless = errors_.msg_code == JWRN_JFIF_MAJOR || errors_.msg_code == JWRN_ADOBE_XFORM;
    if (level < 0 && !harmless) give_up();
  }

  void watch_scan() {
    if (codec_.input_scan_number > kMaxScans) call_.give_up("it has more scans than any real photo");
    if (codec_.Ss != 0) return;  // only a scan with the DC coefficient makes a component visible
    for (int i = 0; i < codec_.comps_in_scan; ++i) {
      components_seen_ |= 1U << static_cast<unsigned>(codec_.cur_comp_info[i]->component_index);
    }
  }

  jpeg_decompress_struct codec_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  CLibraryCall call_;
  unsigned components_seen_ = 0;
};

// Adobe's writers, and so nearly all others, store inks inverted: 255 is no ink.
void inks_to_rgb(ByteVector const& inks, bool inverted, std::uint8_t* rgb) {
  for (std::size_t i = 0; i + 3 < inks.size(); i += 4) {
    int const black = inverted ? inks[i + 3] : 255 - inks[i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      int const colour = inverted ? inks[i + c] : 255 - inks[i + c];
      *rgb++ = static_cast<std::uint8_t>((colour * black + 127) / 255);
    }
  }
}

}  // namespace

Result<StoredPhoto> decode_jpeg(Bytes bytes, DecodeLimits const& limits, JpegColours colours) {
  JpegReader reader;
  if (!reader.run([&] { reader.read_header(bytes); })) return reader.failure();
  auto& codec = reader.codec();
  NEVUS_CHECK(check_sides(codec.image_width, codec.image_height, limits));
  bool const has_inks = codec.num_components == 4;
  if (codec.num_components != 1 && codec.num_components != 3 && !has_inks) {
    return unsupported("jpeg", "it has " + std::to_string(codec.num_components) + " colour channels");
  }
  bool const marked = codec.saw_JFIF_marker != FALSE || codec.saw_Adobe_marker != FALSE;
  if (colours == JpegColours::kRgbUnlessMarked && codec.num_components == 3 && !marked)
    codec.jpeg_color_space = JCS_RGB;
  codec.out_color_space = has_inks ? JCS_CMYK : JCS_RGB;

  auto photo = blank_photo(codec.image_width, codec.image_height);
  photo.orientation = reader.orientation();
  bool const inverted = codec.saw_Adobe_marker != FALSE;
  ByteVector inks(has_inks ? std::size_t{4} * codec.image_width : 0);
  bool const finished = reader.run([&] {
    jpeg_start_decompress(&codec);
    while (codec.output_scanline < codec.output_height) {
      std::uint8_t* const target = photo.rgb.data() + std::size_t{3} * codec.output_width * codec.output_scanline;
      JSAMPROW row = has_inks ? inks.data() : target;
      jpeg_read_scanlines(&codec, &row, 1);
      if (has_inks) inks_to_rgb(inks, inverted, target);
    }
    jpeg_finish_decompress(&codec);
  });
  if (!finished) return reader.failure();
  if (!reader.every_component_arrived()) return damaged("jpeg", "a colour channel is missing");
  return photo;
}

}  // namespace nevus::image
