// SPDX-License-Identifier: MIT
#include "nevus/image/image.h"

#include <stdexcept>
#include <utility>

namespace nevus {

std::string_view name(PhotoFormat format) {
  switch (format) {
    case PhotoFormat::kJpeg:
      return "jpeg";
    case PhotoFormat::kPng:
      return "png";
    case PhotoFormat::kBmp:
      return "bmp";
    case PhotoFormat::kTiff:
      return "tiff";
    case PhotoFormat::kWebp:
      return "webp";
    case PhotoFormat::kDicom:
      return "dicom";
  }
  throw std::logic_error("PhotoFormat out of range");
}

Image::Image(int width_px, int height_px, std::vector<std::uint8_t> pixels, PhotoFormat source_format)
    : width_px_(width_px), height_px_(height_px), pixels_(std::move(pixels)), source_format_(source_format) {
  if (width_px <= 0 || height_px <= 0 || pixels_.size() != std::size_t{3} * width_px * height_px) {
    throw std::logic_error("Image: pixels do not match the sides");
  }
}

}  // namespace nevus
