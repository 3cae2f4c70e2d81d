// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nevus/server/wiped_bytes.h"

namespace nevus::server {

/// 128 bits from the operating system as 32 lower-case hexadecimal digits: nobody guesses it.
[[nodiscard]] std::string random_id();

/// RFC 4648 with padding, without line ends; nothing where it is none.
[[nodiscard]] std::optional<WipedBytes> base64_decoded(std::string_view text);

/// Compares in a time that depends on the lengths alone.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace nevus::server
