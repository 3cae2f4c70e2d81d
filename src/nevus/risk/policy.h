// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/model/bundle.h"

namespace nevus {

enum class Urgency { kCritical, kHigh, kMedium, kLow };
inline constexpr std::size_t kUrgencyCount = 4;
[[nodiscard]] std::string_view name(Urgency urgency);  ///< "CRITICAL", …

/// How a level of urgency is said and coloured.
struct UrgencyLevel {
  std::string colour;  ///< "red", "yellow" or "green"; never shown without the words
  std::string words;
};

/// One line of the policy; policy.toml says when it holds.
struct PolicyRule {
  std::string id;
  Urgency urgency = Urgency::kLow;
  std::optional<LesionClass> lesion_class;  ///< nothing: the malignant classes together
  double min_prob = 0;
  double min_grave_prob = 0;  ///< of mel + bcc
  bool leads = false;
  bool in_set = false;
  bool at_operating_point = false;
  std::string reason;  ///< with {prob} {limit} {rival} {rival_prob} {point}
  std::string why;     ///< for docs/risk-policy.md
};

struct Policy {
  std::string version;
  std::array<UrgencyLevel, kUrgencyCount> levels;
  std::vector<PolicyRule> rules;  ///< from the most urgent to the least; the last one always holds
  [[nodiscard]] UrgencyLevel const& level(Urgency urgency) const { return levels[static_cast<std::size_t>(urgency)]; }
};

namespace risk {

/// kConfig, naming the rule and the key, where the text is no policy: a key that is missing or unknown, a level without
/// words, a rule of lower urgency before one of higher, a last rule that may not hold.
[[nodiscard]] Result<Policy> parse_policy(std::string_view toml);

/// src/nevus/risk/policy.toml, which is part of the program.
[[nodiscard]] Policy const& policy();

}  // namespace risk
}  // namespace nevus
