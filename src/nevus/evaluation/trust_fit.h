// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

#include "nevus/evaluation/metrics.h"

namespace nevus {

/// Both ways to calibrate, judged on photos that neither saw.
struct CalibrationChoice {
  Calibration chosen;  ///< fitted on all photos
  double raw_log_loss = 0;
  double temperature_log_loss = 0;  ///< mean over held-out folds of whole lesions
  double vector_log_loss = 0;
};

namespace evaluation {

/// Vector scaling (Guo et al. 2017) by gradient descent on the log loss, drawn towards the best temperature: with a
/// thousand photos fourteen free numbers would fit noise. Deterministic.
[[nodiscard]] Calibration fit_vector(std::vector<Prediction> const& predictions);

/// The way with the lower log loss on five held-out folds of whole lesions; a temperature where they tie.
[[nodiscard]] CalibrationChoice choose_calibration(std::vector<Prediction> const& predictions);

/// Limits of class-conditional prediction sets: with the k-th smallest probability of the truth among n photos of a
/// class, k = floor((n + 1)(1 - level)), as the class's limit, the truth is in the set in at least `level` of new cases
/// of it if these are like those (Vovk 2012). Classes with fewer than 30 photos share one limit, so that the level
/// holds for them together and not for each.
[[nodiscard]] SetLimits fit_set_limits(std::vector<Prediction> const& predictions, Calibration const& calibration,
                                       double level);

/// The share of new photos whose truth such sets would hold, as far as `predictions` can tell: each of five folds of
/// whole lesions under a calibration, of the kind of `calibration`, and limits that were fitted on the other four. That
/// the calibration and the limits come from the same photos flatters the coverage on these, not here.
[[nodiscard]] Metric held_out_coverage(std::vector<Prediction> const& predictions, Calibration const& calibration,
                                       double level, int resamples = 1000);

/// Thresholds of the malignant probability: the highest with 95 % sensitivity, that of the highest sum of sensitivity
/// and specificity, the lowest with 95 % specificity. At least one photo of either kind.
[[nodiscard]] std::array<double, kOperatingPointCount> fit_operating_points(std::vector<Prediction> const& predictions,
                                                                            Calibration const& calibration);

}  // namespace evaluation
}  // namespace nevus
