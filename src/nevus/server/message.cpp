// SPDX-License-Identifier: MIT
#include "nevus/server/message.h"

namespace nevus::server {

std::string_view name(Method method) {
  constexpr std::string_view kNames[] = {"GET", "POST", "PUT", "DELETE"};
  return kNames[static_cast<std::size_t>(method)];
}

std::string Request::header(std::string const& name) const {
  auto const found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::optional<std::string> Request::parameter(std::string const& name) const {
  auto const found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Response Response::text(std::string media_type, std::string text, int status) {
  auto owner = std::make_shared<std::string const>(std::move(text));
  Response response{.status = status, .media_type = std::move(media_type)};
  response.bytes = {reinterpret_cast<std::uint8_t const*>(owner->data()), owner->size()};
  response.owner = std::move(owner);
  return response;
}

Response Response::binary(std::string media_type, ByteVector bytes) {
  auto owner = std::make_shared<ByteVector const>(std::move(bytes));
  Response response{.media_type = std::move(media_type)};
  response.bytes = *owner;
  response.owner = std::move(owner);
  return response;
}

Response Response::no_content() { return {.status = 204}; }

Response&& Response::with(std::string name, std::string value) && {
  headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

}  // namespace nevus::server
