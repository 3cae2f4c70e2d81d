// SPDX-License-Identifier: MIT
#include "nevus/llm/key.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

namespace nevus {

LlmKey::LlmKey(std::string_view before, std::string_view text) {
  if (text.empty()) return;
  text_.reset(new char[before.size() + text.size() + 1]{});
  std::ranges::copy(text, std::ranges::copy(before, text_.get()).out);
}

LlmKey& LlmKey::operator=(LlmKey other) noexcept {
  text_ = std::move(other.text_);
  return *this;
}

void LlmKey::Wipe::operator()(char* text) const noexcept {
  OPENSSL_cleanse(text, std::strlen(text));
  delete[] text;
}

}  // namespace nevus
