// SPDX-License-Identifier: MIT
#include "nevus/narrative/vocabulary.h"

#include <algorithm>
#include <cctype>

#include "nevus/narrative/wording.h"

namespace nevus::narrative {
namespace {

bool is_letter(char byte) {
  return std::isalpha(static_cast<unsigned char>(byte)) != 0 || static_cast<unsigned char>(byte) >= 0xC3;
}
bool goes_on(char byte) { return is_letter(byte) || (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::size_t letters(std::string_view word) {
  return static_cast<std::size_t>(
      std::ranges::count_if(word, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

/// Calls `on_word` with each word of three letters and more; false from it ends that.
template <typename OnWord>
bool each_word(std::string const& text, OnWord const& on_word) {
  constexpr std::size_t kShortest = 3;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_letter(text[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < text.size() && goes_on(text[end])) ++end;
    auto const word = std::string_view(text).substr(at, end - at);
    if (letters(word) >= kShortest && !on_word(word)) return false;
    at = end;
  }
  return true;
}

/// "examine" and "examined", "Melanom" and "Melanoms": one beginning, endings of up to three letters. Short words may
/// differ by one letter alone.
bool akin(std::string_view a, std::string_view b) {
  constexpr std::size_t kLong = 5;
  constexpr std::size_t kShort = 4;
  auto const common = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  auto const longer = std::max(a.size(), b.size()) - common;
  return (common >= kLong && longer <= 3) || (common == kShort && longer <= 1);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (std::size_t at = 0; at < result.size(); ++at) {
    auto const byte = static_cast<unsigned char>(result[at]);
    if (byte < 0x80) {
      result[at] = static_cast<char>(std::tolower(byte));
    } else if (byte == 0xC3 && at + 1 < result.size()) {  // À to Þ of UTF-8
      auto const next = static_cast<unsigned char>(result[at + 1]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) result[at + 1] = static_cast<char>(next + 0x20);
    }
  }
  return result;
}

Vocabulary::Vocabulary(Language language, std::vector<Sentence> const& offline) {
  for (auto const& sentence : offline) {
    if (!sentence.id.starts_with("consult")) add(sentence.text);
  }
  for (auto const& [key, text] : wording(language)) {
    // Whether a class or level that is named fits the facts is judged apart.
    for (auto const* const table : {"vocabulary.", "class.", "inline.", "named.", "level.", "band."}) {
      if (key.starts_with(table)) add(text);
    }
  }
}

void Vocabulary::add(std::string_view text) {
  each_word(lower_case(text), [this](std::string_view word) {
    words_.emplace(word);
    return true;
  });
}

bool Vocabulary::holds(std::string_view text) const {
  return each_word(lower_case(text), [this](std::string_view word) {
    return words_.contains(word) ||
           std::ranges::any_of(words_, [&](std::string const& known) { return akin(word, known); });
  });
}

}  // namespace nevus::narrative
