// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "nevus/image/image.h"

/// Ways to spoil a photo on purpose. The tests assert on them and bench/quality prints its table from them, so both
/// speak of the same defects.
namespace nevus::quality::defects {

inline std::uint8_t to_byte(double value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0)); }

/// Each channel times its gain, clipped at white.
inline Image gained(Image const& photo, double red, double green, double blue) {
  std::array const gains{red, green, blue};
  auto pixels = photo.pixels();
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = to_byte(pixels[i] * gains[i % 3]);
  return {photo.width_px(), photo.height_px(), std::move(pixels)};
}

/// The photo mixed with light grey, as through a fogged lens.
inline Image hazed(Image const& photo, double kept_frac) {
  auto pixels = photo.pixels();
  for (auto& value : pixels) value = to_byte(kept_frac * value + (1 - kept_frac) * 200);
  return {photo.width_px(), photo.height_px(), std::move(pixels)};
}

/// Weights of a Gaussian out to three sigma; they sum to 1.
inline std::vector<float> gaussian(double sigma_px) {
  auto const radius = static_cast<int>(std::ceil(3 * sigma_px));
  std::vector<float> kernel(2 * radius + 1);
  float total = 0;
  for (int k = -radius; k <= radius; ++k) {
    total += kernel[k + radius] = static_cast<float>(std::exp(-k * k / (2 * sigma_px * sigma_px)));
  }
  for (auto& weight : kernel) weight /= total;
  return kernel;
}

/// Adds `weight` times `count` values.
inline void accumulate(float* sum, float const* values, float weight, int count) {
  for (int i = 0; i < count; ++i) sum[i] += weight * values[i];
}

/// Gaussian blur with a sigma of `sigma_frac` of the photo's width; the frame's edge is repeated.
inline Image blurred(Image const& photo, double sigma_frac) {
  auto const kernel = gaussian(sigma_frac * photo.width_px());
  auto const taps = static_cast<int>(kernel.size());
  auto const radius = taps / 2;
  auto const row_length = 3 * photo.width_px();
  std::vector<float> along_rows(photo.pixels().size());
  std::vector<float> padded(row_length + std::size_t{6} * radius);
  for (int y = 0; y < photo.height_px(); ++y) {
    auto const* const row = photo.pixels().data() + static_cast<std::ptrdiff_t>(y) * row_length;
    for (int x = -radius; x < photo.width_px() + radius; ++x) {
      for (int c = 0; c < 3; ++c) padded[3 * (x + radius) + c] = row[3 * std::clamp(x, 0, photo.width_px() - 1) + c];
    }
    auto* const out = along_rows.data() + static_cast<std::ptrdiff_t>(y) * row_length;
    for (int k = 0; k < taps; ++k) accumulate(out, padded.data() + std::size_t(3 * k), kernel[k], row_length);
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(along_rows.size());
  std::vector<float> sum(row_length);
  for (int y = 0; y < photo.height_px(); ++y) {
    std::ranges::fill(sum, 0.0F);
    for (int k = 0; k < taps; ++k) {
      auto const from = std::clamp(y + k - radius, 0, photo.height_px() - 1);
      accumulate(sum.data(), along_rows.data() + static_cast<std::ptrdiff_t>(from) * row_length, kernel[k], row_length);
    }
    std::ranges::transform(sum, std::back_inserter(pixels), to_byte);
  }
  return {photo.width_px(), photo.height_px(), std::move(pixels)};
}

/// The photo made smaller by a whole factor: every pixel is the mean of a square.
inline Image reduced(Image const& photo, int factor) {
  auto const width_px = photo.width_px() / factor;
  auto const height_px = photo.height_px() / factor;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(std::size_t{3} * width_px * height_px);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < 3 * width_px; ++x) {
      int sum = 0;
      for (int dy = 0; dy < factor; ++dy) {
        for (int dx = 0; dx < factor; ++dx) {
          auto const column = (x / 3 * factor + dx) * 3 + x % 3;
          sum += photo.pixels()[(std::size_t{3} * (y * factor + dy)) * photo.width_px() + column];
        }
      }
      pixels.push_back(to_byte(static_cast<double>(sum) / (factor * factor)));
    }
  }
  return {width_px, height_px, std::move(pixels)};
}

struct Defect {
  std::string_view name;
  std::string_view measure;  ///< the one that is meant to notice it
  Image (*spoil)(Image const&);
};

/// At least 90 % of the real photos must be flagged after each of these.
inline constexpr std::array kStrongDefects{
    Defect{"blurred, sigma 3 % of the width", "focus", [](Image const& p) { return blurred(p, 0.03); }},
    Defect{"darkened x0.25", "brightness", [](Image const& p) { return gained(p, .25, .25, .25); }},
    Defect{"over-exposed x2.5", "glare", [](Image const& p) { return gained(p, 2.5, 2.5, 2.5); }},
    Defect{"cyan cast: red x0.5", "colour_cast", [](Image const& p) { return gained(p, .5, 1, 1); }},
    Defect{"magenta cast: green x0.5", "colour_cast", [](Image const& p) { return gained(p, 1, .5, 1); }},
    Defect{"yellow cast: blue x0.5", "colour_cast", [](Image const& p) { return gained(p, 1, 1, .5); }},
    Defect{"green cast: green x1.6", "colour_cast", [](Image const& p) { return gained(p, 1, 1.6, 1); }},
    Defect{"blue cast: blue x1.6", "colour_cast", [](Image const& p) { return gained(p, 1, 1, 1.6); }},
    Defect{"red cast: green and blue x0.5", "colour_cast", [](Image const& p) { return gained(p, 1, .5, .5); }},
};

/// Shown in the table, so that a reader sees where the measures stop; nothing is promised of them.
inline constexpr std::array kMildDefects{
    Defect{"blurred, sigma 2 % of the width", "focus", [](Image const& p) { return blurred(p, 0.02); }},
    Defect{"blurred, sigma 1 % of the width", "focus", [](Image const& p) { return blurred(p, 0.01); }},
    Defect{"darkened x0.5", "brightness", [](Image const& p) { return gained(p, .5, .5, .5); }},
    Defect{"over-exposed x1.5", "glare", [](Image const& p) { return gained(p, 1.5, 1.5, 1.5); }},
    Defect{"reddish cast: red x1.6", "colour_cast", [](Image const& p) { return gained(p, 1.6, 1, 1); }},
    Defect{"behind haze: 15 % of the contrast", "contrast", [](Image const& p) { return hazed(p, .15); }},
};

}  // namespace nevus::quality::defects
