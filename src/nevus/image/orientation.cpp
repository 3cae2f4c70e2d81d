// SPDX-License-Identifier: MIT
#include "nevus/image/orientation.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "nevus/image/codec.h"

namespace nevus::image {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kShortType = 3;

/// Numbers of a TIFF block, with every offset checked.
class TiffNumbers {
 public:
  TiffNumbers(Bytes block, bool big_endian) : block_(block), big_endian_(big_endian) {}

  [[nodiscard]] std::optional<std::uint32_t> at(std::size_t offset, std::size_t bytes) const {
    if (offset > block_.size() || block_.size() - offset < bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value = value << 8U | block_[offset + (big_endian_ ? i : bytes - 1 - i)];
    }
    return value;
  }

 private:
  Bytes block_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(Bytes exif) {
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return 1;
  TiffNumbers const numbers(exif, exif[0] == 'M');
  if (numbers.at(2, 2) != 42U) return 1;
  std::size_t const directory = numbers.at(4, 4).value_or(0);
  auto const entries = numbers.at(directory, 2);
  for (std::size_t i = 0; i < entries.value_or(0); ++i) {
    std::size_t const entry = directory + 2 + 12 * i;
    auto const tag = numbers.at(entry, 2);
    if (!tag) return 1;
    if (*tag != kOrientationTag) continue;
    auto const value = numbers.at(entry + 8, 2);
    bool const is_one_short = numbers.at(entry + 2, 2) == kShortType && numbers.at(entry + 4, 4) == 1U;
    return is_one_short && value >= 1U && value <= 8U ? static_cast<int>(*value) : 1;
  }
  return 1;
}

StoredPhoto upright(StoredPhoto photo) {
  int const orientation = std::exchange(photo.orientation, 1);
  if (orientation <= 1 || orientation > 8) return photo;
  // Where the upright photo's first pixel is stored, and the steps from it to its right and lower neighbours.
  bool const swaps_sides = orientation >= 5;
  bool const from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  bool const from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  std::ptrdiff_t const width = photo.width_px;
  std::ptrdiff_t const height = photo.height_px;
  std::ptrdiff_t const along_row = from_right ? -3 : 3;
  std::ptrdiff_t const along_column = from_bottom ? -3 * width : 3 * width;
  std::ptrdiff_t const first = 3 * ((from_right ? width - 1 : 0) + (from_bottom ? (height - 1) * width : 0));
  std::ptrdiff_t const right = swaps_sides ? along_column : along_row;
  std::ptrdiff_t const down = swaps_sides ? along_row : along_column;

  StoredPhoto turned = swaps_sides ? blank_photo(height, width) : blank_photo(width, height);
  std::uint8_t* target = turned.rgb.data();
  for (std::ptrdiff_t y = 0; y < turned.height_px; ++y) {
    std::uint8_t const* source = photo.rgb.data() + first + y * down;
    for (std::ptrdiff_t x = 0; x < turned.width_px; ++x, target += 3) {
      std::uint8_t const* pixel = source + x * right;
      target[0] = pixel[0];
      target[1] = pixel[1];
      target[2] = pixel[2];
    }
  }
  return turned;
}

}  // namespace nevus::image
