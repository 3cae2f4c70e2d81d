// SPDX-License-Identifier: MIT
#include "nevus/narrative/writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "nevus/narrative/wording.h"

namespace nevus {

std::string_view name(Origin origin) { return origin == Origin::kOffline ? "offline" : "llm"; }
bool Prose::by(Origin origin) const { return std::ranges::count(sections, origin, &Section::origin) > 0; }

namespace narrative {
namespace {

constexpr double kMelanomaOpenFrom = 0.10;   ///< one in ten is not said to be settled, whatever leads
constexpr double kMalignantOpenFrom = 0.20;  ///< where the risk level becomes MODERATE
constexpr double kChangingFlipsFrom = 0.25;  ///< a quarter of the views or of the changes gets another answer
constexpr double kSpreadingFrom = 0.20;      ///< as far as from one risk level to the next

using States = std::set<std::string, std::less<>>;
using Values = std::map<std::string, std::string, std::less<>>;

constexpr auto kKnownStates = std::to_array<std::string_view>({
    "assessed",
    "declined",
    "retake",
    "not-dermoscopy",
    "too-unlike",
    "akiec",
    "bcc",
    "bkl",
    "df",
    "mel",
    "nv",
    "vasc",
    "malignant",
    "benign",
    "sure",
    "likely",
    "unsure",
    "critical",
    "high",
    "medium",
    "low",
    "melanoma-open",
    "bcc-open",
    "akiec-open",
    "malignant-open",
    "several-in-set",
    "top-excluded",
    "cannot-tell",
    "doubtful",
    "changing",
    "spreading",
    "heat-reliable",
    "heat-unreliable",
    "heat-nothing",
    "fails-focus",
    "fails-contrast",
    "fails-glare",
    "fails-framing",
    "fails-brightness",
    "fails-resolution",
    "fails-colour_cast",
});

double prob_of(Assessment const& assessment, LesionClass lesion_class) {
  return assessment.calibrated_prob[static_cast<std::size_t>(lesion_class)];
}

/// Whether a class that is not the likeliest is still in question.
bool is_open(Assessment const& assessment, LesionClass lesion_class) {
  if (assessment.predicted == lesion_class) return false;
  bool const in_set = !assessment.prediction_sets.empty() && assessment.prediction_sets.front().holds(lesion_class);
  auto const from = lesion_class == LesionClass::kMel ? kMelanomaOpenFrom : kMalignantOpenFrom;
  return in_set || prob_of(assessment, lesion_class) >= from;
}

/// The likeliest class that is not `first`, of the benign ones alone where that is asked for.
enum class Rivals { kAll, kBenign };
LesionClass rival_of(Assessment const& assessment, std::optional<LesionClass> first, Rivals rivals) {
  std::optional<LesionClass> best;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const candidate = static_cast<LesionClass>(i);
    if (candidate == first || (rivals == Rivals::kBenign && info(candidate).malignant)) continue;
    if (!best || prob_of(assessment, candidate) > prob_of(assessment, *best)) best = candidate;
  }
  return *best;
}

void add_states(States& states, Assessment const& assessment) {
  constexpr std::array<char const*, 3> kBands{"sure", "likely", "unsure"};  // in the order of ConfidenceBand
  constexpr std::array<char const*, kUrgencyCount> kUrgencies{"critical", "high", "medium", "low"};
  bool const malignant = info(assessment.predicted).malignant;
  states.emplace(info(assessment.predicted).id);
  states.emplace(malignant ? "malignant" : "benign");
  states.emplace(kBands[static_cast<std::size_t>(assessment.band)]);
  states.emplace(kUrgencies[static_cast<std::size_t>(assessment.urgency.urgency)]);
  if (is_open(assessment, LesionClass::kMel)) states.emplace("melanoma-open");
  if (is_open(assessment, LesionClass::kBcc)) states.emplace("bcc-open");
  if (is_open(assessment, LesionClass::kAkiec)) states.emplace("akiec-open");
  if (!malignant && assessment.malignant_prob >= kMalignantOpenFrom) states.emplace("malignant-open");
  if (assessment.top_excluded()) states.emplace("top-excluded");
  if (assessment.cannot_tell) states.emplace("cannot-tell");
  if (!assessment.prediction_sets.empty() && assessment.prediction_sets.front().classes.size() > 1)
    states.emplace("several-in-set");
}

States states_of(Facts const& facts) {
  States states;
  states.emplace(facts.status == AnalysisStatus::kAssessed        ? "assessed"
                 : facts.status == AnalysisStatus::kRetakeAdvised ? "retake"
                                                                  : "not-dermoscopy");
  if (!facts.assessment) {
    states.emplace("declined");
    if (facts.ood && facts.ood->state == OodState::kRejected && facts.ood->by_distance()) states.emplace("too-unlike");
    for (auto const& measure : facts.quality.measures) {
      if (!measure.passed) states.insert("fails-" + std::string(measure.name));
    }
    return states;
  }
  add_states(states, *facts.assessment);
  if (facts.ood && facts.ood->state == OodState::kDoubtful) states.emplace("doubtful");
  if (auto const& stability = facts.stability) {
    auto const flips = std::max(stability->view_flip_frac, stability->perturbed_flip_frac);
    if (flips >= kChangingFlipsFrom) states.emplace("changing");
    if (stability->spread_prob >= kSpreadingFrom) states.emplace("spreading");
  }
  constexpr std::array<char const*, 4> kHeat{"", "heat-nothing", "heat-unreliable", "heat-reliable"};
  if (facts.heat_map_class) states.emplace(kHeat[static_cast<std::size_t>(facts.heat_map)]);
  return states;
}

std::string inline_name(LesionClass lesion_class, Language language) {
  return words(language, "inline." + std::string(info(lesion_class).id));
}

std::string joined(std::vector<LesionClass> const& classes, Language language) {
  std::string text;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (i > 0) text += i + 1 == classes.size() ? words(language, "words.and") : ", ";
    text += inline_name(classes[i], language);
  }
  return text;
}

void fill(std::string& text, Values const& values) {
  for (auto const& [key, value] : values) {
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size()))
      text.replace(at, key.size(), value);
  }
}

