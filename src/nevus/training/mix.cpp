// SPDX-License-Identifier: MIT
#include "nevus/training/mix.h"

#include <algorithm>
#include <cmath>

#include "nevus/training/random.h"

namespace nevus::training {

float draw_share(double alpha, std::mt19937_64& random) {
  std::gamma_distribution<double> gamma(alpha, 1.0);
  double const a = gamma(random);
  double const b = gamma(random);
  return a + b > 0 ? float(a / (a + b)) : 1.0F;
}

void mix_rows(Rows rows, float own_share) {
  for (std::size_t i = 0; i < rows.count / 2; ++i) {
    float* a = rows.values + i * rows.size;
    float* b = rows.values + (rows.count - 1 - i) * rows.size;
    for (std::size_t k = 0; k < rows.size; ++k) {
      float const mixed = own_share * a[k] + (1 - own_share) * b[k];
      b[k] = own_share * b[k] + (1 - own_share) * a[k];
      a[k] = mixed;
    }
  }
}

PixelBox draw_box(int width_px, int height_px, float own_share, std::mt19937_64& random) {
  double const side_frac = std::sqrt(1 - double(own_share));
  double const half_width_px = side_frac * width_px / 2;
  double const half_height_px = side_frac * height_px / 2;
  double const centre_x_px = uniform(random, 0, width_px);
  double const centre_y_px = uniform(random, 0, height_px);
  int const left = std::max(0, int(std::lround(centre_x_px - half_width_px)));
  int const right = std::min(width_px, int(std::lround(centre_x_px + half_width_px)));
  int const top = std::max(0, int(std::lround(centre_y_px - half_height_px)));
  int const bottom = std::min(height_px, int(std::lround(centre_y_px + half_height_px)));
  return {left, top, std::max(0, right - left), std::max(0, bottom - top)};
}

float share_outside(PixelBox const& box, int width_px, int height_px) {
  return float(1 - double(box.width_px) * box.height_px / (double(width_px) * height_px));
}

void swap_boxes(Rows pictures, int width_px, int height_px, PixelBox const& box) {
  std::size_t const plane = std::size_t(width_px) * std::size_t(height_px);
  for (std::size_t i = 0; i < pictures.count / 2; ++i) {
    float* a = pictures.values + i * pictures.size;
    float* b = pictures.values + (pictures.count - 1 - i) * pictures.size;
    for (std::size_t start = 0; start < pictures.size; start += plane) {
      for (int y = box.y_px; y < box.y_px + box.height_px; ++y) {
        std::size_t const from = start + std::size_t(y) * std::size_t(width_px) + std::size_t(box.x_px);
        std::swap_ranges(a + from, a + from + box.width_px, b + from);
      }
    }
  }
}

}  // namespace nevus::training
