// SPDX-License-Identifier: MIT
#pragma once

#include <random>
#include <string_view>
#include <vector>

#include "nevus/model/preprocess.h"

namespace nevus {

/// How strongly training photos are varied; a part whose strength or chance is 0 is off and costs nothing. Lesions have
/// no up or down, so any rotation and mirroring is natural; colours vary with the dermatoscope; sharpness with the
/// camera. Sides and pixels are those of the network's input.
struct AugmentOptions {
  // Geometry: one resampling, whatever is on.
  double rotate_deg = 180;  ///< uniform in ± this
  double scale_min = 0.8;   ///< log-uniform in [scale_min, scale_max]; above 1 shows less of the photo
  double scale_max = 1.4;
  double stretch = 0.15;  ///< width over height, log-uniform within a factor of 1 + this
  double shear_deg = 8;
  double shift_frac = 0.08;
  double mirror_prob = 0.5;
  double flip_prob = 0;
  double crop_prob = 0;
  double crop_area_min = 0.5;
  double crop_aspect = 0.33;
  double perspective = 0;
  double elastic_prob = 0;
  double elastic_frac = 0.04;
  double elastic_smooth_frac = 0.08;
  double grid_prob = 0;
  double grid = 0.3;
  // Colour: one linear map.
  double brightness = 0.2;  ///< factor 1 ± this
  double contrast = 0.2;
  double saturation = 0.2;
  double hue_deg = 0;
  double white_balance = 0.06;  ///< factor 1 ± this for each of red, green, blue
  // The camera and the file, in this order.
  double clahe_prob = 0;
  double clahe_clip = 2;
  double sharpen_prob = 0;
  double sharpen = 1;
  double soften_prob = 0.2;  ///< reduced by a factor of up to 2 and enlarged again, or Gaussian blur
  double blur_prob = 0;
  double blur_px = 2;
  double noise_prob = 0;
  double noise_levels = 8;
  double jpeg_prob = 0;
  int jpeg_quality_min = 30;
  double coarse_dropout_prob = 0;
  int coarse_dropout_holes = 6;
  double coarse_dropout_frac = 0.12;
};

/// An augmentation as people name it.
struct NamedAugmentation {
  std::string_view name;
  std::vector<double AugmentOptions::*> amounts;  ///< strengths, or the chance of it
  enum class Kind { kStrength, kChance } kind = Kind::kStrength;
};

namespace training {

/// The augmentations of one photo; mixup and cutmix, which mix two, are in mix.h.
[[nodiscard]] std::vector<NamedAugmentation> const& augmentations();

[[nodiscard]] bool is_on(NamedAugmentation const& one, AugmentOptions const& options);

/// `options` with everything off: what is served.
[[nodiscard]] AugmentOptions without_augmentation(AugmentOptions options = {});

/// `options` with `one` alone: as strong as it is there, or at a strength that shows it where it is off there; always
/// where it is left to chance.
[[nodiscard]] AugmentOptions alone(NamedAugmentation const& one, AugmentOptions const& options);

[[nodiscard]] View draw_view(AugmentOptions const& options, PreprocessSpec const& spec, std::mt19937_64& random);

/// A varied view of `photo` as the network's input picture, before normalisation. Cost: about 0.7 ms at 192 px with the
/// defaults.
[[nodiscard]] Image augment(Image const& photo, PreprocessSpec const& spec, AugmentOptions const& options,
                            std::mt19937_64& random);

}  // namespace training
}  // namespace nevus
