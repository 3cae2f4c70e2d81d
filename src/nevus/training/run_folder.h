// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "nevus/training/fit.h"
#include "nevus/training/networks.h"

namespace nevus {

/// The state of a run between two epochs.
struct Checkpoint {
  int epochs_done = 0;
  std::int64_t steps_done = 0;
  std::vector<EpochRecord> log;
};

namespace training {

/// Everything that goes on after a stop, as one file that is written whole or not at all.
[[nodiscard]] Result<void> save_checkpoint(std::filesystem::path const& path, Checkpoint const& state,
                                           Network const& network, Network const& average,
                                           torch::optim::AdamW const& optimizer);

/// Fills the networks and, unless null, the optimizer. kNotFound where there is no checkpoint, kData where it is
/// damaged or of another network.
[[nodiscard]] Result<Checkpoint> load_checkpoint(std::filesystem::path const& path, Network& network, Network& average,
                                                 torch::optim::AdamW* optimizer);

/// log.csv and curves.png of the epochs so far.
[[nodiscard]] Result<void> write_log(std::filesystem::path const& folder, std::vector<EpochRecord> const& log);

}  // namespace training
}  // namespace nevus
