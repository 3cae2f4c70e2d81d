// SPDX-License-Identifier: MIT
// A parser of our own: BMP is a header and an array, and every library that reads it brings far more than that.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>

#include "nevus/image/codec.h"

namespace nevus::image {
namespace {

constexpr std::size_t kFileHeaderBytes = 14;
constexpr std::uint32_t kCoreHeaderBytes = 12;  // OS/2 1.x: 16-bit sides, 3 bytes for a palette entry
constexpr std::uint32_t kInfoHeaderBytes = 40;
constexpr std::uint32_t kMasksInHeaderBytes = 52;  // this and longer headers hold the channel masks themselves

enum class Compression : std::uint32_t { kNone = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

/// A colour channel that is some neighbouring bits of a pixel, widened to 8 bits.
struct Channel {
  std::uint32_t mask = 0;

  [[nodiscard]] bool is_valid() const {
    return mask != 0 && std::has_single_bit(std::uint64_t{mask >> std::countr_zero(mask)} + 1);
  }
  [[nodiscard]] std::uint8_t of(std::uint32_t pixel) const {
    int const shift = std::countr_zero(mask);
    std::uint64_t const top = mask >> shift;
    std::uint64_t const value = (pixel & mask) >> shift;
    return static_cast<std::uint8_t>((value * 255 + top / 2) / top);
  }
};

/// The header, with everything in it checked but the pixels.
struct BmpHeader {
  std::int64_t width_px = 0;
  std::int64_t height_px = 0;
  bool top_down = false;
  unsigned bits_per_pixel = 0;
  Bytes palette;  ///< blue, green, red and, but for the core header, one byte unused
  std::size_t palette_entry_bytes = 4;
  std::array<Channel, 3> channels{};
  Bytes pixels;

