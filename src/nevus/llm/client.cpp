// SPDX-License-Identifier: MIT
#include "nevus/llm/client.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <nlohmann/json.hpp>
#include <random>

#include "nevus/llm/event_stream.h"
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

constexpr std::chrono::minutes kModelIsKnownFor{10};
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

LlmFailure failure_of(Received const& received, std::string const& host, std::string const& model) {
  auto const says = host + " answered " + std::to_string(received.status);
  switch (received.status) {
    case 401:
    case 403:
      return {LlmProblem::kKeyRefused, says + ": it does not accept the key"};
    case 404:
      return {LlmProblem::kBadAnswer, says + ": there is no model " + (model.empty() ? "list" : model) + " there"};
    case 429:
      return {LlmProblem::kRateLimited, says + ": too many requests or tokens"};
    default:
      break;
  }
  if (received.status >= 300 && received.status < 400)
    return {LlmProblem::kBadAnswer, says + ": it points elsewhere, where the key is not sent"};
  if (received.status >= 500) return {LlmProblem::kServerFailed, says + ": it failed"};
  return {LlmProblem::kBadAnswer, says + ": it does not understand the request"};
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

/// One answer as it comes, in either of its forms.
class Answer {
 public:
  Answer(std::function<void(std::string_view)> const& on_text, LlmLimits const& limits)
      : on_text_(on_text), limits_(limits) {}

  /// False where enough is known.
  bool take(Received const& received, std::string_view bytes) {
    if (received.media_type == "application/json") {
      whole_ += bytes;
      return true;
    }
    if (received.media_type != "text/event-stream") {
      foreign_ = true;
      return false;
    }
    lines_.take(bytes, [this](std::string const& data) { take_event(data); });
    return !ended_ && !broken_ && !too_long();
  }

  /// Why this was no complete answer.
  [[nodiscard]] std::optional<LlmFailure> finish(std::string const& host) {
    if (foreign_) return LlmFailure{LlmProblem::kBadAnswer, host + " answered with something that is no JSON"};
    if (!whole_.empty()) take_whole();
    if (broken_) return LlmFailure{LlmProblem::kBadAnswer, host + " answered with JSON that is no chat completion"};
    if (too_long()) return LlmFailure{LlmProblem::kTooLong, "the answer of " + host + " was too long"};
    if (!ended_ && !complete_) return LlmFailure{LlmProblem::kBrokenOff, "the answer of " + host + " broke off"};
    return std::nullopt;
  }

  [[nodiscard]] std::size_t text_bytes() const { return text_bytes_; }
  [[nodiscard]] int counted_tokens() const { return counted_tokens_; }

 private:
  [[nodiscard]] bool too_long() const { return cut_ || text_bytes_ > limits_.max_answer_bytes; }

  void take_event(std::string const& data) {
    if (ended_ || broken_) return;
    if (data == "[DONE]") {
      ended_ = true;
      return;
    }
    auto const tree = nlohmann::json::parse(data, nullptr, false);
    if (!tree.is_object() || tree.contains("error")) {
      broken_ = true;
      return;
    }
    count(tree);
    if (auto const found = tree.find("x_groq"); found != tree.end()) count(*found);
    take_choice(tree, "delta");
  }

  void take_whole() {
    auto const tree = nlohmann::json::parse(whole_, nullptr, false);
    broken_ = !tree.is_object() || !take_choice(tree, "message");
    if (broken_) return;
    count(tree);
    ended_ = true;
  }

  bool take_choice(nlohmann::json const& tree, char const* part) {
    auto const choices = tree.find("choices");
    if (choices == tree.end() || !choices->is_array() || choices->empty() || !choices->front().is_object())
      return false;
    auto const& choice = choices->front();
    // The end itself is [DONE] or that of the connection: usage may come in between.
    if (auto const reason = choice.find("finish_reason"); reason != choice.end() && reason->is_string()) {
      cut_ = *reason == "length";
      complete_ = true;
    }
    auto const text = choice.find(part);
    if (text == choice.end() || !text->is_object()) return false;
    auto const content = text->find("content");
    if (content == text->end() || !content->is_string()) return complete_;
    auto const& words = content->get_ref<std::string const&>();
    text_bytes_ += words.size();
    if (!words.empty() && text_bytes_ <= limits_.max_answer_bytes) on_text_(words);
    return true;
  }

  void count(nlohmann::json const& tree) {
    auto const usage = tree.is_object() ? tree.find("usage") : tree.end();
    if (usage == tree.end() || !usage->is_object()) return;
    auto const total = usage->find("total_tokens");
    constexpr int kMost = 10'000'000;
    if (total != usage->end() && total->is_number_integer())
      counted_tokens_ = static_cast<int>(std::clamp<std::int64_t>(total->get<std::int64_t>(), 0, kMost));
  }

  std::function<void(std::string_view)> const& on_text_;
  LlmLimits const& limits_;
  EventStream lines_;
  std::string whole_;
  std::size_t text_bytes_ = 0;
  int counted_tokens_ = 0;
  bool foreign_ = false;
  bool broken_ = false;
  bool ended_ = false;
  bool complete_ = false;
  bool cut_ = false;
};

/// One try.
struct Outcome {
  Received received;
  std::optional<LlmFailure> failure;
  bool any_text = false;
  std::size_t text_bytes = 0;
  int counted_tokens = 0;
};

Outcome ask_once(LlmSetup const& setup, std::string const& model, std::string const& body, LlmLimits const& limits,
                 Clock::time_point deadline, std::function<void(std::string_view)> const& on_text,
                 std::stop_token const& stop) {
  Answer answer(on_text, limits);
  Outcome outcome;
  auto const received = transfer(
      setup, {setup.address.url + "/chat/completions", body}, limits, deadline,
      [&](Received const& head, std::string_view bytes) { return answer.take(head, bytes); }, stop);
  outcome.text_bytes = answer.text_bytes();
  outcome.counted_tokens = answer.counted_tokens();
  outcome.any_text = outcome.text_bytes > 0;
  if (!received) {
    outcome.failure = received.error();
    return outcome;
  }
  outcome.received = *received;
  constexpr int kOk = 200;
  outcome.failure =
      received->status == kOk ? answer.finish(setup.address.host) : failure_of(*received, setup.address.host, model);
  outcome.text_bytes = answer.text_bytes();
  outcome.counted_tokens = answer.counted_tokens();
  return outcome;
}

struct ListedModel {
  std::string id;
  std::int64_t context = 0;
  std::int64_t created = 0;
};

std::int64_t number(nlohmann::json const& node, char const* key) {
  auto const found = node.find(key);
  return found != node.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// Those of a server's list that can be meant for conversation, by their names: the list says no more.
std::vector<ListedModel> conversing(nlohmann::json const& tree) {
  constexpr auto kOthers =
      std::to_array<std::string_view>({"whisper", "tts", "speech", "audio", "guard", "safeguard", "embed", "rerank",
                                       "moderation", "image", "dall", "ocr", "vision-only", "orpheus", "bge-"});
  std::vector<ListedModel> models;
  auto const data = tree.is_object() ? tree.find("data") : tree.end();
  if (data == tree.end() || !data->is_array()) return models;
  for (auto const& node : *data) {
    if (!node.is_object() || !node.contains("id") || !node["id"].is_string()) continue;
    auto const id = node["id"].get<std::string>();
    auto const lower = [&] {
      auto text = id;
      std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::tolower(letter); });
      return text;
    }();
    bool const other = std::ranges::any_of(kOthers, [&](auto word) { return lower.find(word) != std::string::npos; });
    bool const retired = node.contains("active") && node["active"] == false;
    if (other || retired || id.empty() || id.size() > 200) continue;
    models.push_back({id, number(node, "context_window"), number(node, "created")});
  }
  return models;
}

}  // namespace

