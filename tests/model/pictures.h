// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include "nevus/image/image.h"

namespace nevus::testing {

using Rgb = std::array<std::uint8_t, 3>;

/// A photo whose pixels a function gives.
inline Image picture(int width_px, int height_px, std::function<Rgb(int x, int y)> const& colour_at) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      for (std::uint8_t const value : colour_at(x, y)) pixels.push_back(value);
    }
  }
  return {width_px, height_px, std::move(pixels)};
}

inline Rgb at(Image const& image, int x, int y) {
  std::uint8_t const* pixel = image.pixels().data() + 3 * (std::size_t(y) * image.width_px() + x);
  return {pixel[0], pixel[1], pixel[2]};
}

/// The mean of each `factor` x `factor` block.
inline Image reduced(Image const& image, int factor) {
  return picture(image.width_px() / factor, image.height_px() / factor, [&](int x, int y) {
    Rgb mean{};
    for (std::size_t c = 0; c < 3; ++c) {
      int sum = 0;
      for (int i = 0; i < factor * factor; ++i) sum += at(image, x * factor + i % factor, y * factor + i / factor)[c];
      mean[c] = static_cast<std::uint8_t>((sum + factor * factor / 2) / (factor * factor));
    }
    return mean;
  });
}

/// Mean absolute difference of two images of the same size, in levels of 0..255.
inline double difference(Image const& a, Image const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels().size(); ++i) sum += std::abs(int(a.pixels()[i]) - int(b.pixels()[i]));
  return sum / double(a.pixels().size());
}

}  // namespace nevus::testing
