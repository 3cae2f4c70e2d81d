// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace nevus::server {

struct Target {
  std::string path;                          ///< decoded; begins with a slash
  std::map<std::string, std::string> query;  ///< of a name that came twice the first
  std::string repeated = {};                 ///< a name that came twice
};

/// Splits "/a%20b?c=d". Nothing where it is no path of ours: malformed escapes, control characters, "..".
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);

}  // namespace nevus::server
