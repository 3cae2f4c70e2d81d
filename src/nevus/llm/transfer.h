// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "nevus/llm/client.h"

namespace nevus::llm {

struct Transfer {
  std::string url;
  std::string body;  ///< empty: GET
};

/// What came back, as far as the caller took it.
struct Received {
  int status = 0;
  std::string media_type;                           ///< in lower case, without parameters
  std::optional<std::chrono::seconds> retry_after;  ///< as a number or a date
};

/// One HTTP exchange with the key of `setup`, until `deadline`. `on_bytes` gets the body of an answer 200 as it comes,
/// and the answer's head; false ends the transfer, which then counts as done. Bodies of other answers are thrown away.
[[nodiscard]] LlmResult<Received> transfer(LlmSetup const& setup, Transfer const& what, LlmLimits const& limits,
                                           std::chrono::steady_clock::time_point deadline,
                                           std::function<bool(Received const&, std::string_view)> const& on_bytes,
                                           std::stop_token const& stop);

/// What an answer other than 200 means; `model` empty: of the list of models.
[[nodiscard]] LlmFailure failure_of(Received const& received, std::string const& host, std::string const& model);

}  // namespace nevus::llm
