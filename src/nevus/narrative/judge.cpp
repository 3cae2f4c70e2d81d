// SPDX-License-Identifier: MIT
#include "nevus/narrative/judge.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <set>

#include "nevus/narrative/phrases.h"
#include "nevus/narrative/wording.h"

namespace nevus::narrative {
namespace {

constexpr std::size_t kMaxSentenceBytes = 600;
constexpr std::size_t kRepeatedNoteBytes = 12;  ///< so much of what a person typed is a quotation
constexpr auto kNowhere = std::string::npos;
constexpr auto kBenignAndMalignant =
    std::to_array<std::string_view>({"benign", "malign", "cancer", "harmless", "gutartig", "b\xC3\xB6sartig", "krebs",
                                     "harmlos", "c\xC3\xA1ncer", "inofensiv"});

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

bool is_letter(char byte) {
  return std::isalpha(static_cast<unsigned char>(byte)) != 0 || static_cast<unsigned char>(byte) >= 0x80;
}

/// Where `text` (in lower case) first names a class with a word of this language; kNowhere where it does not. A short
/// word counts only whole, with or without an s.
std::size_t place_of(std::string const& text, Language language, std::string_view class_id) {
  constexpr std::size_t kShort = 4;
  std::string_view names = words(language, "named." + std::string(class_id));
  auto first = kNowhere;
  while (!names.empty()) {
    auto const word = names.substr(0, names.find('|'));
    names.remove_prefix(std::min(word.size() + 1, names.size()));
    for (auto at = text.find(word); at != kNowhere; at = text.find(word, at + 1)) {
      if (at > 0 && is_letter(text[at - 1])) continue;
      auto end = at + word.size();
      if (word.size() <= kShort && end < text.size() && text[end] == 's') ++end;
      if (word.size() <= kShort && end < text.size() && is_letter(text[end])) continue;
      first = std::min(first, at);
      break;
    }
  }
  return first;
}

bool shares(std::vector<std::string> const& ids, std::vector<std::string> const& cited) {
  return std::ranges::any_of(ids, [&](auto const& id) { return id != "status" && std::ranges::count(cited, id) > 0; });
}

std::vector<Sentence> offline_sentences(Facts const& facts, Language language) {
  std::vector<Sentence> all;
  for (auto const reader : {Register::kPatient, Register::kClinician}) {
    for (auto const& section : write(facts, {language, reader}).sections)
      all.insert(all.end(), section.sentences.begin(), section.sentences.end());
  }
  return all;
}

}  // namespace

Judge::Judge(Facts const& facts, WriterOptions const& options)
    : facts_(facts),
      options_(options),
      list_(list(facts)),
      offline_(offline_sentences(facts, options.language)),
      vocabulary_(options.language, offline_) {}

std::optional<std::string> Judge::objection(Sentence const& sentence) const {
  if (sentence.text.empty() || sentence.text.size() > kMaxSentenceBytes) return "is empty or too long";
  for (unsigned char const byte : sentence.text) {
    if (byte < 0x20 || byte == 0x7F) return "holds control characters";
  }
  if (auto const problem = about_citations(sentence)) return problem;
  if (auto const problem = forbidden_phrase(lower_case(sentence.text))) return problem;
  if (auto const problem = about_notes(sentence)) return problem;
  if (!vocabulary_.holds(sentence.text)) return "uses words that the facts do not bring";
  if (auto const problem = about_numbers(sentence)) return problem;
  if (auto const problem = about_classes(sentence)) return problem;
  return about_urgency(sentence);
}

Fact const* Judge::fact(std::string const& id) const {
  auto const found = std::ranges::find(list_, id, &Fact::id);
  return found == list_.end() || found->personal() ? nullptr : &*found;
}

std::optional<std::string> Judge::about_citations(Sentence const& sentence) const {
  if (sentence.facts.empty() && sentence.sources.empty()) return "rests on nothing";
  for (auto const& id : sentence.facts) {
    if (fact(id) == nullptr) return "rests on something that is no fact";
  }
  for (auto const& id : sentence.sources) {
    auto const cites = [&](Sentence const& offline) { return std::ranges::count(offline.sources, id) > 0; };
    if (!std::ranges::any_of(offline_, cites)) return "rests on something that is no source for this answer";
  }
  return std::nullopt;
}

std::optional<std::string> Judge::about_notes(Sentence const& sentence) const {
  auto const text = lower_case(sentence.text);
  for (auto const& note : list_) {
    if (!note.personal()) continue;
    auto const typed = lower_case(note.text());
    for (std::size_t at = 0; at + kRepeatedNoteBytes <= typed.size(); ++at) {
      if (text.find(typed.substr(at, kRepeatedNoteBytes)) != kNowhere) return "repeats what a person typed";
    }
    bool const is_name = note.id == "notes.patient" || note.id == "notes.analyst";
    if (is_name && typed.size() >= 3 && text.find(typed) != kNowhere) return "names a person";
  }
  return std::nullopt;
}

/// Every number is a share of a cited fact or stands in an offline sentence about it; a sentence that cites no figure
/// may give those that the offline text has from the same source.
std::optional<std::string> Judge::about_numbers(Sentence const& sentence) const {
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
    bool const about_the_photo = offline.sources.empty() && shares(offline.facts, sentence.facts);
    if (about_the_photo || (!cites_figure && shares(offline.sources, sentence.sources)))
      allowed.merge(numbers_in(offline.text));
  }
  for (auto const& number : numbers_in(sentence.text)) {
    if (!allowed.contains(number)) return "names " + number + ", which is no number of what it rests on";
  }
  return std::nullopt;
}

