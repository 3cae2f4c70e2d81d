// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace nevus {

/// 8-bit RGB, rows from the top, that an effect changes where it lies.
struct PixelsInPlace {
  int width_px = 0;
  int height_px = 0;
  std::uint8_t* rgb = nullptr;
};

/// Pixels [x_px, x_px + width_px) of rows [y_px, y_px + height_px).
struct PixelBox {
  int x_px = 0;
  int y_px = 0;
  int width_px = 0;
  int height_px = 0;
};

namespace training {

/// Gaussian blur of this standard deviation; below about 0.2 px nothing changes.
void blur(PixelsInPlace picture, double deviation_px);

/// Averaged down by `factor` (0.5 … 1) and brought back: the loss of a smaller camera.
void reduce_and_enlarge(PixelsInPlace picture, double factor);

/// Adds `amount` times what a 3x3 smoothing takes away; 0 changes nothing.
void sharpen(PixelsInPlace picture, double amount);

/// Contrast-limited adaptive histogram equalisation of the luma in 8x8 tiles (Zuiderveld 1994). A tile's histogram is
/// cut at `clip` times its mean; at 1 little changes.
void raise_local_contrast(PixelsInPlace picture, double clip);

/// Gaussian noise, independent in every value; the same `seed`, the same noise.
void add_noise(PixelsInPlace picture, double deviation_levels, std::uint64_t seed);

/// To JPEG of `quality` (1 … 100) and back.
void compress(PixelsInPlace picture, int quality);

/// `count` squares (DeVries and Taylor 2017) of `side_frac` of the picture's short side, wholly inside; they may
/// overlap.
[[nodiscard]] std::vector<PixelBox> draw_holes(int width_px, int height_px, int count, double side_frac,
                                               std::mt19937_64& random);
void fill(PixelsInPlace picture, PixelBox const& box, std::array<std::uint8_t, 3> const& colour);

}  // namespace training
}  // namespace nevus
