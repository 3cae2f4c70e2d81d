// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "nevus/evaluation/curves.h"
#include "nevus/evaluation/metrics.h"

namespace nevus::evaluation {

/// Charts of a set of predictions, for a report: at least one photo. Cost: about 0.2 s each.
[[nodiscard]] Result<Chart> draw_roc(std::vector<Prediction> const& predictions, Calibration const& calibration);
/// Accuracy against confidence in 15 bins, and how many photos each bin holds.
[[nodiscard]] Result<Chart> draw_reliability(std::vector<Prediction> const& predictions,
                                             Calibration const& calibration);
/// Errors among the answered photos against the share that is answered, the surest first.
[[nodiscard]] Result<Chart> draw_risk_coverage(std::vector<Prediction> const& predictions,
                                               Calibration const& calibration);
/// The recall of each class with its interval, from the "recall.…" among `metrics`.
[[nodiscard]] Result<Chart> draw_recall(std::map<std::string, Metric> const& metrics,
                                        PerClass<std::size_t> const& support);

}  // namespace nevus::evaluation
