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
  int best_epoch = 0;  ///< of the last phase, with the lowest validation loss; 0: the last phase has not begun
  std::vector<EpochRecord> log;
};

/// The networks of a run: what is trained, its moving average, and the average as it was after the best epoch.
struct RunNetworks {
  std::shared_ptr<Network> trained;
  std::shared_ptr<Network> average;
  std::shared_ptr<Network> best;
};

namespace training {

/// Everything that goes on after a stop, as one file that is written whole or not at all.
[[nodiscard]] Result<void> save_checkpoint(std::filesystem::path const& path, Checkpoint const& state,
                                           RunNetworks const& networks, torch::optim::AdamW const& optimizer);

/// Fills the networks and, unless null, the optimizer. kNotFound where there is no checkpoint, kData where it is
/// damaged or of another network.
[[nodiscard]] Result<Checkpoint> load_checkpoint(std::filesystem::path const& path, RunNetworks const& networks,
                                                 torch::optim::AdamW* optimizer);

/// log.csv and curves.png of the epochs so far.
[[nodiscard]] Result<void> write_log(std::filesystem::path const& folder, std::vector<EpochRecord> const& log);

}  // namespace training
}  // namespace nevus
