// SPDX-License-Identifier: MIT
#include "image/maker/maker.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>

namespace maker {
namespace {

Picture quadrants_of(int width_px, int height_px, int channels, std::array<ByteVector, 4> const& colours) {
  Picture picture{width_px, height_px, channels, {}};
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x)
      append(picture.samples, colours[(y < kHeightPx / 2 ? 0 : 2) + (x < width_px / 2 ? 0 : 1)]);
  }
  return picture;
}

}  // namespace

Picture quadrants(int height_px) {
  return quadrants_of(kWidthPx, height_px, 3, {{{200, 40, 40}, {40, 170, 60}, {50, 60, 200}, {230, 190, 160}}});
}
Picture grey_quadrants() { return quadrants_of(kWidthPx, kHeightPx, 1, {{{0}, {85}, {170}, {255}}}); }
Picture two_tone_quadrants() { return quadrants_of(kWidthPx, kHeightPx, 1, {{{0}, {255}, {255}, {0}}}); }
Picture transparent_quadrants() {
  return quadrants_of(kWidthPx, kHeightPx, 4,
                      {{{200, 40, 40, 255}, {40, 170, 60, 128}, {50, 60, 200, 0}, {230, 190, 160, 255}}});
}

Picture only_channels(Picture const& picture, std::vector<int> const& channels) {
  Picture result{picture.width_px, picture.height_px, static_cast<int>(channels.size()), {}};
  for (int y = 0; y < picture.height_px; ++y) {
    for (int x = 0; x < picture.width_px; ++x) {
      for (int const channel : channels) result.samples.push_back(picture.at(x, y)[channel]);
    }
  }
  return result;
}

Picture stored_with_orientation(Picture const& upright, int orientation) {
  enum Side { kTop, kBottom, kLeft, kRight };
  struct Sides {
    Side first_row;
    Side first_column;
  };
  constexpr std::array<Sides, 9> kTable{{{},
                                         {kTop, kLeft},
                                         {kTop, kRight},
                                         {kBottom, kRight},
                                         {kBottom, kLeft},
                                         {kLeft, kTop},
                                         {kRight, kTop},
                                         {kRight, kBottom},
                                         {kLeft, kBottom}}};
  auto const [first_row, first_column] = kTable.at(orientation);
  bool const lies_on_its_side = first_row == kLeft || first_row == kRight;
  Picture stored = upright;
  if (lies_on_its_side) std::swap(stored.width_px, stored.height_px);
  for (int row = 0; row < stored.height_px; ++row) {
    for (int column = 0; column < stored.width_px; ++column) {
      int x = lies_on_its_side ? row : column;
      int y = lies_on_its_side ? column : row;
      if (first_row == kRight || first_column == kRight) x = upright.width_px - 1 - x;
      if (first_row == kBottom || first_column == kBottom) y = upright.height_px - 1 - y;
      std::copy_n(upright.at(x, y), upright.channels, stored.at(column, row));
    }
  }
  return stored;
}

ByteVector exif_block(int orientation, bool big_endian) {
  auto const add = big_endian ? append_big_endian : append_little_endian;
  ByteVector block;
  append(block, big_endian ? "MM" : "II");
  add(block, 42, 2);
  add(block, 8, 4);  // the directory follows
  add(block, 1, 2);  // one entry
  add(block, 0x0112, 2);
  add(block, 3, 2);  // SHORT
  add(block, 1, 4);
  add(block, orientation, 2);
  add(block, 0, 2);
  add(block, 0, 4);  // no second directory
  return block;
}

std::vector<std::uint16_t> deepened(ByteVector const& samples) {
  std::vector<std::uint16_t> deep;
  for (int const sample : samples) deep.push_back(static_cast<std::uint16_t>(std::min(257 * sample + 100, 65535)));
  return deep;
}

void append(ByteVector& bytes, std::string_view text) {
  std::copy(text.begin(), text.end(), std::back_inserter(bytes));
}
void append(ByteVector& bytes, ByteVector const& more) {
  std::copy(more.begin(), more.end(), std::back_inserter(bytes));
}

void append_little_endian(ByteVector& bytes, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append_big_endian(ByteVector& bytes, std::uint32_t value, int size) {
  for (int i = size; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

ByteVector patched(ByteVector bytes, std::size_t offset, ByteVector const& replacement) {
  if (offset + replacement.size() > bytes.size()) throw std::logic_error("patch outside of the file");
  std::copy(replacement.begin(), replacement.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  return bytes;
}

ByteVector cut(ByteVector bytes, std::size_t size) {
  if (size >= bytes.size()) throw std::logic_error("nothing to cut off");
  bytes.resize(size);
  return bytes;
}

std::size_t offset_of(ByteVector const& bytes, ByteVector const& wanted, std::size_t from) {
  auto const found =
      std::search(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), wanted.begin(), wanted.end());
  if (found == bytes.end()) throw std::logic_error("the bytes to change are not in the file");
  return static_cast<std::size_t>(found - bytes.begin());
}

}  // namespace maker
