// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "nevus/base/config.h"
#include "nevus/llm/key.h"

namespace nevus {

/// Where a server answers that speaks OpenAI's `/chat/completions`.
struct LlmAddress {
  std::string url;   ///< "https://api.groq.com/openai/v1", without a slash at its end
  std::string host;  ///< "api.groq.com", "127.0.0.1:8080"
  bool is_private = false;
};

enum class LlmState { kOff, kReady, kError };
[[nodiscard]] std::string_view name(LlmState state);  ///< "off", "ready", "error"

enum class LlmKeyFrom { kNowhere, kServer, kSession };

/// How a language model would be asked. Nothing is sent to find this out.
struct LlmSetup {
  LlmState state = LlmState::kOff;
  LlmAddress address;
  std::string model;  ///< empty: to be discovered
  LlmKey key;
  LlmKeyFrom key_from = LlmKeyFrom::kNowhere;
  std::chrono::seconds timeout{60};
  std::string problem;  ///< why it is off or wrong, in one sentence
};

namespace llm {

/// kConfig where it is no address that a key may be sent to: https anywhere, http on this machine and in private
/// networks alone (loopback, RFC 1918, fc00::/7, names without a dot and below .local, .internal and .lan).
[[nodiscard]] Result<LlmAddress> read_address(std::string_view url);

/// Keys in their order: llm_api_key, groq_api_key (for Groq's own address alone, since it is no other server's
/// business), then that of the session, where llm_session_keys allows it. A private address needs none.
[[nodiscard]] LlmSetup set_up(Settings const& settings, LlmKey session_key = {});

}  // namespace llm
}  // namespace nevus
