// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "nevus/llm/event_stream.h"
#include "nevus/llm/transfer.h"

namespace nevus::llm {

/// A chat completion as it comes: as server-sent events, or whole as JSON from a server that does not stream.
class CompletionReader {
 public:
  CompletionReader(std::function<void(std::string_view)> const& on_text, LlmLimits const& limits)
      : on_text_(on_text), limits_(limits) {}

  /// False where enough is known.
  bool take(Received const& received, std::string_view bytes);
  /// Why this was no complete answer. To be called once, at the end.
  [[nodiscard]] std::optional<LlmFailure> finish(std::string const& host);

  [[nodiscard]] std::size_t text_bytes() const { return text_bytes_; }
  [[nodiscard]] std::size_t said_bytes() const { return said_bytes_; }  ///< with reasoning beside the text
  [[nodiscard]] int counted_tokens() const { return counted_tokens_; }  ///< by the server; 0: it did not

 private:
  [[nodiscard]] bool too_long() const { return cut_ || text_bytes_ > limits_.max_answer_bytes; }
  void take_event(std::string const& data);
  void take_whole();
  struct Parts;  ///< what is done with parsed JSON

  std::function<void(std::string_view)> const& on_text_;
  LlmLimits const& limits_;
  EventStream lines_;
  std::string whole_;
  std::size_t text_bytes_ = 0;
  std::size_t said_bytes_ = 0;
  int counted_tokens_ = 0;
  bool foreign_ = false;
  bool broken_ = false;
  bool ended_ = false;
  bool complete_ = false;
  bool cut_ = false;
};

}  // namespace nevus::llm
