// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "nevus/base/result.h"
#include "nevus/report/text.h"

namespace nevus::app {

/// How text goes to standard output: the terminal's width, and colours where it is a terminal that has them and
/// NO_COLOR (no-color.org) does not forbid them.
[[nodiscard]] TextStyle output_style();

/// Writes results to standard output at once; kIo where that fails, as on a full disk.
[[nodiscard]] Result<void> print(std::string_view text);

/// One sentence on standard error. Control characters, as a file's name may hold, do not reach the terminal.
void complain(std::string_view message);

/// A bar on standard error with speed and time left; silent where standard error is no terminal.
class ProgressBar {
 public:
  explicit ProgressBar(std::size_t total);
  ~ProgressBar();  ///< removes the bar
  ProgressBar(ProgressBar const&) = delete;
  ProgressBar& operator=(ProgressBar const&) = delete;

  void show(std::size_t done, std::size_t failed);

 private:
  using Clock = std::chrono::steady_clock;
  std::size_t total_;
  bool visible_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_shown_{};
};

}  // namespace nevus::app
