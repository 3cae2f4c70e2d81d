// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/config.h"

namespace nevus {

struct SpeedOptions {
  int input_px = 0;        ///< 0: the recipe's last phase
  int batch = 0;           ///< 0: the recipe's
  int threads = 0;         ///< 0: the recipe's
  int frozen_blocks = -1;  ///< see Phase
  int steps = 8;           ///< timed
  int warmup_steps = 2;    ///< before them; memory is taken and kernels are chosen here
};

/// Time of training steps without photos: forward, backward, clipped gradient and AdamW on one synthetic batch.
struct TrainingSpeed {
  int input_px = 0;
  int batch = 0;
  int threads = 0;
  double step_s = 0;  ///< median
  double photos_per_s = 0;
};

namespace training {

/// Trains a fresh network of the recipe as `fit` does, but on one synthetic batch and without averaging the weights, so
/// that it compares with bench/lite0_torch.py. kUsage where an option is out of range.
[[nodiscard]] Result<TrainingSpeed> measure_speed(TrainingConfig const& config, SpeedOptions const& options);

}  // namespace training
}  // namespace nevus
