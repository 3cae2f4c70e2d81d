// SPDX-License-Identifier: MIT
#include "cli/process.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace nevus::test {
namespace {

std::vector<char*> c_strings(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_of(Start const& start) {
  std::vector<std::string> environment{"TERM=xterm"};
  if (char const* const path = std::getenv("PATH")) environment.push_back("PATH=" + std::string(path));
  for (auto const& [name, value] : start.environment) environment.push_back(name + "=" + value);
  return environment;
}

int open_or_throw(std::filesystem::path const& path, int flags) {
  int const file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot open " + path.string());
  return file;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/// Everything that comes out of a pseudo-terminal until the last program on it has ended.
std::string drain(int terminal) {
  std::string text;
  std::array<char, 4096> block{};
  for (ssize_t count = 0; (count = ::read(terminal, block.data(), block.size())) > 0;) {
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "nevus-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_text(std::filesystem::path const& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write_text(std::filesystem::path const& path, std::string const& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Running::Running(std::vector<std::string> const& command, Start const& start) {
  auto arguments = command;
  auto environment = environment_of(start);
  auto const argument_pointers = c_strings(arguments);
  auto const environment_pointers = c_strings(environment);
  int const in = open_or_throw(start.standard_input, O_RDONLY);
  int const err = open_or_throw(streams_ / "err", O_WRONLY | O_CREAT | O_TRUNC);
  int out = -1;
  if (start.standard_output == Output::kTerminal) {
    winsize size{};
    size.ws_col = 80;
    size.ws_row = 24;
    if (::openpty(&terminal_, &out, nullptr, nullptr, &size) != 0) throw std::runtime_error("no pseudo-terminal");
    ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
  } else {
    auto const full = start.standard_output == Output::kFull;
    out = open_or_throw(full ? std::filesystem::path("/dev/full") : streams_ / "out", O_WRONLY | O_CREAT);
  }
  process_ = ::fork();
  if (process_ == 0) {
    bool const ready =
        ::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 && ::dup2(err, 2) >= 0 && ::chdir(start.folder.c_str()) == 0;
    if (ready) ::execvpe(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    ::_exit(127);
  }
  for (int const file : {in, out, err}) ::close(file);
  if (process_ < 0) throw std::runtime_error("cannot start " + command.front());
}

Running::~Running() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (terminal_ >= 0) ::close(terminal_);
}

void Running::kill() { ::kill(process_, SIGKILL); }

bool Running::ended() const {
  siginfo_t state{};
  ::waitid(P_PID, static_cast<id_t>(process_), &state, WEXITED | WNOHANG | WNOWAIT);
  return state.si_pid == process_;
}

Finished Running::wait() {
  Finished finished;
  if (terminal_ >= 0) finished.out = drain(terminal_);
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  finished.exit_code = exit_code_of(status);
  if (terminal_ < 0) finished.out = read_text(streams_ / "out");
  finished.err = read_text(streams_ / "err");
  return finished;
}

Finished run(std::vector<std::string> const& command, Start const& start) { return Running(command, start).wait(); }

}  // namespace nevus::test