std::string request_body(std::string const& model, std::vector<LlmMessage> const& messages, int max_answer_tokens) {
  return body_of(model, messages, max_answer_tokens, Extras::kWith);
}

int estimated_tokens(std::size_t bytes) {
  constexpr std::size_t kBytesPerToken = 3;  // English has four and more, German and JSON about three
  return static_cast<int>(bytes / kBytesPerToken) + 1;
}

LlmResult<std::string> ModelChoice::choose(LlmSetup const& setup, LlmLimits const& limits, std::stop_token stop) {
  if (!setup.model.empty()) return setup.model;
  {
    std::lock_guard const lock(mutex_);
    if (!model_.empty() && Clock::now() - chosen_at_ < kModelIsKnownFor) return model_;
  }
  std::string text;
  auto const received = transfer(
      setup, {setup.address.url + "/models", ""}, limits, Clock::now() + limits.total,
      [&](Received const&, std::string_view bytes) {
        text += bytes;
        return true;
      },
      stop);
  if (!received) return tl::unexpected<LlmFailure>(received.error());
  constexpr int kOk = 200;
  if (received->status != kOk)
    return tl::unexpected<LlmFailure>(failure_of(*received, setup.address.host, setup.model));
  auto models = conversing(nlohmann::json::parse(text, nullptr, false));
  if (models.empty())
    return failed(LlmProblem::kBadAnswer, setup.address.host + " lists no model that could be asked; set llm_model");
  auto const best = std::ranges::max_element(models, [](ListedModel const& a, ListedModel const& b) {
    return std::pair(a.context, a.created) < std::pair(b.context, b.created);
  });
  std::lock_guard const lock(mutex_);
  model_ = best->id;
  chosen_at_ = Clock::now();
  return model_;
}

std::string ModelChoice::known() const {
  std::lock_guard const lock(mutex_);
  return model_;
}

void ModelChoice::forget() {
  std::lock_guard const lock(mutex_);
  model_.clear();
}

LlmResult<LlmAnswer> ask(LlmSetup const& setup, std::string const& model, std::vector<LlmMessage> const& messages,
                         std::function<void(std::string_view)> const& on_text, TokenBudget& budget,
                         LlmLimits const& limits, std::stop_token stop) {
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
    bool const worked = outcome.received.status == 200 || outcome.any_text;
    if (worked) {
      used +=
          outcome.counted_tokens > 0 ? outcome.counted_tokens : prompt_tokens + estimated_tokens(outcome.text_bytes);
    }
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
