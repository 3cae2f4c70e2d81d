// SPDX-License-Identifier: MIT
#include "image/maker/maker.h"

namespace maker {
namespace {

constexpr int kFileHeaderBytes = 14;

struct BmpOptions {
  std::uint32_t header_bytes = 40;  ///< 12: OS/2; 40: plain; 108: with masks and colour space
  std::uint32_t compression = 0;
  std::vector<std::uint32_t> masks{};  ///< after a header of 40, inside one of 108
  std::uint32_t declared_colours = 0;
  ByteVector palette{};  ///< blue, green, red
  bool top_down = false;
};

/// `pixel` appends one pixel of 8 bits or more; smaller ones are packed by `packed_rows`.
ByteVector bmp(ByteVector const& pixels, unsigned bits_per_pixel, BmpOptions const& options = {}) {
  ByteVector header;
  append_little_endian(header, options.header_bytes, 4);
  int const side_bytes = options.header_bytes == 12 ? 2 : 4;
  append_little_endian(header, kWidthPx, side_bytes);
  append_little_endian(header, options.top_down ? -kHeightPx : kHeightPx, side_bytes);
  append_little_endian(header, 1, 2);
  append_little_endian(header, bits_per_pixel, 2);
  if (options.header_bytes > 12) {
    append_little_endian(header, options.compression, 4);
    for (int i = 0; i < 3; ++i) append_little_endian(header, 0, 4);
    append_little_endian(header, options.declared_colours, 4);
    append_little_endian(header, 0, 4);
  }
  for (auto const mask : options.masks) append_little_endian(header, mask, 4);
  if (header.size() < options.header_bytes) header.resize(options.header_bytes);
  for (std::size_t i = 0; i < options.palette.size(); ++i) {
    header.push_back(options.palette[i]);
    if (options.header_bytes > 12 && i % 3 == 2) header.push_back(0);
  }
  ByteVector file;
  append(file, "BM");
  append_little_endian(file, static_cast<std::uint32_t>(kFileHeaderBytes + header.size() + pixels.size()), 4);
  append_little_endian(file, 0, 4);
  append_little_endian(file, static_cast<std::uint32_t>(kFileHeaderBytes + header.size()), 4);
  append(file, header);
  append(file, pixels);
  return file;
}

enum class Order { kBottomUp, kTopDown };

/// Rows of pixels, each `write`n by its own function and filled up to 4 bytes.
template <typename Write>
ByteVector rows(Picture const& picture, Order order, Write const& write) {
  ByteVector bytes;
  for (int i = 0; i < picture.height_px; ++i) {
    int const y = order == Order::kTopDown ? i : picture.height_px - 1 - i;
    for (int x = 0; x < picture.width_px; ++x) write(bytes, picture.at(x, y));
    while (bytes.size() % 4 != 0) bytes.push_back(0);
  }
  return bytes;
}

void write_bgr(ByteVector& bytes, std::uint8_t const* rgb) { append(bytes, {rgb[2], rgb[1], rgb[0]}); }
void write_bgrx(ByteVector& bytes, std::uint8_t const* rgb) { append(bytes, {rgb[2], rgb[1], rgb[0], 0}); }
void write_rgbx(ByteVector& bytes, std::uint8_t const* rgb) { append(bytes, {0, rgb[0], rgb[1], rgb[2]}); }
void write_565(ByteVector& bytes, std::uint8_t const* rgb) {
  append_little_endian(bytes, rgb[0] >> 3U << 11U | rgb[1] >> 2U << 5U | rgb[2] >> 3U, 2);
}
void write_555(ByteVector& bytes, std::uint8_t const* rgb) {
  append_little_endian(bytes, rgb[0] >> 3U << 10U | rgb[1] >> 3U << 5U | rgb[2] >> 3U, 2);
}
void write_byte(ByteVector& bytes, std::uint8_t const* index) { bytes.push_back(*index); }

Picture indices(std::uint8_t divisor, Picture picture) {
  for (auto& sample : picture.samples) sample = static_cast<std::uint8_t>(sample / divisor);
  return picture;
}

/// Indices of `bits` bits, packed from the highest.
ByteVector packed_rows(Picture const& picture, unsigned bits) {
  ByteVector bytes;
  for (int y = picture.height_px; y-- > 0;) {
    for (int x = 0; x < picture.width_px; x += static_cast<int>(8 / bits)) {
      unsigned byte = 0;
      for (int i = 0; i < static_cast<int>(8 / bits); ++i) byte = byte << bits | *picture.at(x + i, y);
      bytes.push_back(static_cast<std::uint8_t>(byte));
    }
    while (bytes.size() % 4 != 0) bytes.push_back(0);
  }
  return bytes;
}

ByteVector const kColours{40, 40, 200, 60, 170, 40, 200, 60, 50, 160, 190, 230};

}  // namespace

void add_bmp_files(Files& files) {
  auto const photo = quadrants();
  auto const up = Order::kBottomUp;
  auto const four = indices(85, grey_quadrants());
  auto const plain = bmp(rows(photo, up, write_bgr), 24);
  files["ok-24.bmp"] = plain;
  auto whole_palette = kColours;  // OS/2 cannot declare fewer colours than a pixel can name
  whole_palette.resize(std::size_t{3} * 256);
  files["ok-os2-palette-8.bmp"] = bmp(rows(four, up, write_byte), 8, {.header_bytes = 12, .palette = whole_palette});
  files["ok-32.bmp"] = bmp(rows(photo, up, write_bgrx), 32);
  files["ok-32-masks-in-header.bmp"] =
      bmp(rows(photo, up, write_rgbx), 32,
          {.header_bytes = 108, .compression = 3, .masks = {0xFF00, 0xFF0000, 0xFF000000}});
  files["ok-16-555.bmp"] = bmp(rows(photo, up, write_555), 16);
  files["ok-16-565.bmp"] = bmp(rows(photo, up, write_565), 16, {.compression = 3, .masks = {0xF800, 0x07E0, 0x001F}});
  files["ok-palette-8.bmp"] = bmp(rows(four, up, write_byte), 8, {.declared_colours = 4, .palette = kColours});
  files["ok-palette-8-top-down.bmp"] =
      bmp(rows(four, Order::kTopDown, write_byte), 8, {.declared_colours = 4, .palette = kColours, .top_down = true});
  files["ok-palette-4.bmp"] = bmp(packed_rows(four, 4), 4, {.declared_colours = 4, .palette = kColours});
  files["ok-palette-1.bmp"] =
      bmp(packed_rows(indices(255, two_tone_quadrants()), 1), 1, {.palette = {0, 0, 0, 255, 255, 255}});

  auto const small = files["ok-palette-8.bmp"];
  constexpr std::size_t kPixelsStart = 10;
  constexpr std::size_t kWidth = 18;
  constexpr std::size_t kHeight = 22;
  constexpr std::size_t kBits = 28;
  constexpr std::size_t kCompression = 30;
  files["bad-truncated-in-header.bmp"] = cut(small, 40);
  files["bad-truncated-in-palette.bmp"] = cut(small, 60);
  files["bad-truncated-in-pixels.bmp"] = cut(small, small.size() - 1);
  files["bad-bomb.bmp"] = patched(small, kWidth, {0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0});
  files["bad-zero-width.bmp"] = patched(small, kWidth, {0, 0, 0, 0});
  files["bad-negative-width.bmp"] = patched(small, kWidth, {0xB8, 0xFF, 0xFF, 0xFF});
  files["bad-lowest-height.bmp"] = patched(small, kHeight, {0, 0, 0, 0x80});
  files["bad-too-small.bmp"] = patched(small, kHeight, {63, 0, 0, 0});
  files["bad-run-length-encoded.bmp"] = patched(small, kCompression, {1});
  files["bad-unknown-compression.bmp"] = patched(small, kCompression, {77});
  files["bad-masks-for-8-bit.bmp"] = patched(small, kCompression, {3});
  files["bad-7-bits-per-pixel.bmp"] = patched(small, kBits, {7});
  files["bad-palette-index.bmp"] = patched(small, small.size() - 100, {4});
  files["bad-palette-of-300.bmp"] = patched(small, 46, {0x2C, 0x01});
  files["bad-header-size.bmp"] = patched(small, kFileHeaderBytes, {13});
  files["bad-pixels-inside-header.bmp"] = patched(small, kPixelsStart, {20});
  files["bad-pixels-behind-end.bmp"] = patched(small, kPixelsStart, {0xFF, 0xFF, 0xFF, 0xFF});
  auto const masked = files["ok-16-565.bmp"];
  files["bad-mask-with-holes.bmp"] = cut(patched(masked, kFileHeaderBytes + 40, {0x00, 0xA8}), 5000);
}

}  // namespace maker
