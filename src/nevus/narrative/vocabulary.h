// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/narrative/writer.h"

namespace nevus::narrative {

/// The words that a language model may use about one set of facts: those of the offline text for either reader (but
/// of when to consult), the names of classes and levels, and the neutral words of wording/*.toml. Phrases that must not
/// be said can be made with any words; things that nobody spoke of cannot.
class Vocabulary {
 public:
  Vocabulary(Language language, std::vector<Sentence> const& offline);

  /// Whether all words of three letters and more are known, as they stand or with another ending.
  [[nodiscard]] bool holds(std::string_view text) const;

 private:
  void add(std::string_view text);

  std::set<std::string, std::less<>> words_;
};

/// In lower case, of Latin letters with marks too.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace nevus::narrative
