// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nevus/evaluation/metrics.h"

/// What stands beside an answer's probabilities, measured on labelled photos: for the model card and for `evaluate`.
namespace nevus::evaluation {

/// What the sets, operating points and rules do on labelled photos, with 95 % intervals by lesion:
/// "set90.coverage[.CLASS]", "set90.size", "set90.single", "cannot_tell", "nv_histo" (share of the nevi whose label
/// rests on histology), "set90.coverage.nv_histo", "set90.coverage.nv_other", "POINT.sensitivity", "POINT.specificity",
/// "urgency.LEVEL[.CLASS]" (share of the photos, of a class, that get the level), "rule.ID" (share that it decides) and
/// "rule.ID.malignant" (share of these that are malignant), "raw.log_loss", "raw.ece", "raw.brier" (not calibrated).
[[nodiscard]] std::map<std::string, Metric> measure_trust(std::vector<Prediction> const& predictions,
                                                          ModelCard const& card, int resamples = 1000);

/// Shares of the photos that `distances` (risk::feature_distance) place in each state of likeness, with intervals by
/// lesion: "ood.rejected", "ood.doubtful_or_rejected".
[[nodiscard]] std::map<std::string, Metric> measure_likeness(std::vector<Prediction> const& predictions,
                                                             std::vector<double> const& distances,
                                                             FeatureStatistics const& features, int resamples = 1000);

}  // namespace nevus::evaluation
