// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nevus::server {

/// 128 bits from the operating system as 32 lower-case hexadecimal digits: nobody guesses it.
[[nodiscard]] std::string random_id();

}  // namespace nevus::server
