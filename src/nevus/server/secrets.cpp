// SPDX-License-Identifier: MIT
#include "nevus/server/secrets.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

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

std::optional<WipedBytes> base64_decoded(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto const letters = std::min(text.find('='), text.size());
  bool const fits = text.size() % 4 == 0 && text.size() - letters <= 2 &&
                    text.substr(0, letters).find_first_not_of(kAlphabet) == std::string_view::npos &&
                    text.substr(letters).find_first_not_of('=') == std::string_view::npos;
  if (!fits || text.size() > std::size_t{1} << 30U) return std::nullopt;
  WipedBytes bytes(text.size() / 4 * 3);
  auto const length =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - (text.size() - letters));
  return bytes;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace nevus::server
