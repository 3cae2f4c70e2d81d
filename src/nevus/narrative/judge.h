// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nevus/narrative/vocabulary.h"
#include "nevus/narrative/writer.h"

namespace nevus::narrative {

/// Holds single sentences of a language model to one set of facts.
class Judge {
 public:
  Judge(Facts const& facts, WriterOptions const& options);

  /// Why this sentence may not be shown; nothing where it may.
  [[nodiscard]] std::optional<std::string> objection(Sentence const& sentence) const;

 private:
  [[nodiscard]] Fact const* fact(std::string const& id) const;
  [[nodiscard]] std::optional<std::string> about_citations(Sentence const& sentence) const;
  [[nodiscard]] std::optional<std::string> about_notes(Sentence const& sentence) const;
  [[nodiscard]] std::optional<std::string> about_numbers(Sentence const& sentence) const;
  [[nodiscard]] std::optional<std::string> about_classes(Sentence const& sentence) const;
  [[nodiscard]] std::optional<std::string> leads_with_another(Sentence const& sentence) const;
  [[nodiscard]] std::optional<std::string> about_urgency(Sentence const& sentence) const;

  Facts facts_;
  WriterOptions options_;
  std::vector<Fact> list_;
  std::vector<Sentence> offline_;  ///< of both readers
  Vocabulary vocabulary_;
};

}  // namespace nevus::narrative
