// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace nevus {

/// Numbers as files of weights hold them, and as float32.

inline float from_half(std::uint16_t half) {
  auto const sign = std::uint32_t{half & 0x8000U} << 16U;
  auto const exponent = (half >> 10U) & 0x1fU;
  auto const fraction = std::uint32_t{half & 0x3ffU};
  if (exponent == 0) {
    auto const magnitude = static_cast<float>(fraction) * 0x1.0p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  auto const wide_exponent = exponent == 31 ? 255U : exponent + 112U;  // bias 15 becomes 127
  return std::bit_cast<float>(sign | (wide_exponent << 23U) | (fraction << 13U));
}

struct Half {
  std::uint16_t bits;
  explicit operator float() const { return from_half(bits); }
};
struct Bfloat16 {
  std::uint16_t bits;
  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16U); }
};

template <typename T>
float to_float(T value) {
  return static_cast<float>(value);
}
inline float to_float(double value) {  // as IEEE 754 rounds; C++ leaves it open beyond float's range
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (value > kLargest) return std::numeric_limits<float>::infinity();
  if (value < -kLargest) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(value);
}

}  // namespace nevus
