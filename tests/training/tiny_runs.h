// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "nevus/base/file.h"
#include "nevus/training/fit.h"

/// Runs that train for a second or so.
namespace nevus::testing {

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() / ("nevus_tiny_runs_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline TrainingConfig tiny_config() {
  auto config = training::parse_config(R"(name = "tiny"
[data]
source = "synthetic"
[network]
name = "efficientnet_lite0"
pretrained = false
dropout = 0.2
[optimization]
phases = [{epochs = 1, input_px = 32}, {epochs = 2, input_px = 64}]
batch = 14
ema_decay = 0.5
threads = 1
[augment]
)",
                                       "tiny.toml");
  EXPECT_TRUE(config) << config.error().message;
  return *config;
}

/// The tiny recipe with further lines in [optimization].
inline TrainingConfig tiny_config_with(std::string const& lines) {
  auto text = tiny_config().text;
  auto config = training::parse_config(text.insert(text.find("batch"), lines), "tiny.toml");
  EXPECT_TRUE(config) << config.error().message;
  return *config;
}

inline std::string text_of(std::filesystem::path const& path) {
  auto const bytes = read_file(path);
  return bytes ? std::string(bytes->begin(), bytes->end()) : "";
}

/// Trains `config` on `data` for one epoch into `folder`.
inline void train_briefly(TrainingConfig const& config, Dataset const& data, std::filesystem::path const& folder,
                          std::string const& commit = "unknown") {
  FitOptions options;
  options.run_folder = folder;
  options.stop_after_epochs = 1;
  options.code_commit = commit;
  auto const done = training::fit(config, data, options);
  ASSERT_TRUE(done) << done.error().message;
}

}  // namespace nevus::testing
