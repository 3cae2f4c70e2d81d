// SPDX-License-Identifier: MIT
#include "nevus/narrative/wording.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "nevus/narrative/de_text.h"
#include "nevus/narrative/en_text.h"
#include "nevus/narrative/es_text.h"
#include "nevus/narrative/plan_text.h"

namespace nevus {
namespace {

constexpr std::array<std::string_view, 3> kCodes{"en", "de", "es"};
constexpr std::array<std::string_view, kSectionCount> kSections{
    "overview", "severity", "characteristics", "treatment", "precautions", "consult", "prognosis"};

/// The texts are part of the program, so a mistake in them is a bug; the tests find it.
[[noreturn]] void broken(std::string const& problem) { throw std::logic_error("wording: " + problem); }

template <typename T>
T required(toml::table const& table, std::string_view key) {
  auto const value = table[key].value_exact<T>();
  if (!value) broken("\"" + std::string(key) + "\" is missing");
  return *value;
}

std::vector<std::string> strings(toml::table const& table, std::string_view key) {
  std::vector<std::string> texts;
  if (auto const* const list = table[key].as_array()) {
    for (auto const& node : *list) texts.push_back(node.value_exact<std::string>().value_or(""));
  }
  return texts;
}

}  // namespace

std::string_view code(Language language) { return kCodes[static_cast<std::size_t>(language)]; }

std::optional<Language> language_from_code(std::string_view code) {
  auto const* const found = std::ranges::find(kCodes, code);
  if (found == kCodes.end()) return std::nullopt;
  return static_cast<Language>(found - kCodes.begin());
}

std::string_view name(Register reader) { return reader == Register::kPatient ? "patient" : "clinician"; }
std::string_view name(SectionId section) { return kSections[static_cast<std::size_t>(section)]; }

namespace narrative {
namespace {

std::vector<Condition> read_alternative(std::string const& text) {
  std::vector<Condition> conditions;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    bool const negated = word.starts_with('!');
    Condition condition{negated ? word.substr(1) : word, !negated};
    if (std::ranges::find(known_states(), condition.state) == known_states().end())
      broken("there is no state " + condition.state);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

PlannedSentence read_sentence(toml::table const& table) {
  PlannedSentence sentence;
  sentence.id = required<std::string>(table, "id");
  auto const section = required<std::string>(table, "section");
  auto const* const found = std::ranges::find(kSections, section);
  if (found == kSections.end()) broken("there is no section " + section);
  sentence.section = static_cast<SectionId>(found - kSections.begin());
  for (auto const& text : strings(table, "when")) sentence.when.push_back(read_alternative(text));
  sentence.facts = strings(table, "facts");
  sentence.sources = strings(table, "sources");
  if (auto const reader = table["reader"].value<std::string>())
    sentence.reader = *reader == "patient" ? Register::kPatient : Register::kClinician;
  if (auto const beside = table["beside_llm"].value<std::string>())
    sentence.beside_llm = *beside == "before" ? BesideLlm::kBefore : BesideLlm::kAfter;
  return sentence;
}

Plan read_plan() {
  Plan plan;
  auto const root = toml::parse(kPlanText);
  for (auto const& node : *root["sentence"].as_array()) plan.sentences.push_back(read_sentence(*node.as_table()));
  for (auto const& node : *root["source"].as_array()) {
    auto const& table = *node.as_table();
    plan.sources.push_back({required<std::string>(table, "id"), required<std::string>(table, "cite"),
                            required<std::string>(table, "url")});
  }
  return plan;
}

Wording read_wording(std::string_view text) {
  Wording wording;
  auto const root = toml::parse(text);
  for (auto const& [name, group] : root) {
    for (auto const& [key, value] : *group.as_table())
      wording[std::string(name.str()) + "." + std::string(key.str())] = value.value<std::string>().value_or("");
  }
  return wording;
}

}  // namespace

Plan const& plan() {
  static Plan const ours = read_plan();
  return ours;
}

Wording const& wording(Language language) {
  static std::array<Wording, kLanguages.size()> const ours{read_wording(kEnText), read_wording(kDeText),
                                                           read_wording(kEsText)};
  return ours[static_cast<std::size_t>(language)];
}

std::string const& words(Language language, std::string_view key) {
  auto const found = wording(language).find(key);
  if (found == wording(language).end()) broken(std::string(code(language)) + " has no " + std::string(key));
  return found->second;
}

BesideLlm beside_llm(std::string_view sentence_id) {
  auto const& sentences = plan().sentences;
  auto const found = std::ranges::find(sentences, sentence_id, &PlannedSentence::id);
  return found == sentences.end() ? BesideLlm::kNot : found->beside_llm;
}

std::string const& sentence_text(Language language, Register reader, std::string_view id) {
  if (reader == Register::kClinician) {
    auto const own = wording(language).find("clinician." + std::string(id));
    if (own != wording(language).end()) return own->second;
  }
  return words(language, "patient." + std::string(id));
}

std::string const& label(WriterOptions const& options, std::string_view key) {
  if (options.reader == Register::kClinician) {
    auto const own = wording(options.language).find("label_clinician." + std::string(key));
    if (own != wording(options.language).end()) return own->second;
  }
  return words(options.language, "label." + std::string(key));
}

}  // namespace narrative
}  // namespace nevus
