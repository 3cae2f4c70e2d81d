// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include "nevus/llm/setup.h"

namespace nevus::server {

/// Whose key is used, never the key itself: "server", "session" or null.
[[nodiscard]] inline nlohmann::ordered_json llm_key_name(LlmKeyFrom from) {
  if (from == LlmKeyFrom::kNowhere) return nullptr;
  return from == LlmKeyFrom::kServer ? "server" : "session";
}

}  // namespace nevus::server
