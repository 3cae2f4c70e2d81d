// SPDX-License-Identifier: MIT
#include "nevus/report/uids.h"

#include <algorithm>

#include "nevus/base/sha256.h"

namespace nevus::report {
namespace {

/// The UUID's 32 hexadecimal digits.
std::string digits(std::string_view seed) {
  auto hex = sha256_hex(Bytes(reinterpret_cast<std::uint8_t const*>(seed.data()), seed.size())).substr(0, 32);
  constexpr std::string_view kVariants = "89ab";
  hex[12] = '8';
  hex[16] = kVariants[static_cast<unsigned char>(hex[16]) % kVariants.size()];
  return hex;
}

/// Long division by hand: C++ has no type of 128 bits.
std::string decimal(std::string const& hex) {
  std::string result = "0";
  for (char const digit : hex) {
    int carry = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    for (auto place = result.rbegin(); place != result.rend(); ++place) {
      int const value = 16 * (*place - '0') + carry;
      *place = static_cast<char>('0' + value % 10);
      carry = value / 10;
    }
    while (carry > 0) {
      result.insert(result.begin(), static_cast<char>('0' + carry % 10));
      carry /= 10;
    }
  }
  auto const first = result.find_first_not_of('0');
  return first == std::string::npos ? "0" : result.substr(first);
}

}  // namespace

std::string stable_uuid(std::string_view seed) {
  auto uuid = digits(seed);
  for (std::size_t const dash : {8U, 13U, 18U, 23U}) uuid.insert(dash, 1, '-');
  return uuid;
}

std::string stable_dicom_uid(std::string_view seed) { return "2.25." + decimal(digits(seed)); }

}  // namespace nevus::report
