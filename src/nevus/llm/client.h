// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/llm/budget.h"
#include "nevus/llm/setup.h"

namespace nevus {

enum class LlmProblem {
  kOff,
  kKeyRefused,
  kRateLimited,
  kTimeout,
  kUnreachable,
  kServerFailed,
  kBadAnswer,
  kTooLong,
  kBrokenOff,
  kBudget,
  kCancelled,
};
[[nodiscard]] std::string_view name(LlmProblem problem);  ///< "key_refused", …

/// Why there is no text, or not all of it. The sentence holds nothing that the server said: that is a stranger's text,
/// and may hold the key.
struct LlmFailure {
  LlmProblem problem;
  std::string sentence;
};
template <typename T>
using LlmResult = tl::expected<T, LlmFailure>;

struct LlmMessage {
  std::string role;  ///< "system", "user"
  std::string content;
};

struct LlmLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_byte{30'000};
  std::chrono::milliseconds stall{15'000};
  std::chrono::milliseconds total{60'000};  ///< with all tries
  std::size_t max_answer_bytes = 200'000;
  std::size_t max_received_bytes = 4'000'000;  ///< with what a stream wraps around each word
  int max_answer_tokens = 4'000;
  int retries = 2;
  std::chrono::milliseconds first_pause{500};    ///< before the first retry; then twice as long
  std::chrono::seconds model_is_known_for{600};  ///< vendors retire models
};
[[nodiscard]] LlmLimits limits_from(LlmSetup const& setup);

struct LlmAnswer {
  std::string model;  ///< that was asked
  int tokens = 0;     ///< as the server counted, else estimated
};

namespace llm {

/// The body of the request that `ask` sends.
[[nodiscard]] std::string request_body(std::string const& model, std::vector<LlmMessage> const& messages,
                                       int max_answer_tokens);

/// Generously: a model's own count is known to its server alone.
[[nodiscard]] int estimated_tokens(std::size_t bytes);

/// The one that is asked where none is configured: of the server's list those for other work (speech, moderation,
/// embeddings) are left out, then the largest context wins, then the newest. Remembers it for
/// `model_is_known_for`, and forgets it where the server refuses the key or lists none. Thread-safe.
class ModelChoice {
 public:
  [[nodiscard]] LlmResult<std::string> choose(LlmSetup const& setup, LlmLimits const& limits,
                                              std::stop_token const& stop);
  [[nodiscard]] std::string known() const;  ///< empty: none was asked for yet
  void forget();
  void forget_after(LlmFailure const& failure);  ///< where it may be the model, or whose key it was found with

 private:
  mutable std::mutex mutex_;
  std::string model_;
  std::chrono::steady_clock::time_point chosen_at_;
};

/// Asks `model` and hands on its text as it comes. Blocks; `stop` ends it at once. Redirects are not followed, TLS is
/// verified, and what is received is bounded in size and time. Retries what may pass (no connection, 408, 429, 5xx), as
/// long as no text has come, after a pause or as Retry-After says.
[[nodiscard]] LlmResult<LlmAnswer> ask(LlmSetup const& setup, std::string const& model,
                                       std::vector<LlmMessage> const& messages,
                                       std::function<void(std::string_view)> const& on_text, TokenBudget& budget,
                                       LlmLimits const& limits, std::stop_token const& stop);

}  // namespace llm
}  // namespace nevus
