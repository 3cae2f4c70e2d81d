// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/evaluation/metrics.h"

namespace nevus {

/// Shares of the negatives and of the positives at or above each threshold, from (0, 0) up to (1, 1).
struct RocCurve {
  std::vector<double> false_positive_share;
  std::vector<double> true_positive_share;
};

/// The photos whose confidence (probability of the top class) is above `low` and at most `high`.
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  std::size_t photos = 0;
  double confidence = 0;  ///< mean; NaN without photos, as is the accuracy
  double accuracy = 0;
};

/// What becomes of the errors where only the surest photos are answered (El-Yaniv and Wiener 2010). Photos of equal
/// confidence are answered together.
struct RiskCoverage {
  std::vector<double> answered_share;  ///< rising to 1
  std::vector<double> error_share;     ///< of the answered ones
};

namespace evaluation {

/// One class against the rest; empty for a class that does not occur, or alone.
[[nodiscard]] PerClass<RocCurve> roc_curves(std::vector<Prediction> const& predictions, Calibration const& calibration);

/// The 15 bins of Figures::ece.
[[nodiscard]] std::vector<ReliabilityBin> reliability(std::vector<Prediction> const& predictions,
                                                      Calibration const& calibration);

[[nodiscard]] RiskCoverage risk_coverage(std::vector<Prediction> const& predictions, Calibration const& calibration);

}  // namespace evaluation
}  // namespace nevus
