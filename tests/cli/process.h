// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nevus::test {

/// A folder of its own that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;

  [[nodiscard]] std::filesystem::path const& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_text(std::filesystem::path const& path);
void write_text(std::filesystem::path const& path, std::string const& text);
[[nodiscard]] std::vector<std::string> lines_of(std::string const& text);

enum class Output {
  kPipe,      ///< captured as another program would
  kTerminal,  ///< captured through a pseudo-terminal of 80 columns
  kFull       ///< /dev/full, on which no write succeeds
};

/// How a program is started. The environment is empty but for `environment`, PATH and TERM.
struct Start {
  std::filesystem::path folder = "/";
  std::map<std::string, std::string> environment{};
  std::filesystem::path standard_input = "/dev/null";
  Output standard_output = Output::kPipe;
};

struct Finished {
  int exit_code = -1;  ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

/// Runs `command` to its end.
[[nodiscard]] Finished run(std::vector<std::string> const& command, Start const& start = {});

/// A program that runs beside the test; killed when the object goes.
class Running {
 public:
  explicit Running(std::vector<std::string> const& command, Start const& start = {});
  ~Running();
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;

  void kill();                       ///< SIGKILL: it has no chance to tidy up
  [[nodiscard]] Finished wait();     ///< until its end
  [[nodiscard]] bool ended() const;  ///< without waiting

 private:
  TemporaryFolder streams_;
  pid_t process_ = -1;
  int terminal_ = -1;
};

}  // namespace nevus::test
