// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace nevus {

/// The key of a language model's server. Its memory is overwritten before it goes back to the heap, of copies too.
class LlmKey {
 public:
  LlmKey() = default;
  explicit LlmKey(std::string_view text) : LlmKey("", text) {}
  LlmKey(std::string_view before, std::string_view text);  ///< one after the other, as in "Bearer KEY"
  LlmKey(LlmKey const& other) : LlmKey(other.reveal()) {}
  LlmKey(LlmKey&& other) noexcept = default;
  LlmKey& operator=(LlmKey other) noexcept;
  ~LlmKey() = default;

  [[nodiscard]] bool empty() const { return !text_; }
  [[nodiscard]] std::string_view reveal() const { return text_ ? text_.get() : ""; }  ///< ends in a zero byte

 private:
  struct Wipe {
    void operator()(char* text) const noexcept;
  };
  std::unique_ptr<char[], Wipe> text_;
};

}  // namespace nevus
