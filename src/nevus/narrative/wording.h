// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/narrative/writer.h"

namespace nevus::narrative {

/// One state that must hold, or must not.
struct Condition {
  std::string state;
  bool holds = true;
};

/// Where a sentence stands beside a language model's, too.
enum class BesideLlm { kNot, kBefore, kAfter };

/// A sentence of plan.toml.
struct PlannedSentence {
  std::string id;
  SectionId section = SectionId::kOverview;
  std::vector<std::vector<Condition>> when;  ///< alternatives
  std::vector<std::string> facts;
  std::vector<std::string> sources;
  std::optional<Register> reader;  ///< nothing: both
  BesideLlm beside_llm = BesideLlm::kNot;
};

struct Plan {
  std::vector<PlannedSentence> sentences;
  std::vector<MedicalSource> sources;
};

/// wording/plan.toml.
[[nodiscard]] Plan const& plan();

/// Of an offline sentence's id.
[[nodiscard]] BesideLlm beside_llm(std::string_view sentence_id);

/// All texts of a language under "table.key".
using Wording = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Wording const& wording(Language language);

/// The words of a planned sentence for this reader.
[[nodiscard]] std::string const& sentence_text(Language language, Register reader, std::string_view id);

/// The sources of the sentences, in the order of their first use.
[[nodiscard]] std::vector<MedicalSource> cited_sources(std::vector<Section> const& sections);

/// Every state that a plan may name.
[[nodiscard]] std::span<std::string_view const> known_states();

}  // namespace nevus::narrative
