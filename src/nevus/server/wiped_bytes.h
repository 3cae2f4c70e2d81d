// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace nevus::server {

/// Overwrites memory in a way that no optimiser removes.
void wipe(void* memory, std::size_t size_bytes) noexcept;

/// Memory that is overwritten before it goes back to the heap, so that a photo leaves nothing behind.
template <typename T>
struct WipingAllocator {
  using value_type = T;  // NOLINT(readability-identifier-naming): the standard's name
  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(WipingAllocator<U> const& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) noexcept {
    wipe(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(WipingAllocator const&) const = default;
};

/// What people send: photos, and requests that hold them.
using WipedBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

}  // namespace nevus::server
