// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/dataset/splits.h"
#include "nevus/model/preprocess.h"
#include "nevus/training/augment.h"

namespace nevus {

/// A stretch of training at one input size: small inputs first teach the same for less (Tan and Le 2021, progressive
/// learning).
struct Phase {
  int epochs = 1;
  int input_px = 192;
  /// Stem and this many first blocks keep the published weights: the early layers see edges and colours, which skin
  /// shares with other photos, and cost more than half of the time. -1: nothing is frozen, the stem neither.
  int frozen_blocks = -1;
  std::string photos = "own";  ///< "own": those of `data`, the extra ones included; "pretraining": others, see Dataset
};

/// Arithmetic of the network's forward and backward pass; parameters, their average and the optimizer stay float32.
enum class TrainingPrecision { kFloat32, kBfloat16, kFloat16 };

enum class DeviceChoice { kAuto, kCpu, kCuda };

/// How the learning rate goes over the run, see schedule.h.
enum class Schedule { kCosine, kOneCycle, kLinear };

/// A training recipe, `configs/*.toml`. Unknown, missing or malformed keys are errors that name them.
struct TrainingConfig {
  std::string name;  ///< becomes the id of the bundle

  struct Data {
    std::string source;     ///< "ham10000", "folder" (any layout of dataset::read_layout) or "synthetic"
    std::string view;       ///< folder of photos below the data set, for ham10000
    bool isic2017 = false;  ///< for ham10000: train on ISIC 2017 too
    /// For ham10000: half of every class's draws are of its photos in the sharper views, so that sharpness tells
    /// nothing.
    bool sharper_views = false;
    int synthetic_per_class = 40;
    SplitKind split = SplitKind::kFixed;  ///< not for synthetic
    int fold = 0;                         ///< which of `folds` validates, from 0; for kFold
    int folds = 5;
    [[nodiscard]] SplitSpec split_spec() const { return {.kind = split, .fold = fold, .folds = folds}; }
  } data;

  struct NetworkPart {
    std::string name;
    bool pretrained = true;  ///< start from the published ImageNet weights
    double dropout = 0.2;
    double stochastic_depth = 0;  ///< chance to skip the last block; grows from 0 at the first one (Huang et al. 2016)
    int detail_px = 150;          ///< PreprocessSpec::detail_px
    int served_px = 0;            ///< sides of the served input; 0: those of the last phase (Touvron et al. 2019)
  } network;

  struct Optimization {
    std::vector<Phase> phases;
    int batch = 48;
    int accumulation = 1;  ///< batches to a step
    DeviceChoice device = DeviceChoice::kAuto;
    TrainingPrecision precision = TrainingPrecision::kFloat32;
    bool recompute_activations = false;
    double learning_rate = 6e-4;       ///< peak, of the backbone
    double head_learning_rate = 2e-3;  ///< peak, of the new head
    double weight_decay = 0.02;        ///< not applied to norms and biases
    Schedule schedule = Schedule::kCosine;
    double warmup_epochs = 1;
    double rise_share = 0.3;
    double start_divisor = 25;
    double end_divisor = 1e4;
    double ema_decay = 0.998;
    int swa_epochs = 0;
    int patience = 0;  ///< stop after this many epochs of the last phase without a lower validation loss; 0: never
    double clip_norm = 5;
    double label_smoothing = 0.05;
    double mixup_alpha = 0.2;  ///< 0: no mixup
    double cutmix_alpha = 0;
    double sampling_power = 0.5;  ///< a class of n photos is drawn in proportion to n^(1 - power)
    int seed = 1;
    int threads = 0;  ///< 0: all cores
  } optimization;

  /// The sum of the terms whose weight is above 0, mean over the batch, against targets that label smoothing, mixup and
  /// cutmix have softened.
  struct Loss {
    double cross_entropy = 1;
    double focal_alpha = 0;         ///< weight of the focal term (Lin et al. 2017); .7 with gamma 2 is common
    double focal_gamma = 2;         ///< a class of probability p counts (1 - p)^gamma of its cross-entropy
    double class_weight_power = 0;  ///< a class with a share of the draws counts share^(-power); see class_weights
    double logit_adjustment = 0;    ///< tau: log(prior) * tau is added to the logits in training (Menon et al. 2021)
  } loss;

  /// Learning from the answers of other runs' networks to the same augmented photos (Hinton et al. 2015); the runs are
  /// named when the training is started, since a recipe holds no paths.
  struct Distillation {
    double weight = 0;  ///< of the teachers' answers; the labels have the rest. 0: no teachers
    double temperature = 2;
  } distill;

  AugmentOptions augment;
  std::string text;  ///< the file itself, kept in the run folder

  [[nodiscard]] int epochs() const;
  [[nodiscard]] Phase const& phase_of(int epoch) const;  ///< epoch from 0
  [[nodiscard]] bool in_last_phase(int epoch) const;     ///< epoch from 0
  [[nodiscard]] bool has_pretraining() const;
  [[nodiscard]] PreprocessSpec preprocess(int input_px) const;
  [[nodiscard]] PreprocessSpec served_preprocess() const {
    return preprocess(network.served_px > 0 ? network.served_px : optimization.phases.back().input_px);
  }
};

namespace training {

[[nodiscard]] Result<TrainingConfig> parse_config(std::string_view toml, std::string const& source_name);
[[nodiscard]] Result<TrainingConfig> load_config(std::filesystem::path const& path);

/// The same recipe under another split; its text says so, without the comments of the first one.
[[nodiscard]] Result<TrainingConfig> with_split(TrainingConfig const& config, SplitSpec const& split);

/// The same recipe for the photos of a folder of any layout, likewise. kConfig where it trains on what goes with
/// HAM10000 alone.
[[nodiscard]] Result<TrainingConfig> with_folder_source(TrainingConfig const& config);

}  // namespace training
}  // namespace nevus
