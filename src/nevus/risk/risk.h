// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/model/bundle.h"

namespace nevus {

enum class ConfidenceBand { kHigh, kMedium, kLow };  ///< calibrated probability of the top class >= .80, >= .60, below
enum class RiskLevel { kHigh, kModerate, kLow };     ///< malignant probability >= .40, >= .20, below
enum class Urgency { kCritical, kHigh, kMedium, kLow };
[[nodiscard]] std::string_view name(ConfidenceBand band);  ///< "high", …
[[nodiscard]] std::string_view name(RiskLevel level);      ///< "HIGH", …
[[nodiscard]] std::string_view name(Urgency urgency);      ///< "CRITICAL", …

struct UrgencyDecision {
  Urgency urgency = Urgency::kLow;
  std::string rule_id;               ///< the rule that decided
  std::vector<std::string> reasons;  ///< one sentence each, with the numbers that made it
};

/// What the network's logits mean.
struct Assessment {
  PerClass<double> calibrated_prob{};  ///< sums to 1
  LesionClass predicted = LesionClass::kNv;
  double confidence = 0;  ///< calibrated_prob of `predicted`
  ConfidenceBand band = ConfidenceBand::kLow;
  double malignant_prob = 0;  ///< mel + bcc + akiec
  RiskLevel risk_level = RiskLevel::kLow;
  UrgencyDecision urgency;
};

namespace risk {

/// softmax(logits / temperature), Guo et al. 2017. `temperature` is positive and the logits are finite.
[[nodiscard]] PerClass<double> calibrate(PerClass<float> const& logits, double temperature);

/// The rules of docs/results.md applied to calibrated probabilities. Probability that moves from benign classes to
/// malignant ones never lowers urgency, and urgency is never below the risk level.
[[nodiscard]] Assessment assess(PerClass<double> const& calibrated_prob);

}  // namespace risk
}  // namespace nevus
