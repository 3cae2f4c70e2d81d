// SPDX-License-Identifier: MIT
#include "nevus/llm/setup.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>

namespace nevus {

std::string_view name(LlmState state) {
  constexpr std::array<std::string_view, 3> kNames{"off", "ready", "error"};
  return kNames[static_cast<std::size_t>(state)];
}

namespace llm {
namespace {

constexpr std::string_view kGroq = "api.groq.com";

struct UrlParts {
  explicit UrlParts(std::string const& text) : handle(curl_url(), curl_url_cleanup) {
    valid = handle && curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }
  [[nodiscard]] std::string part(CURLUPart which) const {
    char* text = nullptr;
    if (curl_url_get(handle.get(), which, &text, 0) != CURLUE_OK) return "";
    std::string result = text;
    curl_free(text);
    return result;
  }
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> handle;
  bool valid = false;
};

/// Of an address of IPv4 in host order; nothing where it is none.
std::optional<std::uint32_t> ipv4(std::string const& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

bool is_private_ipv4(std::uint32_t address) {
  auto const below = [&](std::uint32_t net, unsigned bits) { return (address ^ net) >> (32U - bits) == 0; };
  return below(0x7F000000, 8) || below(0x0A000000, 8) || below(0xAC100000, 12) || below(0xC0A80000, 16);
}

bool is_private(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    in6_addr address{};
    if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return false;
    return IN6_IS_ADDR_LOOPBACK(&address) || (address.s6_addr[0] & 0xFEU) == 0xFCU;
  }
  if (auto const address = ipv4(host)) return is_private_ipv4(*address);
  bool const in_a_house = host.ends_with(".local") || host.ends_with(".internal") || host.ends_with(".lan");
  return in_a_house || host.find('.') == std::string::npos;
}

}  // namespace

Result<LlmAddress> read_address(std::string_view url) {
  auto const refuse = [&](std::string const& why) {
    return fail(ErrorCode::kConfig, "llm_base_url is \"" + std::string(url) + "\", but " + why);
  };
  UrlParts const parts{std::string(url)};
  auto const scheme = parts.valid ? parts.part(CURLUPART_SCHEME) : "";
  if (scheme != "https" && scheme != "http") return refuse("must begin with https:// or http://");
  if (!parts.part(CURLUPART_USER).empty() || !parts.part(CURLUPART_PASSWORD).empty()) {
    return fail(ErrorCode::kConfig, "llm_base_url holds a user name or password; a key goes into llm_api_key");
  }
  if (!parts.part(CURLUPART_QUERY).empty() || !parts.part(CURLUPART_FRAGMENT).empty())
    return refuse("must have neither a query nor a fragment");
  LlmAddress address;
  auto host = parts.part(CURLUPART_HOST);
  std::ranges::transform(host, host.begin(), [](unsigned char letter) { return std::tolower(letter); });
  auto const port = parts.part(CURLUPART_PORT);
  address.host = host + (port.empty() ? "" : ":" + port);
  address.is_private = is_private(host);
  if (scheme == "http" && !address.is_private)
    return refuse("must be https, since it is neither on this machine nor in a private network");
  address.url = parts.part(CURLUPART_URL);
  while (address.url.ends_with('/')) address.url.pop_back();
  return address;
}

LlmSetup set_up(Settings const& settings, LlmKey session_key) {
  LlmSetup setup;
  setup.model = settings.llm_model;
  setup.timeout = std::chrono::seconds(settings.llm_timeout_s);
  auto address = read_address(settings.llm_base_url);
  if (!address) {
    setup.state = LlmState::kError;
    setup.problem = address.error().message;
    return setup;
  }
  setup.address = *std::move(address);
  setup.key = LlmKey(settings.llm_api_key);
  if (setup.key.empty() && setup.address.host == kGroq) setup.key = LlmKey(settings.groq_api_key);
  setup.key_from = setup.key.empty() ? LlmKeyFrom::kNowhere : LlmKeyFrom::kServer;
  if (setup.key.empty() && settings.llm_session_keys && !session_key.empty()) {
    setup.key = std::move(session_key);
    setup.key_from = LlmKeyFrom::kSession;
  }
  if (settings.llm_session_tokens == 0) {
    setup.problem = "llm_session_tokens is 0";
  } else if (setup.key.empty() && !setup.address.is_private) {
    setup.problem = "no key for " + setup.address.host + " is set (llm_api_key)";
  } else {
    setup.state = LlmState::kReady;
  }
  return setup;
}

}  // namespace llm
}  // namespace nevus
