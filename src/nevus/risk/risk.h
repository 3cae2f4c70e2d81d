// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/model/bundle.h"
#include "nevus/risk/policy.h"

namespace nevus {

enum class ConfidenceBand { kHigh, kMedium, kLow };  ///< calibrated probability of the top class >= .80, >= .60, below
enum class RiskLevel { kHigh, kModerate, kLow };     ///< malignant probability >= .40, >= .20, below
[[nodiscard]] std::string_view name(ConfidenceBand band);  ///< "high", …
[[nodiscard]] std::string_view name(RiskLevel level);      ///< "HIGH", …

/// A rule of the policy that held, with the numbers that made it hold.
struct FiredRule {
  std::string id;
  Urgency urgency = Urgency::kLow;
  double prob = 0;   ///< of the rule's subject
  double limit = 0;  ///< that it reached
};

struct UrgencyDecision {
  Urgency urgency = Urgency::kLow;
  std::string rule_id;               ///< the rule that decided
  std::vector<std::string> reasons;  ///< one sentence each, with the numbers that made it
  std::vector<FiredRule> rules;      ///< all of the decided level that held
};

/// Classes of which one is the truth in `level` of all cases of each class (see docs/risk-policy.md for the small
/// ones).
struct PredictionSet {
  double level = 0;                  ///< .90, .95
  std::vector<LesionClass> classes;  ///< likeliest first; never empty
  [[nodiscard]] bool holds(LesionClass lesion_class) const;
};

/// Whether the malignant probability reaches the chosen operating point.
struct OperatingDecision {
  OperatingPoint point = OperatingPoint::kBalanced;
  double threshold = 0;
  bool positive = false;
};

/// What the network's logits mean.
struct Assessment {
  PerClass<double> raw_prob{};         ///< softmax of the logits as they are
  PerClass<double> calibrated_prob{};  ///< sums to 1
  LesionClass predicted = LesionClass::kNv;
  double confidence = 0;  ///< calibrated_prob of `predicted`
  ConfidenceBand band = ConfidenceBand::kLow;
  double malignant_prob = 0;  ///< mel + bcc + akiec
  RiskLevel risk_level = RiskLevel::kLow;
  std::vector<PredictionSet> prediction_sets;  ///< by rising level; empty where the card has no limits
  bool cannot_tell = false;                    ///< the first set and `predicted` hold benign and malignant classes
  std::optional<OperatingDecision> operating_point;
  UrgencyDecision urgency;
  /// Whether the first set leaves `predicted` out: each class has a limit of its own, and the likeliest may miss its.
  [[nodiscard]] bool top_excluded() const;
};

namespace risk {

/// The calibrated probabilities of finite logits.
[[nodiscard]] PerClass<double> calibrate(PerClass<float> const& logits, Calibration const& calibration);

/// mel + bcc + akiec, at most 1.
[[nodiscard]] double malignant_prob(PerClass<double> const& prob);

/// Probabilities, sets and urgency of a network's logits, by what its card says.
[[nodiscard]] Assessment assess(PerClass<float> const& logits, ModelCard const& card,
                                OperatingPoint point = OperatingPoint::kBalanced);

/// The same for calibrated probabilities, which are taken for raw ones too. Probability that moves from benign classes
/// to malignant ones never lowers urgency, and urgency is never below the risk level, but for actinic keratosis alone:
/// HIGH risk and MEDIUM urgency.
[[nodiscard]] Assessment assess(PerClass<double> const& calibrated_prob, RiskLimits const& limits = {},
                                OperatingPoint point = OperatingPoint::kBalanced);

}  // namespace risk
}  // namespace nevus
