// SPDX-License-Identifier: MIT
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "nevus/server/random_id.h"
#include "nevus/server/wiped_bytes.h"

namespace nevus::server {

void wipe(void* memory, std::size_t size_bytes) noexcept { OPENSSL_cleanse(memory, size_bytes); }

std::string random_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random numbers");
  constexpr char const* kDigits = "0123456789abcdef";
  std::string id;
  for (auto const byte : bytes) {
    id += kDigits[byte >> 4U];
    id += kDigits[byte & 15U];
  }
  return id;
}

}  // namespace nevus::server
