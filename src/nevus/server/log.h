// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nevus::server {

enum class LogLevel { kInfo, kWarning, kError };

/// One line of the log. It holds nothing personal: no photo, file name, session, key or address of a client.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string message;
  std::vector<std::pair<std::string_view, std::string>> fields = {};
};

/// Where lines go; called from any thread.
using Log = std::function<void(LogLine const&)>;

}  // namespace nevus::server
