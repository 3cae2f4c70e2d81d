// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "nevus/evaluation/metrics.h"

namespace nevus::evaluation {

/// Fewer than this say little: the figure is left out ("too few").
inline constexpr std::size_t kFewestPhotos = 20;
inline constexpr std::size_t kFewestOfAKind = 10;  ///< melanomas for their recall; malignant and benign for the AUC
inline constexpr std::size_t kFewestOfAClass = 5;  ///< of each class that occurs, for balanced accuracy

/// The figures of each group of photos by sex, age (<40, 40-60, >60 years), localization, dx_type and view, each with
/// its 95 % interval by lesion: "accuracy", "balanced_accuracy", "recall.mel" and "malignant_auc", where the group
/// holds enough photos for it to mean something. An attribute that no photo has is left out; photos without one form
/// the group "unknown". Sorted by attribute as above and then by group. Cost: about 0.5 s for 1000 resamples of 1500
/// photos.
[[nodiscard]] std::vector<Subgroup> measure_subgroups(std::vector<Prediction> const& predictions,
                                                      Calibration const& calibration,
                                                      PerClass<double> const& class_prior, int resamples = 1000);

}  // namespace nevus::evaluation
