// SPDX-License-Identifier: MIT
#include <png.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "nevus/image/c_library_call.h"
#include "nevus/image/codec.h"
#include "nevus/image/orientation.h"

namespace nevus::image {
namespace {

using Colour = std::array<std::uint8_t, 3>;

/// libpng's reader on bytes in memory, with errors that come back instead of ending the program.
class PngReader {
 public:
  explicit PngReader(Bytes bytes) : unread_(bytes) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(PngReader const&) = delete;
  PngReader& operator=(PngReader const&) = delete;

  template <typename Step>
  [[nodiscard]] bool run(Step const& step) {
    return call_.run(step);
  }
  [[nodiscard]] tl::unexpected<Error> failure() const { return damaged("png", call_.message()); }

  /// Parses up to the first pixel data.
  void read_header() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, give_up, [](png_structp, png_const_charp) {});
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) call_.give_up("out of memory");
    png_set_read_fn(png_, this, read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // ours are checked next, with our own words
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_benign_errors(png_, 0);
    // Profiles and texts are dropped anyway; unread, they cannot be a compressed bomb or wrong in a harmless way.
    constexpr png_byte kDropped[] =
        "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kDropped, sizeof kDropped / 5);
    png_read_info(png_, info_);
  }

  [[nodiscard]] std::int64_t width_px() const { return png_get_image_width(png_, info_); }
  [[nodiscard]] std::int64_t height_px() const { return png_get_image_height(png_, info_); }

  [[nodiscard]] bool is_indexed() const { return png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE; }

  /// Reads every row, then the rest of the file: one byte per pixel where the photo is indexed, else RGB over white.
  void read_rows(std::uint8_t* rows, std::size_t row_bytes) {
    if (is_indexed()) {
      png_set_packing(png_);
    } else {
      ask_for_rgb();
    }
    int const passes = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != row_bytes) call_.give_up("its rows have an unexpected length");
    for (int pass = 0; pass < passes; ++pass) {
      for (std::size_t y = 0; y < png_get_image_height(png_, info_); ++y) {
        png_read_row(png_, rows + y * row_bytes, nullptr);
      }
    }
    png_read_end(png_, info_);
  }

  /// Colours over white, by index.
  [[nodiscard]] std::vector<Colour> palette() const {
    png_colorp colours = nullptr;
    png_bytep alphas = nullptr;
    int colour_count = 0;
    int alpha_count = 0;
    png_get_PLTE(png_, info_, &colours, &colour_count);
    png_get_tRNS(png_, info_, &alphas, &alpha_count, nullptr);
    std::vector<Colour> palette;
    for (int i = 0; i < colour_count; ++i) {
      int const alpha = i < alpha_count ? alphas[i] : 255;
      palette.push_back(
          {over_white(colours[i].red, alpha), over_white(colours[i].green, alpha), over_white(colours[i].blue, alpha)});
    }
    return palette;
  }

  [[nodiscard]] int orientation() const {
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &exif) == 0 || exif == nullptr) return 1;
    return exif_orientation(Bytes(exif, size));
  }

 private:
  static void give_up(png_structp png, png_const_charp message) {
    static_cast<PngReader*>(png_get_error_ptr(png))->call_.give_up(message);
  }

  static void read(png_structp png, png_bytep target, std::size_t size) {
    auto& self = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > self.unread_.size()) png_error(png, "it ends too early");
    std::memcpy(target, self.unread_.data(), size);
    self.unread_ = self.unread_.subspan(size);
  }

  void ask_for_rgb() {
    png_set_expand(png_);
    bool const is_deep = png_get_bit_depth(png_, info_) == 16;
    bool const has_alpha =
        (png_get_color_type(png_, info_) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
    if (has_alpha) {
      auto const white = static_cast<png_uint_16>(is_deep ? 65535 : 255);
      png_color_16 const background{0, white, white, white, white};
      png_set_background(png_, &background, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    }
    if (is_deep) png_set_scale_16(png_);
    png_set_gray_to_rgb(png_);
  }

  CLibraryCall call_;
  Bytes unread_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

/// libpng would paint an index without a colour black and go on, so the palette is applied here.
Result<void> apply_palette(std::vector<Colour> const& palette, ByteVector const& indices, ByteVector& rgb) {
  auto* target = rgb.data();
  for (std::size_t const index : indices) {
    if (index >= palette.size()) return damaged("png", "a pixel names a colour that its palette does not have");
    target = std::copy(palette[index].begin(), palette[index].end(), target);
  }
  return {};
}

}  // namespace

Result<StoredPhoto> decode_png(Bytes bytes, DecodeLimits const& limits) {
  PngReader reader(bytes);
  if (!reader.run([&] { reader.read_header(); })) return reader.failure();
  NEVUS_CHECK(check_sides(reader.width_px(), reader.height_px(), limits));
  auto photo = blank_photo(reader.width_px(), reader.height_px());
  auto const width_px = static_cast<std::size_t>(photo.width_px);
  ByteVector indices(reader.is_indexed() ? photo.rgb.size() / 3 : 0);
  bool const finished = reader.run([&] {
    if (reader.is_indexed()) {
      reader.read_rows(indices.data(), width_px);
    } else {
      reader.read_rows(photo.rgb.data(), 3 * width_px);
    }
  });
  if (!finished) return reader.failure();
  if (reader.is_indexed()) NEVUS_CHECK(apply_palette(reader.palette(), indices, photo.rgb));
  photo.orientation = reader.orientation();
  return photo;
}

}  // namespace nevus::image
