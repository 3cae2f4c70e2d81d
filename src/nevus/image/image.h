// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

enum class PhotoFormat { kJpeg, kPng, kBmp, kTiff, kWebp, kDicom };
[[nodiscard]] std::string_view name(PhotoFormat format);  ///< "jpeg", "png", "bmp", "tiff", "webp", "dicom"

/// A photo as its viewer sees it: 8-bit sRGB, interleaved RGBRGB…, rows from the top, no padding, EXIF orientation
/// applied, every other metadatum dropped. Always at least 64 px on each side once it came from `image::decode`.
class Image {
 public:
  /// Invariant: pixels.size() == 3 * width_px * height_px, both sides positive.
  Image(int width_px, int height_px, std::vector<std::uint8_t> pixels, PhotoFormat source_format = PhotoFormat::kPng);

  [[nodiscard]] int width_px() const { return width_px_; }
  [[nodiscard]] int height_px() const { return height_px_; }
  [[nodiscard]] std::vector<std::uint8_t> const& pixels() const { return pixels_; }
  [[nodiscard]] PhotoFormat source_format() const { return source_format_; }

 private:
  int width_px_;
  int height_px_;
  std::vector<std::uint8_t> pixels_;
  PhotoFormat source_format_;
};

/// A picture to be laid over a photo: 8-bit sRGB with alpha, not premultiplied, RGBARGBA…, rows from the top.
struct Layer {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> pixels;  ///< 4 * width_px * height_px
};

}  // namespace nevus
