// SPDX-License-Identifier: MIT
#include "nevus/server/origin.h"

#include <algorithm>
#include <array>

#include "nevus/server/service.h"

namespace nevus::server {
namespace {

/// "[::1]:8501" and "localhost:8501" without the port.
std::string host_name(std::string const& authority) {
  auto const bracket = authority.rfind(']');
  auto const colon = authority.rfind(':');
  bool const has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  auto name = has_port ? authority.substr(0, colon) : authority;
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return name;
}

/// Whether a name is an address: no page can be served under an address that is ours, so rebinding needs a name.
bool is_address(std::string const& name) {
  return name.starts_with('[') || name.find_first_not_of("0123456789.") == std::string::npos;
}

bool is_our_name(Settings const& settings, std::string const& name) {
  auto const& names = settings.allowed_hosts;
  return name == "localhost" || is_address(name) || std::ranges::find(names, name) != names.end() ||
         name.ends_with(".localhost");
}

std::string without_scheme(std::string const& origin) {
  auto const at = origin.find("://");
  return at == std::string::npos ? origin : origin.substr(at + 3);
}

}  // namespace

Result<void> check_origin(Settings const& settings, RequestHead const& head, std::string const& path) {
  auto const host = head.header("host");
  if (!is_our_name(settings, host_name(host))) {
    return fail(ErrorCode::kForbidden, "this server does not answer to the name \"" + host_name(host) +
                                           "\"; the setting allowed_hosts lists its names");
  }
  auto const site = head.header("sec-fetch-site");
  auto const refusal = fail(ErrorCode::kForbidden, "a page of another origin may not do this");
  if (head.method == "GET" || head.method == "HEAD") {
    // A picture on a stranger's page could make sessions, though that page reads nothing.
    if (site == "cross-site" && path.starts_with("/api/")) return refusal;
    return {};
  }
  auto const origin = head.header("origin");
  bool const foreign =
      (!site.empty() && site != "same-origin" && site != "none") || (!origin.empty() && without_scheme(origin) != host);
  if (foreign) return refusal;
  return {};
}

}  // namespace nevus::server
