// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace nevus {

struct ElasticOptions {
  double largest_px = 0;  ///< of the field's vectors
  double smooth_px = 8;   ///< standard deviation of the Gaussian that smooths the noise
  std::uint64_t seed = 1;
};

namespace training {

/// Smoothed random vectors, [H,W,2] for View::displacement_px (Simard et al. 2003).
[[nodiscard]] std::vector<float> elastic_field(int width_px, int height_px, ElasticOptions const& options);

/// A grid of 5x5 cells whose columns and rows become wider and narrower, each by a factor of up to 1 ± `strength`
/// before they are brought to the same sum; the edges stay. [H,W,2] for View::displacement_px.
[[nodiscard]] std::vector<float> grid_field(int width_px, int height_px, double strength, std::mt19937_64& random);

}  // namespace training
}  // namespace nevus