/// A share inside a sentence, where Spanish wants an article.
std::string said(double share, WriterOptions const& options) {
  auto const number = percent(share, options);
  bool const bare = number.front() >= '0' && number.front() <= '9';
  auto text = bare ? words(options.language, "words.share") : "{number}";
  fill(text, {{"{number}", number}});
  return text;
}

std::string reason_text(FiredRule const& rule, Assessment const& assessment, WriterOptions const& options) {
  auto const rival = rival_of(assessment, std::nullopt, Rivals::kBenign);
  auto text = words(options.language, "reason." + rule.id);
  fill(text, {{"{prob}", said(rule.prob, options)},
              {"{limit}", said(rule.limit, options)},
              {"{rival}", words(options.language, "class." + std::string(info(rival).id))},
              {"{rival_prob}", said(prob_of(assessment, rival), options)}});
  return text;
}

std::string count_of(double share, int all) { return std::to_string(std::lround(share * all)); }

Values stability_values(Stability const& stability, WriterOptions const& options) {
  return {{"{spread}", points(stability.spread_prob, options)},
          {"{views}", std::to_string(stability.views)},
          {"{view_flips}", count_of(stability.view_flip_frac, stability.views)},
          {"{altered}", std::to_string(stability.perturbations)},
          {"{altered_flips}", count_of(stability.perturbed_flip_frac, stability.perturbations)}};
}

Values values_of(Facts const& facts, WriterOptions const& options) {
  if (!facts.assessment) return {};
  auto const& assessment = *facts.assessment;
  auto const language = options.language;
  auto const rival = rival_of(assessment, assessment.predicted, Rivals::kAll);
  auto const& urgency = assessment.urgency;
  Values values{
      {"{class}", inline_name(assessment.predicted, language)},
      {"{prob}", said(assessment.confidence, options)},
      {"{rest}", said(1 - assessment.confidence, options)},
      {"{rival}", inline_name(rival, language)},
      {"{rival_prob}", said(prob_of(assessment, rival), options)},
      {"{malignant}", said(assessment.malignant_prob, options)},
      {"{mel}", said(prob_of(assessment, LesionClass::kMel), options)},
      {"{level}", words(language, "level." + std::string(name(urgency.urgency)))},
      {"{reason}", urgency.rules.empty() ? "" : reason_text(urgency.rules.front(), assessment, options)},
  };
  if (!assessment.prediction_sets.empty())
    values["{set}"] = joined(assessment.prediction_sets.front().classes, language);
  if (facts.heat_map_class) values["{heat_class}"] = inline_name(*facts.heat_map_class, language);
  if (facts.stability) values.merge(stability_values(*facts.stability, options));
  return values;
}

