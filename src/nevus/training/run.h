// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nevus/training/arithmetic.h"
#include "nevus/training/distill.h"
#include "nevus/training/fit.h"
#include "nevus/training/loader.h"
#include "nevus/training/loss.h"
#include "nevus/training/run_folder.h"

namespace nevus {

/// A training run while it goes on: what `training::fit` makes and keeps going. `config` and `options` outlive it.
class Run {
 public:
  Run(TrainingConfig const& config, FitOptions const& options);

  /// Networks, optimizer and photos; the state of the checkpoint where the run is resumed.
  [[nodiscard]] Result<void> prepare(Dataset const& data);
  [[nodiscard]] Result<void> all_epochs();

 private:
  [[nodiscard]] Result<void> load_all_photos(Dataset const& data);
  /// What an epoch's steps share.
  struct Epoch {
    int number = 0;  ///< from 0
    Phase const& phase;
    LossFunction loss;
    PerClass<float> shift;  ///< see training::prior_shift
  };

  [[nodiscard]] int total_epochs() const;
  [[nodiscard]] bool has_stalled() const;
  [[nodiscard]] std::int64_t steps_of(Phase const& phase) const;
  [[nodiscard]] std::int64_t all_steps() const;

  [[nodiscard]] Result<EpochRecord> one_epoch(int number);
  [[nodiscard]] Result<double> train(Epoch const& epoch, Loader& loader);
  [[nodiscard]] double add_gradient(Epoch const& epoch, Batch const& batch, int batches_of_step);
  /// Validates the mean of the weights after the last epochs, once its batch statistics are measured.
  [[nodiscard]] EpochRecord epoch_of_the_mean();
  [[nodiscard]] Result<void> keep(EpochRecord const& record);
  /// Of the epoch with this number, from 1.
  [[nodiscard]] tl::unexpected<Error> no_number(std::string const& what, int epoch) const;
  void validate(EpochRecord& record, Network& network, Phase const& phase);
  void report(Epoch const& epoch, int index, Loader const& loader, double loss, double seconds) const;

  TrainingConfig const& config_;
  FitOptions const& options_;
  torch::Device device_ = torch::kCPU;
  RunNetworks networks_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
  GradientScaler scaler_;
  std::unique_ptr<Teachers> teachers_;
  std::map<std::string, PhotoStore> stores_;  ///< by Phase::photos
  PhotoStore val_;
  std::vector<Sample> natural_;                  ///< whose classes are as frequent as answers should take them to be
  PerClass<PerClass<std::size_t>> confusion_{};  ///< of the last validation
  Checkpoint state_;
};

namespace training {

/// The photos of a phase.
[[nodiscard]] std::vector<Sample> photos_of(Phase const& phase, Dataset const& data);

}  // namespace training
}  // namespace nevus
