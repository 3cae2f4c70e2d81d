// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nevus/narrative/writer.h"

namespace nevus {

/// A sentence of a language model that did not get through.
struct RefusedSentence {
  std::string text;
  std::string why;  ///< in a few words: "names 62 %, which is no fact it rests on"
};

struct GuardedProse {
  Prose prose;  ///< Section::origin says of each section whose text it is
  std::vector<RefusedSentence> refused;
};

namespace narrative {

/// What of a language model's answer may be shown. `answer` is the model's raw text: JSON
/// {"sections": [{"id", "sentences": [{"text", "facts": [id…], "sources": [id…]}]}]}, with or without a reasoning part
/// (<think>…</think>) or a code fence around it. Every sentence is held to `facts`: what it cites must be there, its
/// numbers, classes and urgency must be those of what it cites, and it must not tell anybody what they have, name a
/// dose, a drug or a test that nobody made, belittle an urgent case, or repeat what a person typed. One that fails is
/// dropped. The offline writer's section stands where no sentence is left, where the answer is no such JSON, and always
/// under kConsult: when to see a doctor is not left to a language model. Never fails.
[[nodiscard]] GuardedProse guard(std::string_view answer, Facts const& facts, WriterOptions const& options);

}  // namespace narrative
}  // namespace nevus
