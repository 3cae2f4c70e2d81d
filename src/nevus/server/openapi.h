// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nevus::server {

/// OpenAPI 3.1 of the route table.
[[nodiscard]] std::string openapi_json();

/// The same for people: one HTML page, without script.
[[nodiscard]] std::string docs_page();

/// The table of docs/http-api.md.
[[nodiscard]] std::string docs_table();

}  // namespace nevus::server
