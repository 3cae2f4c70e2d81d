// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nevus/dataset/dataset.h"
#include "nevus/evaluation/metrics.h"
#include "nevus/training/config.h"
#include "nevus/training/network_info.h"
#include "nevus/training/photo_store.h"
#include "nevus/training/provenance.h"

namespace nevus {

class Network;

/// What one epoch came to; a line of the run's log.csv.
struct EpochRecord {
  int epoch = 0;  ///< from 1
  int input_px = 0;
  double learning_rate = 0;
  double train_loss = 0;  ///< on augmented and mixed photos
  double val_loss = 0;    ///< log loss of the averaged network, uncalibrated
  double val_accuracy = 0;
  double val_balanced_accuracy = 0;
  double val_macro_auc = 0;
  double photos_per_s = 0;
  double wait_share = 0;  ///< of the epoch's time, waiting for photos
  double peak_memory_mb = 0;
};

/// Where a training run is while it goes on.
struct FitProgress {
  int epoch = 0;
  int epochs = 0;
  int batch = 0;
  int batches = 0;
  double loss = 0;
  double photos_per_s = 0;
  double left_s = 0;
  double peak_memory_mb = 0;
};

struct FitOptions {
  std::filesystem::path run_folder;
  WeightSources weights;  ///< of ImageNet
  std::string code_commit = "unknown";
  bool resume = false;  ///< go on from the folder's checkpoint; it must hold the same recipe and data
  /// A network of the recipe's kind, as load_trained gives it, from which this run starts, head included; null:
  /// `weights`.
  std::shared_ptr<Network> start;
  std::string start_data;                          ///< what `start` was trained on, in words
  std::string start_weights = "none";              ///< what `start` itself was started from, see Provenance
  int stop_after_epochs = 0;                       ///< 0: to the end; else stop early with a checkpoint
  std::optional<DeviceChoice> device;              ///< instead of the recipe's
  std::vector<std::shared_ptr<Network>> teachers;  ///< as load_run gives them, for recipes with distill.weight
  std::function<void(FitProgress const&)> on_progress;
  std::function<void(EpochRecord const&)> on_epoch;
};

namespace training {

/// Trains the recipe on `data` and leaves in the run folder: config.toml, run.json (data hash, commit, parts), log.csv,
/// curves.png, events.out.tfevents.nevus for TensorBoard, confusion.png of the best epoch, checkpoint.pt after every
/// epoch (written whole or not at all). A run that is killed at any moment and resumed is the same run. kTraining where
/// the loss is no longer a number; kUsage where the recipe learns from teachers and there are none, or the other way
/// round; kConfig where the device cannot do what the recipe asks for; kData and kIo otherwise.
[[nodiscard]] Result<void> fit(TrainingConfig const& config, Dataset const& data, FitOptions const& options);

/// What a finished or unfinished run is for: its averaged network after the epoch of the last phase with the lowest
/// validation loss (after the newest epoch where that phase has not begun), and its recipe.
struct TrainedNetwork {
  TrainingConfig config;
  std::shared_ptr<Network> network;
  int epoch = 0;  ///< whose network it is
  std::string architecture;
  std::vector<Provenance> provenance;  ///< of its run or runs
};
[[nodiscard]] Result<TrainedNetwork> load_trained(std::filesystem::path const& run_folder);
/// The same in the form that is served. kData where the run was trained on other photos.
[[nodiscard]] Result<TrainedNetwork> load_run(std::filesystem::path const& run_folder, Dataset const& trained_on);

/// A run's folder, and the data that its own recipe names: they say how frequent its classes looked to it.
struct RunOnData {
  std::filesystem::path folder;
  Dataset data;
};

/// The network's logits for photos as they are served, plus `logit_shift`; computed where the network is.
[[nodiscard]] std::vector<Prediction> predict(Network& network, PhotoStore const& store, PreprocessSpec const& spec,
                                              PerClass<float> const& logit_shift);

}  // namespace training
}  // namespace nevus
