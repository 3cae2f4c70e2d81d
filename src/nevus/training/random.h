// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <random>

namespace nevus {

/// A generator for one purpose of one place in a run. Everything random in training is drawn from (seed, epoch,
/// position, purpose), so a run does not depend on how threads are timed and goes on after a stop as if there had been
/// none.
enum class Purpose : std::uint64_t { kOrder = 1, kAugment, kMix, kDropout };

[[nodiscard]] inline std::mt19937_64 generator(std::uint64_t seed, std::uint64_t epoch, std::uint64_t position,
                                               Purpose purpose) {
  std::seed_seq sequence{seed, seed >> 32U, epoch, position, static_cast<std::uint64_t>(purpose)};
  return std::mt19937_64(sequence);
}

[[nodiscard]] inline double uniform(std::mt19937_64& random, double low, double high) {
  return low + (high - low) * (double(random() >> 11U) * 0x1.0p-53);
}

}  // namespace nevus
