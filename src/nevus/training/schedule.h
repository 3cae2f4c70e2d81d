// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "nevus/training/config.h"

namespace nevus {

/// Where a step stands in a run.
struct StepPosition {
  double epochs_done = 0;  ///< with this step
  double epochs = 1;
  std::int64_t step = 0;  ///< from 0
  std::int64_t steps = 1;
};

namespace training {

/// A straight rise over `warmup`, then half a cosine to zero (Loshchilov and Hutter 2017): the share of the peak
/// learning rate at `done` of `total` epochs.
[[nodiscard]] double cosine_with_warmup(double done, double warmup, double total);

/// A straight rise over `warmup`, then a straight fall to zero.
[[nodiscard]] double linear_with_warmup(double done, double warmup, double total);

struct OneCycleOptions {
  double rise_share = 0.3;
  double start_divisor = 25;
  double end_divisor = 1e4;
};
/// PyTorch's OneCycleLR with two cosine phases as a share of the peak: the value that step number `step` (from 0) of
/// `steps` is made with.
[[nodiscard]] double one_cycle(std::int64_t step, std::int64_t steps, OneCycleOptions const& options);
/// AdamW's first beta beside it, which goes from .95 to .85 and back as the rate rises and falls.
[[nodiscard]] double one_cycle_beta(std::int64_t step, std::int64_t steps, OneCycleOptions const& options);

/// What a recipe's optimizer is set to for one step.
struct StepSettings {
  double share_of_peak = 0;
  double beta = 0.9;
};
[[nodiscard]] StepSettings step_settings(TrainingConfig::Optimization const& options, StepPosition const& position);

}  // namespace training
}  // namespace nevus
