// SPDX-License-Identifier: MIT
#include "nevus/server/target.h"

#include <charconv>

namespace nevus::server {
namespace {

enum class Plus { kIsPlus, kIsBlank };

std::optional<std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char letter = text[i];
    if (letter == '%') {
      unsigned value = 0;
      auto const digits = text.substr(i + 1, 2);
      auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      if (error != std::errc{} || end != digits.data() + 2) return std::nullopt;
      letter = static_cast<char>(value);
      i += 2;
    } else if (letter == '+' && plus == Plus::kIsBlank) {
      letter = ' ';
    }
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7f') return std::nullopt;
    decoded += letter;
  }
  return decoded;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  auto const question = target.find('?');
  auto path = decode(target.substr(0, question), Plus::kIsPlus);
  if (!path || !path->starts_with('/') || path->find("/..") != std::string::npos) return std::nullopt;
  Target result{*std::move(path), {}};
  auto rest = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  while (!rest.empty()) {
    auto const pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    auto const equals = std::min(pair.find('='), pair.size());
    auto const name = decode(pair.substr(0, equals), Plus::kIsBlank);
    auto const value = decode(pair.substr(std::min(equals + 1, pair.size())), Plus::kIsBlank);
    if (!name || !value) return std::nullopt;
    if (!name->empty() && !result.query.emplace(*name, *value).second) result.repeated = *name;
  }
  return result;
}

}  // namespace nevus::server