  [[nodiscard]] std::size_t row_bytes() const {
    return (static_cast<std::size_t>(width_px) * bits_per_pixel + 31) / 32 * 4;
  }
};

/// Little-endian number of 2 or 4 bytes; the caller has checked that it is there.
std::uint32_t number(Bytes bytes, std::size_t offset, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | bytes[offset + i];
  return value;
}

void read_sides(Bytes file, std::uint32_t header_bytes, BmpHeader& header) {
  if (header_bytes == kCoreHeaderBytes) {
    header.width_px = number(file, 18, 2);
    header.height_px = number(file, 20, 2);
    header.bits_per_pixel = number(file, 24, 2);
    header.palette_entry_bytes = 3;
    return;
  }
  header.width_px = static_cast<std::int32_t>(number(file, 18, 4));
  auto const signed_height = std::int64_t{static_cast<std::int32_t>(number(file, 22, 4))};
  header.top_down = signed_height < 0;
  header.height_px = std::abs(signed_height);
  header.bits_per_pixel = number(file, 28, 2);
}

/// Where each colour lies in a 16 or 32 bit pixel. Bit fields follow the shortest header or are part of a longer one:
/// at the same place in the file either way.
Result<std::size_t> read_channels(Bytes file, std::uint32_t header_bytes, Compression compression, BmpHeader& header) {
  std::size_t header_end = kFileHeaderBytes + header_bytes;
  if (compression == Compression::kNone) {
    header.channels = header.bits_per_pixel == 16 ? std::array<Channel, 3>{{{0x7C00}, {0x03E0}, {0x001F}}}
                                                  : std::array<Channel, 3>{{{0xFF0000}, {0x00FF00}, {0x0000FF}}};
    return header_end;
  }
  if (header_bytes < kMasksInHeaderBytes) header_end += compression == Compression::kAlphaBitFields ? 16 : 12;
  if (file.size() < header_end) return damaged("bmp", "its header is cut off");
  for (std::size_t c = 0; c < 3; ++c) {
    header.channels[c].mask = number(file, kFileHeaderBytes + kInfoHeaderBytes + 4 * c, 4);
    if (!header.channels[c].is_valid()) return damaged("bmp", "its colour masks make no sense");
  }
  return header_end;
}

Result<Compression> read_compression(Bytes file, std::uint32_t header_bytes, unsigned bits_per_pixel) {
  auto const compression =
      header_bytes == kCoreHeaderBytes ? Compression::kNone : static_cast<Compression>(number(file, 30, 4));
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kBitFields:
    case Compression::kAlphaBitFields:
      if (bits_per_pixel != 16 && bits_per_pixel != 32) return damaged("bmp", "colour masks need 16 or 32 bits");
      break;
    case Compression::kRle8:
    case Compression::kRle4:
      return unsupported("bmp", "it is run-length encoded; save it without compression or as PNG");
    default:
      return unsupported("bmp", "it has compression method " + std::to_string(static_cast<std::uint32_t>(compression)));
  }
  return compression;
}

/// The bytes between `palette_start` and the pixels that belong to the palette.
Result<Bytes> read_palette(Bytes file, std::size_t palette_start, std::uint32_t header_bytes, BmpHeader const& header) {
  std::size_t colours = std::size_t{1} << header.bits_per_pixel;
  if (header_bytes >= kInfoHeaderBytes) {
    std::size_t const declared = number(file, 46, 4);
    if (declared > colours) return damaged("bmp", "its palette has more colours than a pixel can name");
    if (declared > 0) colours = declared;
  }
  std::size_t const size = colours * header.palette_entry_bytes;
  if (palette_start > file.size() || file.size() - palette_start < size)
    return damaged("bmp", "its palette is cut off");
  return file.subspan(palette_start, size);
}

Result<BmpHeader> read_header(Bytes file, DecodeLimits const& limits) {
  if (file.size() < kFileHeaderBytes + kCoreHeaderBytes) return damaged("bmp", "its header is cut off");
  std::uint32_t const header_bytes = number(file, kFileHeaderBytes, 4);
  if (header_bytes != kCoreHeaderBytes && (header_bytes < kInfoHeaderBytes || header_bytes > 255)) {
    return damaged("bmp", "its header declares a size of " + std::to_string(header_bytes) + " bytes");
  }
  if (file.size() < kFileHeaderBytes + header_bytes) return damaged("bmp", "its header is cut off");

  BmpHeader header;
  read_sides(file, header_bytes, header);
  NEVUS_CHECK(check_sides(header.width_px, header.height_px, limits));
  constexpr std::array kBitsPerPixel{1U, 4U, 8U, 16U, 24U, 32U};
  if (std::ranges::find(kBitsPerPixel, header.bits_per_pixel) == kBitsPerPixel.end()) {
    return damaged("bmp", "its header declares " + std::to_string(header.bits_per_pixel) + " bits per pixel");
  }
  NEVUS_TRY(auto const compression, read_compression(file, header_bytes, header.bits_per_pixel));
  NEVUS_TRY(auto const header_end, read_channels(file, header_bytes, compression, header));
  if (header.bits_per_pixel <= 8) {
    NEVUS_TRY(header.palette, read_palette(file, header_end, header_bytes, header));
  }

  std::size_t const pixels_start = number(file, 10, 4);
  std::size_t const pixels_size = header.row_bytes() * static_cast<std::size_t>(header.height_px);
  if (pixels_start < header_end + header.palette.size()) return damaged("bmp", "its pixels begin inside its header");
  if (pixels_start > file.size() || file.size() - pixels_start < pixels_size) {
    return damaged("bmp", "its pixels are cut off");
  }
  header.pixels = file.subspan(pixels_start, pixels_size);
  return header;
}

/// False where a pixel names a colour that the palette does not have.
bool convert_indexed_row(BmpHeader const& header, std::uint8_t const* row, std::uint8_t* rgb) {
  unsigned const bits = header.bits_per_pixel;
  for (std::int64_t x = 0; x < header.width_px; ++x, rgb += 3) {
    auto const bit = static_cast<std::size_t>(x) * bits;
    unsigned const index = row[bit / 8] >> (8 - bits - bit % 8) & ((1U << bits) - 1);
    std::size_t const entry = index * header.palette_entry_bytes;
    if (entry >= header.palette.size()) return false;
    std::reverse_copy(&header.palette[entry], &header.palette[entry] + 3, rgb);
  }
  return true;
}

void convert_direct_row(BmpHeader const& header, std::uint8_t const* row, std::uint8_t* rgb) {
  std::size_t const pixel_bytes = header.bits_per_pixel / 8;
  Bytes const pixels(row, header.row_bytes());
  for (std::size_t x = 0; x < static_cast<std::size_t>(header.width_px); ++x, rgb += 3) {
    if (pixel_bytes == 3) {
      std::reverse_copy(row + 3 * x, row + 3 * x + 3, rgb);
      continue;
    }
    std::uint32_t const pixel = number(pixels, x * pixel_bytes, pixel_bytes);
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = header.channels[c].of(pixel);
  }
}

}  // namespace

Result<StoredPhoto> decode_bmp(Bytes bytes, DecodeLimits const& limits) {
  NEVUS_TRY(auto const header, read_header(bytes, limits));
  auto photo = blank_photo(header.width_px, header.height_px);
  for (std::int64_t y = 0; y < header.height_px; ++y) {
    auto const stored_row = static_cast<std::size_t>(header.top_down ? y : header.height_px - 1 - y);
    std::uint8_t const* row = header.pixels.data() + stored_row * header.row_bytes();
    std::uint8_t* rgb = photo.rgb.data() + 3 * y * header.width_px;
    if (header.bits_per_pixel > 8) {
      convert_direct_row(header, row, rgb);
    } else if (!convert_indexed_row(header, row, rgb)) {
      return damaged("bmp", "a pixel names a colour that its palette does not have");
    }
  }
  return photo;
}

}  // namespace nevus::image
