// SPDX-License-Identifier: MIT
#include "nevus/narrative/guard.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>

#include "nevus/narrative/wording.h"

namespace nevus::narrative {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxAnswerBytes = 200'000;
constexpr std::size_t kMaxSentenceBytes = 600;
constexpr std::size_t kMaxSentences = 8;        ///< of one section
constexpr std::size_t kRepeatedNoteBytes = 12;  ///< so much of what a person typed is a quotation

/// What no sentence may say, in all three languages at once: a model may slip from one into another.
struct Forbidden {
  char const* pattern;
  char const* why;
};
constexpr auto kForbidden = std::to_array<Forbidden>({
    {"you (have|suffer|are suffering|do not have|don't have|are (healthy|fine|safe))|your (melanoma|cancer|carcinoma)|"
     "diagnos(ed|is is|is of)|(this|it|the lesion|the spot) is (a |an |clearly |definitely |certainly |not )*"
     "(melanoma|cancer|carcinoma|benign|harmless|malignant|basal|actinic|mole|nevus)|(confirms?|proves?|rules? out)",
     "makes a diagnosis"},
    {"\\b(sie|du) (haben|hast|leiden|leidest|sind gesund)|diagnostiziert|(dies|das|es|die (stelle|hautstelle)) ist "
     "(ein|eine|"
     "kein|keine|klar|sicher|eindeutig)? ?(melanom|krebs|karzinom|basalz|gutartig|harmlos|b\xC3\xB6sartig|muttermal|"
     "n\xC3\xA4vus)|beweist|best\xC3\xA4tigt",
     "makes a diagnosis"},
    {"(usted|ud\\.) (tiene|padece|sufre)|\\b(tienes|padeces)\\b|diagnosticad|(esto|la lesi\xC3\xB3n) es "
     "(un|una|claramente)? "
     "?(melanoma|c\xC3\xA1ncer|carcinoma|benign|malign|inofensiv|lunar)|confirma|demuestra",
     "makes a diagnosis"},
    {"[0-9] ?(mg|g|ml|mcg|gy|j/cm|iu|i\\.e\\.)\\b|times (a|per) (day|week)|(daily|twice) |mal (am tag|t\xC3\xA4glich)|"
     "veces (al|por) d\xC3\xAD|dos(age|is|e of)\\b",
     "names a dose"},
    {"imiquimod|fluorouracil|5-fu|diclofenac|vismodegib|nivolumab|pembrolizumab|ipilimumab|ibuprofen|cortison|"
     "metotrex|methotrexat|antibioti|herbal|homeopath|hom\xC3\xB6opath",
     "names a drug"},
    {"biops(y|ie|ia) (shows|showed|zeigt|ergab|mostr|revel)|(blood|lab) "
     "(test|count|sample)|blut(test|bild|probe|unters)|lisis de sangre|\\b(mri|mrt|ct|pet|rmn)\\b|x-ray|"
     "r\xC3\xB6ntgen|ultras(ound|chall)|ecograf|(test|exam)s? (show|confirm|found)|histolog[a-z]+ (show|confirm|zeigt)",
     "speaks of a test that nobody made"},
    {"no need (to|for)|need not (see|worry)|nothing to worry|don't worry|do not worry|no doctor|kein(en)? (arzt|grund "
     "zur "
     "sorge)|keine sorge|no hace falta|no se preocupe|sin necesidad",
     "belittles"},
    {"https?:|www\\.|[<>`|\\\\]|\\{|ignore|ignorier|ignora |instruction|anweisung|instrucci|system prompt|as an ai",
     "holds markup, an address or an instruction"},
});

/// The same, compiled once.
std::vector<std::pair<std::regex, char const*>> const& forbidden() {
  static auto const ours = [] {
    std::vector<std::pair<std::regex, char const*>> made;
    for (auto const& [pattern, why] : kForbidden)
      made.emplace_back(std::regex(pattern, std::regex::icase | std::regex::optimize), why);
    return made;
  }();
  return ours;
}

/// Without a reasoning part and a fence: from the first brace after the last </think> to the last brace. A reasoning
/// part that never ends leaves nothing.
std::string_view json_part(std::string_view answer) {
  constexpr std::string_view kEnd = "</think>";
  if (auto const end = answer.rfind(kEnd); end != std::string_view::npos) {
    answer.remove_prefix(end + kEnd.size());
  } else if (answer.find("<think>") != std::string_view::npos) {
    return {};
  }
  auto const open = answer.find('{');
  auto const close = answer.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  return answer.substr(open, close - open + 1);
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char byte) { return byte < 0x80 ? std::tolower(byte) : byte; });
  return text;
}

