// SPDX-License-Identifier: MIT
#include "nevus/llm/completion.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace nevus::llm {

struct CompletionReader::Parts {
  static bool take_choice(CompletionReader& reader, nlohmann::json const& tree, char const* part) {
    auto const choices = tree.find("choices");
    if (choices == tree.end() || !choices->is_array() || choices->empty() || !choices->front().is_object())
      return false;
    auto const& choice = choices->front();
    // The end itself is [DONE] or that of the connection: usage may come in between.
    if (auto const reason = choice.find("finish_reason"); reason != choice.end() && reason->is_string()) {
      reader.cut_ = *reason == "length";
      reader.complete_ = true;
    }
    auto const text = choice.find(part);
    if (text == choice.end() || !text->is_object()) return false;
    for (auto const& [name, value] : text->items()) {
      if (name != "role" && value.is_string()) reader.said_bytes_ += value.get_ref<std::string const&>().size();
    }
    auto const content = text->find("content");
    if (content == text->end() || !content->is_string()) return reader.complete_;
    auto const& words = content->get_ref<std::string const&>();
    reader.text_bytes_ += words.size();
    if (!words.empty() && reader.text_bytes_ <= reader.limits_.max_answer_bytes) reader.on_text_(words);
    return true;
  }

  static void count(CompletionReader& reader, nlohmann::json const& tree) {
    auto const usage = tree.is_object() ? tree.find("usage") : tree.end();
    if (usage == tree.end() || !usage->is_object()) return;
    auto const total = usage->find("total_tokens");
    constexpr int kMost = 10'000'000;
    if (total != usage->end() && total->is_number_integer())
      reader.counted_tokens_ = static_cast<int>(std::clamp<std::int64_t>(total->get<std::int64_t>(), 0, kMost));
  }
};

bool CompletionReader::take(Received const& received, std::string_view bytes) {
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

std::optional<LlmFailure> CompletionReader::finish(std::string const& host) {
  if (foreign_) return LlmFailure{LlmProblem::kBadAnswer, host + " answered with something that is no JSON"};
  if (!whole_.empty()) take_whole();
  if (broken_) return LlmFailure{LlmProblem::kBadAnswer, host + " answered with JSON that is no chat completion"};
  if (too_long()) return LlmFailure{LlmProblem::kTooLong, "the answer of " + host + " was too long"};
  if (!ended_ && !complete_) return LlmFailure{LlmProblem::kBrokenOff, "the answer of " + host + " broke off"};
  return std::nullopt;
}

void CompletionReader::take_event(std::string const& data) {
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
  Parts::count(*this, tree);
  if (auto const found = tree.find("x_groq"); found != tree.end()) Parts::count(*this, *found);
  Parts::take_choice(*this, tree, "delta");
}

void CompletionReader::take_whole() {
  auto const tree = nlohmann::json::parse(whole_, nullptr, false);
  broken_ = !tree.is_object() || !Parts::take_choice(*this, tree, "message");
  if (broken_) return;
  Parts::count(*this, tree);
  ended_ = true;
}

}  // namespace nevus::llm
