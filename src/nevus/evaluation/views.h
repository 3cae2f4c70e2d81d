// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nevus/evaluation/metrics.h"

namespace nevus::evaluation {

/// Recall (of argmax p) on the same photos in a further view minus that in the base view, "recall_difference.CLASS" for
/// each class that occurs, with intervals from resamples of whole lesions, the same for both views. Throws where the
/// two do not hold the same photos in the same order.
[[nodiscard]] std::map<std::string, Metric> recall_differences(std::vector<Prediction> const& further,
                                                               std::vector<Prediction> const& base,
                                                               Calibration const& calibration, int resamples = 1000);

/// The recalls of "test@VIEW" and "test@VIEW-as-BASE" and their differences as tables of the model card; empty where
/// they were not measured.
[[nodiscard]] std::string view_recall_tables(std::map<std::string, Metric> const& metrics);

}  // namespace nevus::evaluation
