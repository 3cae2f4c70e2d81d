// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "nevus/training/arithmetic.h"
#include "nevus/training/fit.h"
#include "nevus/training/networks.h"

namespace nevus {

/// The state of a run between two epochs.
struct Checkpoint {
  int epochs_done = 0;
  std::int64_t steps_done = 0;
  int best_epoch = 0;  ///< of the last phase, with the lowest validation loss; 0: the last phase has not begun
  std::vector<EpochRecord> log;
  std::optional<GradientScaler::State> scaler;  ///< of a run in float16
};

/// The networks of a run: what is trained, its moving average, and what was best on the validation photos.
struct RunNetworks {
  std::shared_ptr<Network> trained;
  std::shared_ptr<Network> average;
  std::shared_ptr<Network> best;
  std::shared_ptr<Network> mean;  ///< of the weights after the last epochs; null unless the recipe has swa_epochs
};

namespace training {

/// Fresh ones, without a mean.
[[nodiscard]] Result<RunNetworks> make_run_networks(TrainingConfig const& config);

/// Everything that goes on after a stop, as one file that is written whole or not at all.
[[nodiscard]] Result<void> save_checkpoint(std::filesystem::path const& path, Checkpoint const& state,
                                           RunNetworks const& networks, torch::optim::AdamW const& optimizer);

/// Fills the networks and, unless null, the optimizer. kNotFound where there is no checkpoint, kData where it is
/// damaged or of another network.
[[nodiscard]] Result<Checkpoint> load_checkpoint(std::filesystem::path const& path, RunNetworks const& networks,
                                                 torch::optim::AdamW* optimizer);

/// log.csv, curves.png and the TensorBoard file events.out.tfevents.nevus of the epochs so far.
[[nodiscard]] Result<void> write_log(std::filesystem::path const& folder, std::vector<EpochRecord> const& log);

}  // namespace training
}  // namespace nevus
