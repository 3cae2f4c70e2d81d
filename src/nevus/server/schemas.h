// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nevus::server {

/// The schemas that routes name, by name, as one JSON object. Those of a result come from docs/result-schema.json.
[[nodiscard]] std::string schemas_json();

}  // namespace nevus::server
