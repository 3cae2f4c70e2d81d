// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/process.h"

namespace nevus::test {

/// A recipe of drawn lesions and small inputs: an epoch is a second or so.
inline std::string write_recipe(TemporaryFolder const& folder) {
  auto const path = folder / "tiny.toml";
  write_text(path, R"(name = "tiny"
[data]
source = "synthetic"
synthetic_per_class = 16
[network]
name = "efficientnet_lite0"
pretrained = false
dropout = 0.2
[optimization]
phases = [{epochs = 4, input_px = 32}]
batch = 14
ema_decay = 0.5
threads = 1
[augment]
)");
  return path.string();
}

inline std::vector<std::string> fit(std::string const& recipe, std::filesystem::path const& out,
                                    std::vector<std::string> further = {}) {
  std::vector<std::string> command{NEVUS_TRAIN_PROGRAM, "fit", "--config", recipe, "--out", out.string()};
  command.insert(command.end(), further.begin(), further.end());
  return command;
}

/// The one sentence that a failed run ends with.
inline std::string last_words(Finished const& finished) {
  auto const lines = lines_of(finished.err);
  return lines.empty() ? "" : lines.back();
}

}  // namespace nevus::test
