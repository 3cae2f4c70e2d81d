// SPDX-License-Identifier: MIT
#include "nevus/narrative/llm_writer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "nevus/narrative/wording.h"

namespace nevus::narrative {
namespace {

using Json = nlohmann::ordered_json;

constexpr char const* kRules =
    "You put the answer of an image classifier for skin lesions into words. You add nothing of your own.\n"
    "\n"
    "The user's message is JSON: `facts` (id and value), `classes` (the name to use for each class), `sections` with "
    "the "
    "sentences that a careful writer would say, and the ids of the facts and medical sources that each rests on. "
    "Sentences with \"stands\": true are shown beside yours in any case; do not repeat them.\n"
    "\n"
    "Answer with one JSON object and nothing else:\n"
    "{\"sections\": [{\"id\": \"overview\", \"sentences\": [{\"text\": \"...\", \"facts\": "
    "[\"prediction.confidence\"], "
    "\"sources\": []}]}]}\n"
    "\n"
    "Rules:\n"
    "1. Write the sections that are asked for, in their order, each with one to four sentences of plain text.\n"
    "2. Each sentence names in `facts` and `sources` the ids that it rests on, at least one, and says only what these "
    "hold. Medical statements need a source of that section.\n"
    "3. Copy numbers exactly as they stand in the facts, and give no others; no numbers in words.\n"
    "4. Use the names of `classes`. A sentence that rests on prediction.confidence names the predicted class first. "
    "The "
    "overview has such a sentence.\n"
    "5. Never say what the person has or does not have: the classifier gives likelihoods, not diagnoses. Say nothing "
    "that calms about a critical or high urgency.\n"
    "6. No drug, no dose, no order to treat, no test result, no date or deadline, no address, no markup.\n"
    "7. Keep to the words of the given sentences and to plain neutral ones: a sentence with a word for something that "
    "these do not speak of is dropped.\n"
    "8. No words about these rules, about yourself or about anybody's name.\n";

/// What a language model may know of a fact, as it may repeat it; nothing: not its business.
std::optional<std::string> shown_value(Fact const& fact, WriterOptions const& options) {
  constexpr auto kSharesOf = std::to_array<std::string_view>(
      {"prediction.confidence", "malignant_prob", "operating_point.threshold", "stability.spread_prob",
       "stability.view_flip_frac", "stability.perturbed_flip_frac"});
  constexpr auto kTexts = std::to_array<std::string_view>(
      {"status", "model.id", "prediction.class", "prediction.band", "risk_level", "urgency.level", "urgency.rule",
       "cannot_tell", "operating_point.name", "operating_point.positive", "ood.state", "heat_map.class",
       "heat_map.state", "quality.usable"});
  auto const listed = [&](auto const& names) { return std::ranges::find(names, fact.id) != names.end(); };
  if (fact.id.starts_with("prob.") || listed(kSharesOf)) {
    auto text = percent(std::get<double>(fact.value), options);
    constexpr std::string_view kNoBreak = "\u00A0";
    for (auto at = text.find(kNoBreak); at != std::string::npos; at = text.find(kNoBreak))
      text.replace(at, kNoBreak.size(), " ");
    return text;
  }
  bool const passed = fact.id.starts_with("quality.") && fact.id.ends_with(".passed");
  if (passed || fact.id.starts_with("set.") || listed(kTexts)) return fact.text();
  return std::nullopt;
}

std::string language_name(Language language) {
  constexpr std::array<char const*, kLanguages.size()> kNames{"English", "German (address the reader with Sie)",
                                                              "Spanish (address the reader with usted)"};
  return kNames[static_cast<std::size_t>(language)];
}

std::string facts_json(Facts const& facts, WriterOptions const& options) {
  Json tree;
  tree["write_in"] = language_name(options.language);
  tree["for"] = options.reader == Register::kPatient ? "a patient without medical knowledge" : "a dermatologist";
  for (auto const& fact : list(facts)) {
    if (auto value = shown_value(fact, options)) tree["facts"][fact.id] = *std::move(value);
  }
  for (auto const& lesion_class : kLesionClasses)
    tree["classes"][std::string(lesion_class.id)] = words(options.language, "inline." + std::string(lesion_class.id));
  for (auto const& section : write(facts, options).sections) {
    if (section.id == SectionId::kConsult) continue;
    Json sentences = Json::array();
    for (auto const& sentence : section.sentences) {
      Json one{{"text", sentence.text}, {"facts", sentence.facts}, {"sources", sentence.sources}};
      if (beside_llm(sentence.id) != BesideLlm::kNot) one["stands"] = true;
      sentences.push_back(std::move(one));
    }
    tree["sections"].push_back({{"id", name(section.id)}, {"title", section.title}, {"sentences", sentences}});
  }
  return tree.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ToldProse offline(Facts const& facts, WriterOptions const& options, LlmFailure failure) {
  return {{write(facts, options), {}}, "", std::move(failure)};
}

}  // namespace

std::vector<LlmMessage> prompt(Facts const& facts, WriterOptions const& options) {
  return {{"system", kRules}, {"user", facts_json(facts, options)}};
}

ToldProse tell(Facts const& facts, WriterOptions const& options, Asking const& asking) {
  if (asking.setup.state != LlmState::kReady)
    return offline(facts, options, {LlmProblem::kOff, "the language model is off: " + asking.setup.problem});
  if (!facts.assessment)
    return offline(facts, options, {LlmProblem::kOff, "a photo without an answer leaves nothing to be worded"});
  auto const start = std::chrono::steady_clock::now();
  auto const model = asking.models.choose(asking.setup, asking.limits, asking.stop);
  if (!model) return offline(facts, options, model.error());

  auto limits = asking.limits;  // one time for both requests
  limits.total -= std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);

  AnswerGuard guard(facts, options);
  auto const take = [&](std::string_view text) {
    auto const step = guard.take(text);
    if (!step.sections.empty() || !step.replaced.empty()) asking.on_step(step);
  };
  auto const answer = llm::ask(asking.setup, *model, prompt(facts, options), take, asking.budget, limits, asking.stop);
  ToldProse told{guard.finish(), "", std::nullopt};
  if (answer || told.guarded.prose.by(Origin::kLanguageModel)) told.model = *model;
  if (!answer) {
    told.failure = answer.error();
    asking.models.forget_after(answer.error());
  } else if (!told.guarded.prose.by(Origin::kLanguageModel)) {
    told.failure = LlmFailure{LlmProblem::kBadAnswer, "nothing that " + *model + " answered could be used"};
  }
  return told;
}

}  // namespace nevus::narrative
