// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/base/result.h"

namespace nevus::server {

/// One part of a form. `content` points into the body.
struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  ///< without folders; where the part is a file
  Bytes content;
};

/// Reads a multipart/form-data body (RFC 7578). `content_type` is the request's header with the boundary. kUsage for
/// what is no such body, whose closing boundary is missing, or that has more than `max_parts` parts.
[[nodiscard]] Result<std::vector<FormPart>> parse_form(std::string_view content_type, Bytes body,
                                                       std::size_t max_parts);

/// The value of `name` in a header like `form-data; name="photo"; filename="a.jpg"`.
[[nodiscard]] std::optional<std::string> header_parameter(std::string_view header, std::string_view name);

}  // namespace nevus::server
