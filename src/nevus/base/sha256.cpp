// SPDX-License-Identifier: MIT
#include "nevus/base/sha256.h"

#include <openssl/sha.h>

#include <array>

namespace nevus {

std::string sha256_hex(Bytes bytes) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (std::uint8_t byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

}  // namespace nevus
