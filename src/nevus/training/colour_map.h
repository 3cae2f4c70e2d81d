// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "nevus/training/pixel_effects.h"

namespace nevus {

/// Changes of a picture's colours, each the identity by default.
struct ColourChange {
  double brightness = 1;
  double contrast = 1;    ///< about the picture's mean luma
  double saturation = 1;  ///< about each pixel's luma
  double hue_rad = 0;     ///< about the grey axis; the luma stays
  std::array<double, 3> balance{1, 1, 1};
};

/// Rows for red, green, blue; the last column is added. In levels of 0..255, not linear light.
using ColourMap = std::array<std::array<float, 4>, 3>;

namespace training {

/// All of `change` as one affine map. Luma is that of ITU-R BT.601.
[[nodiscard]] ColourMap colour_map(ColourChange const& change, std::array<double, 3> const& mean);

[[nodiscard]] std::array<double, 3> mean_colour(PixelsInPlace picture);
void apply_colours(PixelsInPlace picture, ColourMap const& map);

}  // namespace training
}  // namespace nevus
