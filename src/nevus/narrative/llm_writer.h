// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "nevus/llm/client.h"
#include "nevus/narrative/guard.h"

namespace nevus {

/// Prose that a language model was asked for.
struct ToldProse {
  GuardedProse guarded;
  std::string model;                  ///< empty: none answered
  std::optional<LlmFailure> failure;  ///< why it is not, or not all of it, the model's
};

namespace narrative {

/// All that would be sent: rules, and the impersonal facts with what the offline writer says of them. Neither the photo
/// nor its hash nor its name, and nothing that a person typed.
[[nodiscard]] std::vector<LlmMessage> prompt(Facts const& facts, WriterOptions const& options);

/// How a language model is asked, and who hears of its text while it comes.
struct Asking {
  LlmSetup const& setup;
  llm::ModelChoice& models;
  TokenBudget& budget;
  LlmLimits limits;
  std::stop_token stop;
  std::function<void(AnswerGuard::Step const&)> on_step = [](AnswerGuard::Step const&) {};
};

/// Has a language model word the facts, held to them by the guard. Whatever goes wrong, the prose is complete: the
/// offline writer's where the model's is missing or did not pass. A declined photo is not worth asking about. Blocks.
[[nodiscard]] ToldProse tell(Facts const& facts, WriterOptions const& options, Asking const& asking);

}  // namespace narrative
}  // namespace nevus
