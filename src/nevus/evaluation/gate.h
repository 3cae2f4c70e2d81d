// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nevus/evaluation/metrics.h"

namespace nevus {

/// A network's answers for some photos, and how they are read.
struct Judged {
  std::vector<Prediction> predictions;
  Calibration calibration;
  PerClass<double> class_prior{};
};

/// Candidate minus incumbent on the same photos.
struct PairedDifference {
  Metric log_loss;           ///< below 0: the candidate is better
  Metric balanced_accuracy;  ///< of argmax(p / prior); above 0: the candidate is better
};

namespace evaluation {

/// Why a network seems never to have been trained, in one sentence; nothing where it does not: its logits hardly differ
/// between photos (no class has a standard deviation of .05) or are no numbers. Over fewer than two photos nobody can
/// tell.
[[nodiscard]] std::optional<std::string> untrained_refusal(std::vector<Prediction> const& predictions);

/// Why a network is not clearly better than the answer "nevus" for every photo, in one sentence; nothing where it is.
/// Clearly better: the lower ends of its 95 % intervals are above the majority's accuracy, above 1.5 times the
/// majority's balanced accuracy, and above .60 for the macro AUC.
[[nodiscard]] std::optional<std::string> majority_refusal(std::map<std::string, Metric> const& metrics,
                                                          Figures const& majority);

/// The differences with 95 % intervals from bootstrap resamples of whole lesions, the same ones for both. Throws where
/// the two do not hold the same photos in the same order.
[[nodiscard]] PairedDifference compare(Judged const& candidate, Judged const& incumbent, int resamples = 1000);

/// Why a candidate may not take the incumbent's place, in one sentence; nothing where it may: neither figure worse, at
/// least one better; a difference in log loss of up to 1e-4 is none.
[[nodiscard]] std::optional<std::string> incumbent_refusal(PairedDifference const& difference);

}  // namespace evaluation
}  // namespace nevus
