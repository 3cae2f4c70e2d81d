// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "nevus/evaluation/metrics.h"

namespace nevus::evaluation {

/// Resamples of whole lesions, since photos of one lesion are not independent. A photo without a lesion id is a lesion
/// of its own. The same seed draws the same resamples on every machine.
class LesionBootstrap {
 public:
  LesionBootstrap(std::vector<Prediction> const& predictions, std::uint64_t seed);

  /// As many lesions as there are, drawn with replacement: how often each photo stands in the resample.
  [[nodiscard]] std::vector<std::uint32_t> draw();
  [[nodiscard]] std::size_t lesions() const { return lesions_; }

 private:
  std::vector<std::size_t> lesion_of_photo_;
  std::size_t lesions_ = 0;
  std::mt19937_64 random_;
};

/// `value` with the 95 % percentile interval of `resampled`, of which NaN does not count.
[[nodiscard]] Metric with_interval(double value, std::vector<double> resampled);

/// The mean of one value for each photo, with its interval over resamples of whole lesions. At least one photo.
[[nodiscard]] Metric mean_over_photos(std::vector<Prediction> const& predictions, std::vector<double> const& values,
                                      int resamples);

}  // namespace nevus::evaluation
