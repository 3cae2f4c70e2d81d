// SPDX-License-Identifier: MIT
#include "nevus/llm/reasoning.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace nevus::llm {
namespace {

struct Marks {
  std::string_view open;
  std::string_view close;
};
// DeepSeek and Qwen; others that were fine-tuned on the like; Magistral; Kimi; gpt-oss where its channels come through.
constexpr auto kMarks = std::to_array<Marks>({
    {"<think>", "</think>"},
    {"<thinking>", "</thinking>"},
    {"<thought>", "</thought>"},
    {"<reasoning>", "</reasoning>"},
    {"<reflection>", "</reflection>"},
    {"[think]", "[/think]"},
    {"\u25C1think\u25B7", "\u25C1/think\u25B7"},
    {"<|channel|>analysis<|message|>", "<|end|>"},
});

bool same(char a, char b) { return static_cast<char>(std::tolower(static_cast<unsigned char>(a))) == b; }

enum class Match { kNo, kPerhaps, kYes };
Match matches(std::string_view text, std::string_view mark) {
  auto const length = std::min(text.size(), mark.size());
  if (!std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), mark.begin(), same))
    return Match::kNo;
  return length == mark.size() ? Match::kYes : Match::kPerhaps;
}

bool begins_a_mark(char letter) { return letter == '<' || letter == '[' || letter == '\xE2'; }

}  // namespace

ReasoningFilter::Visible ReasoningFilter::take(std::string_view chunk) {
  held_ += chunk;
  Visible visible;
  std::size_t at = 0;
  while (at < held_.size()) {
    auto const rest = std::string_view(held_).substr(at);
    if (!begins_a_mark(rest.front())) {
      if (inside_ == 0) visible.text += rest.front();
      ++at;
      continue;
    }
    std::size_t matched = 0;
    bool perhaps = false;
    for (std::size_t kind = 0; kind < kMarks.size() && matched == 0; ++kind) {
      bool const relevant = inside_ == 0 || inside_ == kind + 1;
      if (!relevant) continue;
      auto const opens = matches(rest, kMarks[kind].open);
      auto const closes = matches(rest, kMarks[kind].close);
      perhaps = perhaps || opens == Match::kPerhaps || closes == Match::kPerhaps;
      if (opens == Match::kYes) {
        inside_ = kind + 1;
        ++depth_;
        matched = kMarks[kind].open.size();
      } else if (closes == Match::kYes) {
        if (inside_ == 0) visible = {"", true};
        depth_ = std::max(0, depth_ - 1);
        if (depth_ == 0) inside_ = 0;
        matched = kMarks[kind].close.size();
      }
    }
    if (matched == 0 && perhaps) break;
    if (matched == 0) {
      if (inside_ == 0) visible.text += rest.front();
      matched = 1;
    }
    at += matched;
  }
  held_.erase(0, at);
  return visible;
}

std::string ReasoningFilter::finish() {
  auto rest = inside_ == 0 ? held_ : std::string();
  held_.clear();
  return rest;
}

}  // namespace nevus::llm
