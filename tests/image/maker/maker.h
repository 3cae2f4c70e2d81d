// SPDX-License-Identifier: MIT
// Makes the photos of tests/image/fixtures: a picture of four quadrants in every format and orientation that we read,
// and files that are wrong in one way each. Written with the codecs' own libraries or by hand, never with nevus_image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace maker {

using ByteVector = std::vector<std::uint8_t>;
using Files = std::map<std::string, ByteVector>;

void add_jpeg_files(Files& files);
void add_png_files(Files& files);
void add_bmp_files(Files& files);
void add_tiff_files(Files& files);
void add_webp_files(Files& files);
void add_dicom_files(Files& files);  ///< puts JPEG files that are there into DICOM
void add_foreign_files(Files& files);

/// 8-bit samples, interleaved, rows from the top.
struct Picture {
  int width_px;
  int height_px;
  int channels;
  ByteVector samples;

  [[nodiscard]] std::uint8_t const* at(int x, int y) const { return &samples[place(x, y)]; }
  [[nodiscard]] std::uint8_t* at(int x, int y) { return &samples[place(x, y)]; }

 private:
  [[nodiscard]] std::size_t place(int x, int y) const { return (std::size_t(y) * width_px + x) * channels; }
};

constexpr int kWidthPx = 72;  // no multiple of a JPEG block pair, and not the height
constexpr int kHeightPx = 64;

Picture quadrants(int height_px = kHeightPx);  ///< red, green / blue, skin
Picture grey_quadrants();                      ///< 0, 85 / 170, 255: exact in 2, 4, 8 and 16 bit
Picture two_tone_quadrants();                  ///< 0, 255 / 255, 0
Picture transparent_quadrants();               ///< RGBA: as `quadrants`, but green is half there and blue not at all
Picture only_channels(Picture const& picture, std::vector<int> const& channels);

/// How a camera with this EXIF orientation stores `upright`, from the table of EXIF 2.32 (tag 274): which side of the
/// scene the first stored row shows, and which the first column.
Picture stored_with_orientation(Picture const& upright, int orientation);
/// An EXIF block whose only tag is the orientation.
ByteVector exif_block(int orientation, bool big_endian);

/// 16-bit samples that round to the 8-bit ones, though cutting off the low byte would give others.
std::vector<std::uint16_t> deepened(ByteVector const& samples);

void append(ByteVector& bytes, std::string_view text);
void append(ByteVector& bytes, ByteVector const& more);
void append_little_endian(ByteVector& bytes, std::uint32_t value, int size);
void append_big_endian(ByteVector& bytes, std::uint32_t value, int size);
/// `bytes` with what is at `offset` replaced.
ByteVector patched(ByteVector bytes, std::size_t offset, ByteVector const& replacement);
/// `bytes` with only the first `size`.
ByteVector cut(ByteVector bytes, std::size_t size);
/// Offset of `wanted`, which must be there.
std::size_t offset_of(ByteVector const& bytes, ByteVector const& wanted, std::size_t from = 0);

}  // namespace maker
