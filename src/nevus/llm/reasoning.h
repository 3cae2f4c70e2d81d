// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace nevus::llm {

/// Takes the parts out of a model's text in which it thinks aloud (<think>…</think> and its like), while the text
/// comes, however it is cut. A part that never ends takes the rest along.
class ReasoningFilter {
 public:
  struct Visible {
    std::string text;
    bool restart = false;  ///< all text before it was reasoning too: an end came without a beginning
  };
  [[nodiscard]] Visible take(std::string_view chunk);
  /// What was held back, since it could have been the beginning of a mark.
  [[nodiscard]] std::string finish();

 private:
  std::string held_;
  std::size_t inside_ = 0;  ///< 1 + the kind of part that is open; 0: none
  int depth_ = 0;
};

}  // namespace nevus::llm
