// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nevus/risk/policy.h"

namespace nevus::evaluation {

/// What the model card says of calibration, prediction sets, operating points, urgency and likeness: sections of its
/// Markdown, made of the card's figures. Empty for a card without them.
[[nodiscard]] std::string trust_sections(ModelCard const& card);

/// The same for a report on labelled photos: sections of Markdown, made of what of measure_trust, measure_likeness and
/// "stability.…" is among `metrics`.
[[nodiscard]] std::string trust_report(std::map<std::string, Metric> const& metrics, RiskLimits const& limits);

/// docs/risk-policy.md: every rule with its reason, and what it does on the test photos of the networks that come with
/// Nevus.
[[nodiscard]] std::string risk_policy_markdown(Policy const& policy, std::vector<ModelCard> const& cards);

}  // namespace nevus::evaluation