/// "62", "62.0" and "0.1" of "62 %, 62,0 % or 0.1"; a dot at a sentence's end is none of the number.
std::set<std::string> numbers_in(std::string const& text) {
  static std::regex const number("[0-9]+([.,][0-9]+)?");
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at) {
    auto digits = at->str();
    std::ranges::replace(digits, ',', '.');
    found.insert(digits);
  }
  return found;
}

/// Holds the sentences of one answer to one set of facts.
class Judge {
 public:
  Judge(Facts const& facts, WriterOptions const& options) : facts_(facts), options_(options), list_(list(facts)) {
    for (auto const reader : {Register::kPatient, Register::kClinician}) {
      for (auto const& section : write(facts, {options.language, reader}).sections)
        offline_.insert(offline_.end(), section.sentences.begin(), section.sentences.end());
    }
  }

  /// Why this sentence may not be shown; nothing where it may.
  [[nodiscard]] std::optional<std::string> objection(Sentence const& sentence) const {
    if (sentence.text.empty() || sentence.text.size() > kMaxSentenceBytes) return "is empty or too long";
    for (unsigned char const byte : sentence.text) {
      if (byte < 0x20 || byte == 0x7F) return "holds control characters";
    }
    if (auto const problem = about_citations(sentence)) return problem;
    for (auto const& [pattern, why] : forbidden()) {
      if (std::regex_search(sentence.text, pattern)) return why;
    }
    if (auto const problem = about_notes(sentence)) return problem;
    if (auto const problem = about_numbers(sentence)) return problem;
    if (auto const problem = about_classes(sentence)) return problem;
    return about_urgency(sentence);
  }

 private:
  [[nodiscard]] Fact const* fact(std::string const& id) const {
    auto const found = std::ranges::find(list_, id, &Fact::id);
    return found == list_.end() || found->personal() ? nullptr : &*found;
  }

