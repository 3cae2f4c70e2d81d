// SPDX-License-Identifier: MIT
#pragma once

#include <random>

#include "nevus/model/preprocess.h"

namespace nevus {

/// How strongly training photos are varied; 0 turns a part off. Lesions have no up or down, so any rotation and
/// mirroring is natural; colours vary with the dermatoscope; sharpness with the camera.
struct AugmentOptions {
  double rotate_deg = 180;  ///< uniform in ± this
  double scale_min = 0.8;   ///< log-uniform in [scale_min, scale_max]; above 1 shows less of the photo
  double scale_max = 1.4;
  double stretch = 0.15;  ///< width over height, log-uniform within a factor of 1 + this
  double shear_deg = 8;
  double shift_frac = 0.08;
  double mirror_prob = 0.5;
  double brightness = 0.2;  ///< factor 1 ± this
  double contrast = 0.2;
  double saturation = 0.2;
  double white_balance = 0.06;  ///< factor 1 ± this for each of red, green, blue
  double soften_prob = 0.2;     ///< reduced by a factor of up to 2 and enlarged again, or Gaussian blur
};

namespace training {

[[nodiscard]] View draw_view(AugmentOptions const& options, std::mt19937_64& random);

/// A varied view of `photo` as the network's input picture, before normalisation. Cost: about 0.7 ms at 192 px.
[[nodiscard]] Image augment(Image const& photo, PreprocessSpec const& spec, AugmentOptions const& options,
                            std::mt19937_64& random);

}  // namespace training
}  // namespace nevus
