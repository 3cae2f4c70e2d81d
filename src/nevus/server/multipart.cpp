// SPDX-License-Identifier: MIT
#include "nevus/server/multipart.h"

#include <algorithm>

#include "nevus/server/header_words.h"

namespace nevus::server {
namespace {

constexpr std::size_t kMaxPartHeader_bytes = 8192;
constexpr std::size_t kMaxBoundary_bytes = 70;  // RFC 2046

auto malformed(std::string const& what) { return fail(ErrorCode::kUsage, "the form is malformed: " + what); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// What stands before `end` at the front of `text`, which loses both.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  auto const at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  auto const taken = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return taken;
}

/// Browsers send the bare name; others a path, which is nobody's business.
std::string without_folders(std::string const& file_name) {
  auto const slash = file_name.find_last_of("/\\");
  return slash == std::string::npos ? file_name : file_name.substr(slash + 1);
}

Result<FormPart> part_of(std::string_view headers, Bytes content) {
  while (!headers.empty()) {
    auto const line = headers.substr(0, headers.find("\r\n"));
    headers.remove_prefix(std::min(line.size() + 2, headers.size()));
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("a part's header has no colon");
    if (!same_word(trim(line.substr(0, colon)), "content-disposition")) continue;
    auto const value = line.substr(colon + 1);
    auto name = header_parameter(value, "name");
    if (!name) break;
    auto file_name = header_parameter(value, "filename");
    if (file_name) file_name = without_folders(*file_name);
    return FormPart{*std::move(name), std::move(file_name), content};
  }
  return malformed("a part has no name");
}

}  // namespace

std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
  auto rest = header;
  if (!take_until(rest, ";")) return std::nullopt;
  while (!rest.empty()) {
    auto const equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto const key = trim(rest.substr(0, equals));
    rest = trim(rest.substr(equals + 1));
    std::string value;
    if (rest.starts_with('"')) {
      std::size_t i = 1;
      for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
        value += rest[i];
      }
      if (i >= rest.size()) return std::nullopt;
      rest.remove_prefix(i + 1);
      take_until(rest, ";");
    } else {
      auto const end = std::min(rest.find(';'), rest.size());
      value = trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (same_word(key, name)) return value;
  }
  return std::nullopt;
}

Result<std::vector<FormPart>> parse_form(std::string_view content_type, Bytes body, std::size_t max_parts) {
  auto const boundary = header_parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary_bytes)
    return malformed("its Content-Type has no boundary");
  std::string_view rest(reinterpret_cast<char const*>(body.data()), body.size());
  auto const delimiter = "\r\n--" + *boundary;
  if (rest.starts_with(delimiter.substr(2))) {
    rest.remove_prefix(delimiter.size() - 2);
  } else if (!take_until(rest, delimiter)) {
    return malformed("the boundary does not occur");
  }
  std::vector<FormPart> parts;
  for (;;) {
    if (rest.starts_with("--")) return parts;
    if (!rest.starts_with("\r\n")) return malformed("a boundary is not followed by a line end");
    if (parts.size() == max_parts) return malformed("it has more than " + std::to_string(max_parts) + " parts");
    rest.remove_prefix(2);
    auto const headers = rest.starts_with("\r\n") ? std::optional<std::string_view>("") : take_until(rest, "\r\n\r\n");
    if (!headers || headers->size() > kMaxPartHeader_bytes) return malformed("a part's header does not end");
    auto const content = take_until(rest, delimiter);
    if (!content) return malformed("the closing boundary is missing");
    NEVUS_TRY(auto part, part_of(*headers, {reinterpret_cast<std::uint8_t const*>(content->data()), content->size()}));
    parts.push_back(std::move(part));
  }
}

}  // namespace nevus::server
