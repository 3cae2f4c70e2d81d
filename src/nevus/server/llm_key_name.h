// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/llm/setup.h"

namespace nevus::server {

/// Whose key is used, never the key itself: "server", "session", or empty where there is none.
[[nodiscard]] inline std::string_view llm_key_name(LlmKeyFrom from) {
  if (from == LlmKeyFrom::kNowhere) return "";
  return from == LlmKeyFrom::kServer ? "server" : "session";
}

}  // namespace nevus::server