  [[nodiscard]] std::optional<std::string> about_citations(Sentence const& sentence) const {
    if (sentence.facts.empty() && sentence.sources.empty()) return "rests on nothing";
    for (auto const& id : sentence.facts) {
      if (fact(id) == nullptr) return "rests on " + id + ", which is no fact";
    }
    for (auto const& id : sentence.sources) {
      auto const shared = [&](Sentence const& offline) { return std::ranges::count(offline.sources, id) > 0; };
      if (!std::ranges::any_of(offline_, shared)) return "rests on " + id + ", which is no source for this answer";
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> about_notes(Sentence const& sentence) const {
    auto const text = lower(sentence.text);
    for (auto const& note : list_) {
      if (!note.personal()) continue;
      auto const typed = lower(note.text());
      for (std::size_t at = 0; at + kRepeatedNoteBytes <= typed.size(); ++at) {
        if (text.find(typed.substr(at, kRepeatedNoteBytes)) != std::string::npos) return "repeats what a person typed";
      }
      bool const name = note.id == "notes.patient" || note.id == "notes.analyst";
      if (name && typed.size() >= 3 && text.find(typed) != std::string::npos) return "names a person";
    }
    return std::nullopt;
  }

  /// Every number is a share of a cited fact or stands in an offline sentence about it; a sentence that cites no figure
  /// may give those that the offline text has from the same source.
  [[nodiscard]] std::optional<std::string> about_numbers(Sentence const& sentence) const {
    std::set<std::string> allowed;
    bool cites_figure = false;
    for (auto const& id : sentence.facts) {
      auto const* const number = std::get_if<double>(&fact(id)->value);
      if (number == nullptr) continue;
      cites_figure = true;
      for (auto const reader : {Register::kPatient, Register::kClinician})
        allowed.merge(numbers_in(percent(*number, {options_.language, reader})));
    }
    for (auto const& offline : offline_) {
      auto const shares = [](std::vector<std::string> const& ids, std::vector<std::string> const& cited) {
        return std::ranges::any_of(ids,
                                   [&](auto const& id) { return id != "status" && std::ranges::count(cited, id) > 0; });
      };
      bool const about_the_photo = offline.sources.empty() && shares(offline.facts, sentence.facts);
      if (about_the_photo || (!cites_figure && shares(offline.sources, sentence.sources)))
        allowed.merge(numbers_in(offline.text));
    }
    for (auto const& number : numbers_in(sentence.text)) {
      if (!allowed.contains(number)) return "names " + number + ", which is no number of what it rests on";
    }
    return std::nullopt;
  }

  /// A class that is named is the predicted one, one in question, or one whose own probability is cited.
  [[nodiscard]] std::optional<std::string> about_classes(Sentence const& sentence) const {
    auto const text = lower(sentence.text);
    for (std::size_t i = 0; i < kLesionClassCount; ++i) {
      auto const id = std::string(kLesionClasses[i].id);
      bool named = false;
      for (auto const language : kLanguages) {
        for (auto const* const kind : {"class.", "inline."})
          named = named || text.find(lower(words(language, kind + id))) != std::string::npos;
      }
      if (!named) continue;
      auto const known = [&](Sentence const& offline) {
        return lower(offline.text).find(lower(words(options_.language, "inline." + id))) != std::string::npos;
      };
      bool const cited = std::ranges::count(sentence.facts, "prob." + id) > 0;
      if (!facts_.assessment || (!cited && !std::ranges::any_of(offline_, known)))
        return "names " + id + ", of which the facts say nothing";
    }
    return leads_with_another(sentence);
  }

  /// A sentence about the prediction names the predicted class.
  [[nodiscard]] std::optional<std::string> leads_with_another(Sentence const& sentence) const {
    if (!facts_.assessment || std::ranges::count(sentence.facts, "prediction.confidence") == 0) return std::nullopt;
    auto const own = lower(words(options_.language, "inline." + std::string(info(facts_.assessment->predicted).id)));
    auto const label = lower(words(options_.language, "class." + std::string(info(facts_.assessment->predicted).id)));
    auto const text = lower(sentence.text);
    auto const at = std::min(text.find(own), text.find(label));
    if (at == std::string::npos) return "speaks of the prediction without naming its class";
    for (auto const& lesion_class : kLesionClasses) {
      auto const other = lower(words(options_.language, "inline." + std::string(lesion_class.id)));
      if (text.find(other) < at) return "puts another class before the predicted one";
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> about_urgency(Sentence const& sentence) const {
    if (std::ranges::count(sentence.facts, "urgency.level") == 0) return std::nullopt;
    auto const text = lower(sentence.text);
    auto const actual = facts_.assessment->urgency.urgency;
    for (std::size_t i = 0; i < kUrgencyCount; ++i) {
      if (static_cast<Urgency>(i) == actual) continue;
      auto const word = lower(words(options_.language, "level." + std::string(name(static_cast<Urgency>(i)))));
      if (std::regex_search(text, std::regex("(^|[^a-z])" + word + "([^a-z]|$)"))) return "names another urgency";
    }
    return std::nullopt;
  }

  Facts const& facts_;
  WriterOptions options_;
  std::vector<Fact> list_;
  std::vector<Sentence> offline_;  ///< of both readers
};

std::vector<std::string> strings(Json const& node) {
  std::vector<std::string> texts;
  if (!node.is_array()) return texts;
  for (auto const& text : node) texts.push_back(text.is_string() ? text.get<std::string>() : "?");
  return texts;
}

std::optional<Sentence> read_sentence(Json const& node) {
  if (!node.is_object() || !node.contains("text") || !node["text"].is_string()) return std::nullopt;
  return Sentence{"llm", node["text"].get<std::string>(), strings(node.value("facts", Json())),
                  strings(node.value("sources", Json()))};
}

/// The sentences of `section` that pass.
std::vector<Sentence> passing(Json const& section, Judge const& judge, std::vector<RefusedSentence>& refused) {
  std::vector<Sentence> kept;
  auto const sentences = section.value("sentences", Json());
  if (!sentences.is_array()) return kept;
  for (auto const& node : sentences) {
    auto sentence = read_sentence(node);
    if (!sentence || kept.size() == kMaxSentences) continue;
    if (auto const why = judge.objection(*sentence)) {
      refused.push_back({std::move(sentence->text), *why});
    } else {
      kept.push_back(*std::move(sentence));
    }
  }
  return kept;
}

}  // namespace

GuardedProse guard(std::string_view answer, Facts const& facts, WriterOptions const& options) {
  GuardedProse result{write(facts, options), {}};
  if (answer.size() > kMaxAnswerBytes) return result;
  auto const tree = Json::parse(json_part(answer), nullptr, false);
  if (!tree.is_object() || !tree.contains("sections") || !tree["sections"].is_array()) return result;
  Judge const judge(facts, options);
  for (auto const& node : tree["sections"]) {
    if (!node.is_object() || !node.contains("id") || !node["id"].is_string()) continue;
    for (auto& section : result.prose.sections) {
      bool const replaceable = section.id != SectionId::kConsult && section.origin == Origin::kOffline;
      if (!replaceable || name(section.id) != node["id"].get<std::string>()) continue;
      auto kept = passing(node, judge, result.refused);
      if (kept.empty()) continue;
      section.origin = Origin::kLanguageModel;
      section.sentences = std::move(kept);
    }
  }
  result.prose.sources = cited_sources(result.prose.sections);
  return result;
}

}  // namespace nevus::narrative
