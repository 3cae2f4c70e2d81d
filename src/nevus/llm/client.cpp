// SPDX-License-Identifier: MIT
#include "nevus/llm/client.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <nlohmann/json.hpp>
#include <random>

#include "nevus/llm/completion.h"
#include "nevus/llm/transfer.h"

namespace nevus {

std::string_view name(LlmProblem problem) {
  constexpr std::array<std::string_view, 11> kNames{"off",         "key_refused",   "rate_limited", "timeout",
                                                    "unreachable", "server_failed", "bad_answer",   "too_long",
                                                    "broken_off",  "budget",        "cancelled"};
  return kNames[static_cast<std::size_t>(problem)];
}

LlmLimits limits_from(LlmSetup const& setup) {
  LlmLimits limits;
  limits.total = setup.timeout;
  limits.first_byte = limits.total / 2;
  return limits;
}

namespace llm {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kLeastAnswerTokens = 500;  ///< shorter answers are not worth asking for

tl::unexpected<LlmFailure> failed(LlmProblem problem, std::string sentence) {
  return tl::unexpected<LlmFailure>(LlmFailure{problem, std::move(sentence)});
}

/// What some servers do not know; asked for where they do.
enum class Extras { kWith, kWithout };

std::string body_of(std::string const& model, std::vector<LlmMessage> const& messages, int max_answer_tokens,
                    Extras extras) {
  Json list = Json::array();
  for (auto const& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
  Json tree{{"model", model},
            {"messages", std::move(list)},
            {"temperature", 0.2},  // close to the facts
            {"max_tokens", max_answer_tokens},
            {"stream", true}};
  if (extras == Extras::kWith) {
    tree["stream_options"] = {{"include_usage", true}};
    tree["response_format"] = {{"type", "json_object"}};
  }
  return tree.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool may_pass(LlmFailure const& failure, int status) {
  return failure.problem == LlmProblem::kUnreachable || failure.problem == LlmProblem::kRateLimited || status == 408 ||
         status >= 500;
}

/// False where `stop` came first.
bool pause(milliseconds time, std::stop_token const& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

/// How long to wait before try number `tries` + 1; nothing where there is no time or no further try.
std::optional<milliseconds> wait_before_next(int tries, Received const& received, LlmLimits const& limits,
                                             Clock::time_point deadline) {
  if (tries > limits.retries) return std::nullopt;
  // Somewhat by chance, so that many clients do not come back at once.
  thread_local std::minstd_rand random{std::random_device{}()};
  auto const share = std::uniform_real_distribution<double>(.75, 1.25)(random);
  auto wait = std::chrono::duration_cast<milliseconds>(limits.first_pause * share * (1 << (tries - 1)));
  if (received.retry_after) wait = std::max<milliseconds>(wait, *received.retry_after);
  if (Clock::now() + wait + limits.connect / 2 > deadline) return std::nullopt;
  return wait;
}

/// One try.
struct Outcome {
  Received received;
  std::optional<LlmFailure> failure;
  bool any_text = false;
  std::size_t said_bytes = 0;
  int counted_tokens = 0;
};

/// What a try used. A vendor counts a prompt that it took, also where the answer broke off or nobody waited for it.
int used_by(Outcome const& outcome, int prompt_tokens) {
  if (outcome.counted_tokens > 0) return outcome.counted_tokens;
  constexpr int kOk = 200;
  auto const status = outcome.received.status;
  bool const refused = status != 0 && status != kOk;
  bool const unheard = outcome.failure && outcome.failure->problem == LlmProblem::kUnreachable;
  if (refused || (unheard && outcome.said_bytes == 0)) return 0;
  return prompt_tokens + (outcome.said_bytes > 0 ? estimated_tokens(outcome.said_bytes) : 0);
}

Outcome ask_once(LlmSetup const& setup, std::string const& model, std::string const& body, LlmLimits const& limits,
                 Clock::time_point deadline, std::function<void(std::string_view)> const& on_text,
                 std::stop_token const& stop) {
  CompletionReader answer(on_text, limits);
  Outcome outcome;
  auto const received = transfer(
      setup, {setup.address.url + "/chat/completions", body}, limits, deadline,
      [&](Received const& head, std::string_view bytes) { return answer.take(head, bytes); }, stop);
  outcome.said_bytes = answer.said_bytes();
  outcome.counted_tokens = answer.counted_tokens();
  outcome.any_text = answer.text_bytes() > 0;
  if (!received) {
    outcome.failure = received.error();
    return outcome;
  }
  outcome.received = *received;
  constexpr int kOk = 200;
  outcome.failure =
      received->status == kOk ? answer.finish(setup.address.host) : failure_of(*received, setup.address.host, model);
  outcome.said_bytes = answer.said_bytes();
  outcome.counted_tokens = answer.counted_tokens();
  return outcome;
}

}  // namespace

std::string request_body(std::string const& model, std::vector<LlmMessage> const& messages, int max_answer_tokens) {
  return body_of(model, messages, max_answer_tokens, Extras::kWith);
}

int estimated_tokens(std::size_t bytes) {
  constexpr std::size_t kBytesPerToken = 3;  // English has four and more, German and JSON about three
  return static_cast<int>(bytes / kBytesPerToken) + 1;
}

LlmResult<LlmAnswer> ask(LlmSetup const& setup, std::string const& model, std::vector<LlmMessage> const& messages,
                         std::function<void(std::string_view)> const& on_text, TokenBudget& budget,
                         LlmLimits const& limits, std::stop_token const& stop) {
  std::size_t asked_bytes = 0;
  for (auto const& message : messages) asked_bytes += message.content.size();
  auto const prompt_tokens = estimated_tokens(asked_bytes);
  auto const reserved = budget.reserve(prompt_tokens + limits.max_answer_tokens, prompt_tokens + kLeastAnswerTokens);
  if (reserved == 0) {
    return failed(LlmProblem::kBudget, std::to_string(budget.used()) + " of " + std::to_string(budget.cap()) +
                                           " tokens of this session are used up (llm_session_tokens)");
  }
  auto const deadline = Clock::now() + limits.total;
  auto extras = Extras::kWith;
  int used = 0;
  Outcome outcome;
  for (int tries = 1;; ++tries) {
    auto const body = body_of(model, messages, reserved - prompt_tokens, extras);
    outcome = ask_once(setup, model, body, limits, deadline, on_text, stop);
    used += used_by(outcome, prompt_tokens);
    if (!outcome.failure || outcome.any_text) break;
    auto const status = outcome.received.status;
    if ((status == 400 || status == 422) && extras == Extras::kWith) {
      extras = Extras::kWithout;
      continue;
    }
    if (!may_pass(*outcome.failure, status)) break;
    auto const wait = wait_before_next(tries, outcome.received, limits, deadline);
    if (!wait || !pause(*wait, stop)) break;
  }
  budget.settle(reserved, used);
  if (stop.stop_requested()) return failed(LlmProblem::kCancelled, "it was cancelled");
  if (outcome.failure) return tl::unexpected<LlmFailure>(*std::move(outcome.failure));
  return LlmAnswer{model, used};
}

}  // namespace llm
}  // namespace nevus
