// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <mutex>

namespace nevus {

/// The tokens that may still be used up. Thread-safe: what is under way counts as used until it is settled.
class TokenBudget {
 public:
  explicit TokenBudget(int cap) : cap_(cap) {}

  /// Up to `wanted` tokens; 0 where fewer than `least` are left.
  [[nodiscard]] int reserve(int wanted, int least) {
    std::lock_guard const lock(mutex_);
    auto const left = cap_ - used_ - reserved_;
    if (left < least) return 0;
    auto const given = std::min(wanted, left);
    reserved_ += given;
    return given;
  }
  void settle(int reserved, int used) {
    std::lock_guard const lock(mutex_);
    reserved_ -= reserved;
    used_ = std::min(cap_, used_ + std::clamp(used, 0, cap_));
  }
  [[nodiscard]] int used() const {
    std::lock_guard const lock(mutex_);
    return used_;
  }
  [[nodiscard]] int cap() const { return cap_; }

 private:
  int const cap_;
  mutable std::mutex mutex_;
  int used_ = 0;
  int reserved_ = 0;
};

}  // namespace nevus