/// A class that is named is one that the offline text names too, or one whose own probability is cited.
std::optional<std::string> Judge::about_classes(Sentence const& sentence) const {
  auto const text = lower_case(sentence.text);
  bool asserts = std::ranges::any_of(kBenignAndMalignant, [&](auto word) { return text.find(word) != kNowhere; });
  for (auto const& lesion_class : kLesionClasses) {
    auto const id = std::string(lesion_class.id);
    auto const in_any_language = [&](Language language) { return place_of(text, language, id) != kNowhere; };
    if (!std::ranges::any_of(kLanguages, in_any_language)) continue;
    asserts = true;
    auto const names_it = [&](Sentence const& offline) {
      return place_of(lower_case(offline.text), options_.language, id) != kNowhere;
    };
    bool const cited = std::ranges::count(sentence.facts, "prob." + id) > 0;
    if (!facts_.assessment || (!cited && !std::ranges::any_of(offline_, names_it)))
      return "names " + id + ", of which the facts say nothing";
  }
  // A class is spoken of by its figure, by what a source says of it in general, or with a reservation.
  bool const in_general = !sentence.sources.empty() || !numbers_in(text).empty();
  if (asserts && !hedges(text) && (!in_general || speaks_of_this_photo(text)))
    return "says of a class that it is there, or is not";
  return leads_with_another(sentence);
}

/// A sentence about the prediction names the predicted class, and first.
std::optional<std::string> Judge::leads_with_another(Sentence const& sentence) const {
  if (!facts_.assessment || std::ranges::count(sentence.facts, "prediction.confidence") == 0) return std::nullopt;
  auto const text = lower_case(sentence.text);
  auto const& predicted = info(facts_.assessment->predicted);
  auto const own = place_of(text, options_.language, predicted.id);
  if (own == kNowhere) return "speaks of the prediction without naming its class";
  for (auto const& other : kLesionClasses) {
    if (other.id != predicted.id && place_of(text, options_.language, other.id) < own)
      return "puts another class before the predicted one";
  }
  return std::nullopt;
}

std::optional<std::string> Judge::about_urgency(Sentence const& sentence) const {
  if (!facts_.assessment) return std::nullopt;
  auto const actual = facts_.assessment->urgency.urgency;
  if (actual == Urgency::kCritical || actual == Urgency::kHigh) {
    if (auto const why = soothing_phrase(lower_case(sentence.text))) return why;
  }
  if (std::ranges::count(sentence.facts, "urgency.level") == 0) return std::nullopt;
  auto const text = lower_case(sentence.text);
  for (std::size_t i = 0; i < kUrgencyCount; ++i) {
    if (static_cast<Urgency>(i) == actual) continue;
    auto const word = lower_case(words(options_.language, "level." + std::string(name(static_cast<Urgency>(i)))));
    if (std::regex_search(text, std::regex("(^|[^a-z])" + word + "([^a-z]|$)"))) return "names another urgency";
  }
  return std::nullopt;
}

}  // namespace nevus::narrative