bool holds(PlannedSentence const& planned, States const& states, Register reader) {
  if (planned.reader && *planned.reader != reader) return false;
  return std::ranges::any_of(planned.when, [&](auto const& alternative) {
    return std::ranges::all_of(
        alternative, [&](Condition const& condition) { return states.contains(condition.state) == condition.holds; });
  });
}

using Json = nlohmann::ordered_json;

Json tree_of(Section const& section) {
  Json sentences = Json::array();
  for (auto const& sentence : section.sentences) {
    sentences.push_back({{"id", sentence.id},
                         {"origin", name(sentence.origin)},
                         {"text", sentence.text},
                         {"facts", sentence.facts},
                         {"sources", sentence.sources}});
  }
  return {{"id", name(section.id)},
          {"origin", name(section.origin)},
          {"title", section.title},
          {"sentences", std::move(sentences)}};
}

std::string dump(Json const& tree) { return tree.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::span<std::string_view const> known_states() { return kKnownStates; }
std::vector<MedicalSource> const& medical_sources() { return plan().sources; }

namespace {

/// "62" with the unit as this language and reader want it, "less than 1" and "more than 99" at the ends.
std::string number_of(double share, std::string const& unit, WriterOptions const& options) {
  constexpr double kLeast = 0.01;  // and 1 - kLeast: nothing is impossible or certain to a network
  constexpr double kLeastOfOneDecimal = 0.001;
  bool const whole = options.reader == Register::kPatient;
  auto const least = whole ? kLeast : kLeastOfOneDecimal;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", whole ? 0 : 1, 100 * std::clamp(share, least, 1 - least));
  std::string number = text.data();
  if (auto const point = number.find('.'); point != std::string::npos)
    number.replace(point, 1, words(options.language, "words.decimal"));
  number += "\u00A0" + unit;
  if (share >= least && share <= 1 - least) return number;
  auto said = words(options.language, share < least ? "words.under" : "words.over");
  fill(said, {{"{number}", number}});
  return said;
}

}  // namespace

std::string percent(double share, WriterOptions const& options) { return number_of(share, "%", options); }

std::string points(double difference, WriterOptions const& options) {
  return number_of(difference, words(options.language, "words.points"), options);
}

std::string stability_text(Stability const& stability, std::string text, WriterOptions const& options) {
  fill(text, stability_values(stability, options));
  return text;
}

std::vector<std::string> reasons(Assessment const& assessment, Language language) {
  std::vector<std::string> texts;
  for (auto const& rule : assessment.urgency.rules)
    texts.push_back(reason_text(rule, assessment, {language, Register::kClinician}));
  return texts;
}

std::vector<MedicalSource> cited_sources(std::vector<Section> const& sections) {
  std::vector<MedicalSource> sources;
  for (auto const& section : sections) {
    for (auto const& sentence : section.sentences) {
      for (auto const& id : sentence.sources) {
        if (std::ranges::find(sources, id, &MedicalSource::id) != sources.end()) continue;
        sources.push_back(*std::ranges::find(medical_sources(), id, &MedicalSource::id));
      }
    }
  }
  return sources;
}

Prose write(Facts const& facts, WriterOptions const& options) {
  auto const states = states_of(facts);
  auto const values = values_of(facts, options);
  Prose prose{options.language, options.reader, {}, {}};
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    auto const id = static_cast<SectionId>(i);
    prose.sections.push_back({id, Origin::kOffline, words(options.language, "title." + std::string(name(id))), {}});
  }
  for (auto const& planned : plan().sentences) {
    if (!holds(planned, states, options.reader)) continue;
    auto text = sentence_text(options.language, options.reader, planned.id);
    fill(text, values);
    prose.sections[static_cast<std::size_t>(planned.section)].sentences.push_back(
        {planned.id, std::move(text), planned.facts, planned.sources});
  }
  prose.sources = cited_sources(prose.sections);
  return prose;
}

std::string to_json(Section const& section) { return dump(tree_of(section)); }

std::string to_json(Prose const& prose) {
  Json sections = Json::array();
  for (auto const& section : prose.sections) sections.push_back(tree_of(section));
  Json sources = Json::array();
  for (auto const& source : prose.sources)
    sources.push_back({{"id", source.id}, {"cite", source.cite}, {"url", source.url}});
  return dump({{"language", code(prose.language)},
               {"register", name(prose.reader)},
               {"sections", std::move(sections)},
               {"sources", std::move(sources)}});
}

}  // namespace narrative
}  // namespace nevus
