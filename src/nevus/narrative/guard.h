// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/narrative/writer.h"

namespace nevus {

/// What of a language model's answer did not get through.
struct Replaced {
  SectionId section = SectionId::kOverview;
  std::string why;     ///< in a few words: "names 62 %, which is no fact it rests on"
  std::string text;    ///< the sentence. For tests: it is never shown.
  bool whole = false;  ///< the section as a whole is meant, and no sentence
};

struct GuardedProse {
  Prose prose;  ///< each section and sentence says whose it is
  std::vector<Replaced> replaced;
};

namespace narrative {

/// Holds a language model's answer to the facts, while it comes. The answer is JSON {"sections": [{"id", "sentences":
/// [{"text", "facts": [id…], "sources": [id…]}]}]}, with or without a reasoning part (<think>…</think>) or a code fence
/// around it. Every sentence is held to the facts: what it cites must be there, its numbers, classes and urgency must
/// be those of what it cites, and it must not tell anybody what they have, name a dose, a drug or a test that nobody
/// made, set a time, belittle an urgent case, or repeat what a person typed. One that fails is dropped. The offline
/// writer's section stands where fewer than half of its sentences pass, where an overview does not give the answer,
/// where the text is no such JSON, and always under kConsult: when to see a doctor is not left to a language model.
/// Sentences of plan.toml with `beside_llm` stand beside the model's.
class AnswerGuard {
 public:
  AnswerGuard(Facts const& facts, WriterOptions const& options);
  ~AnswerGuard();
  AnswerGuard(AnswerGuard const&) = delete;
  AnswerGuard& operator=(AnswerGuard const&) = delete;

  struct Step {
    std::vector<Section> sections;  ///< the model's that are complete now, as they may be shown
    std::vector<Replaced> replaced;
  };
  /// More of the model's text.
  [[nodiscard]] Step take(std::string_view text);
  /// All of it, the offline writer's sections in the places of those that are missing.
  [[nodiscard]] GuardedProse finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same for an answer that has come completely. Never fails.
[[nodiscard]] GuardedProse guard(std::string_view answer, Facts const& facts, WriterOptions const& options);

}  // namespace narrative
}  // namespace nevus
