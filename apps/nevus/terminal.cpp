// SPDX-License-Identifier: MIT
#include "terminal.h"

#include <spdlog/fmt/fmt.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <system_error>

namespace nevus::app {
namespace {

constexpr int kDefaultColumns = 80;
constexpr auto kFrameTime = std::chrono::milliseconds(100);

bool is_set(char const* variable) {
  char const* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

int columns_of(int file) {
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  int number = 0;
  if (char const* const columns = std::getenv("COLUMNS"); columns != nullptr)
    std::from_chars(columns, columns + std::strlen(columns), number);
  return number > 0 ? number : kDefaultColumns;
}

bool has_colours(int file) {
  char const* const kind = std::getenv("TERM");
  bool const dumb = kind != nullptr && std::string_view(kind) == "dumb";
  return ::isatty(file) == 1 && !dumb && !is_set("NO_COLOR");
}

}  // namespace

TextStyle output_style() {
  return {columns_of(STDOUT_FILENO), has_colours(STDOUT_FILENO) ? Colour::kAnsi : Colour::kNone};
}

Result<void> print(std::string_view text) {
  errno = 0;
  std::cout << text << std::flush;
  if (std::cout) return {};
  return fail(ErrorCode::kIo,
              "standard output could not be written: " + std::generic_category().message(errno == 0 ? EIO : errno));
}

void complain(std::string_view message) {
  std::string text(message);
  std::ranges::replace_if(
      text, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, '?');
  std::cerr << "nevus: " << text << '\n';
}

ProgressBar::ProgressBar(std::size_t total) : total_(total), visible_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (visible_) std::cerr << "\r\x1b[K" << std::flush;
}

void ProgressBar::show(std::size_t done, std::size_t failed) {
  auto const now = Clock::now();
  if (!visible_ || total_ == 0 || now - last_shown_ < kFrameTime) return;
  last_shown_ = now;
  double const seconds = std::chrono::duration<double>(now - start_).count();
  double const speed = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  int const left_s = speed > 0 ? static_cast<int>(static_cast<double>(total_ - done) / speed) : 0;
  auto const figures = fmt::format(" {}/{}  {:.1f} photos/s  {} failed  {}:{:02} left", done, total_, speed, failed,
                                   left_s / 60, left_s % 60);
  auto const width = std::clamp(columns_of(STDERR_FILENO) - static_cast<int>(figures.size()) - 4, 0, 40);
  auto const filled = static_cast<int>(done * static_cast<std::size_t>(width) / total_);
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
  std::cerr << "\r  " << bar << figures << "\x1b[K" << std::flush;
}

}  // namespace nevus::app
