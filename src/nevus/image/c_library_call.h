// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <csetjmp>
#include <cstdio>

namespace nevus::image {

/// Calls a C library (libjpeg, libpng) whose error callback must not return, and turns that into a return value.
///
/// It is done with longjmp, because throwing through C code is undefined. longjmp skips destructors, so a step, and
/// whatever it calls, must own nothing: every vector and string lives in the frame that calls `run`.
class CLibraryCall {
 public:
  /// False where the library gave up inside `step`; `message` then says why.
  template <typename Step>
  [[nodiscard, gnu::noinline]] bool run(Step const& step) {
    if (setjmp(return_point_) != 0) return false;  // NOLINT(cert-err52-cpp)
    step();
    return true;
  }

  /// To be called by the library's error callback, inside `run`.
  [[noreturn]] void give_up(char const* message) {
    std::snprintf(message_.data(), message_.size(), "%s", message);
    std::longjmp(return_point_, 1);  // NOLINT(cert-err52-cpp)
  }

  [[nodiscard]] char const* message() const { return message_.data(); }

 private:
  std::jmp_buf return_point_{};
  std::array<char, 256> message_{};
};

}  // namespace nevus::image
