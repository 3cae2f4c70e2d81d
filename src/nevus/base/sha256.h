// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/base/result.h"

namespace nevus {

/// SHA-256 (FIPS 180-4) of `bytes` as 64 lower-case hexadecimal digits. About 1 GB/s where the CPU has SHA extensions.
[[nodiscard]] std::string sha256_hex(Bytes bytes);

}  // namespace nevus
