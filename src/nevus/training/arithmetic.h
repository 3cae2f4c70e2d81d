// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <vector>

#include "nevus/base/result.h"
#include "nevus/training/config.h"

namespace nevus {

/// While it lives, convolutions and matrix products of this thread run in the reduced precision (PyTorch's automatic
/// mixed precision); nothing changes for float32.
class ReducedArithmetic {
 public:
  ReducedArithmetic(torch::Device device, TrainingPrecision precision);
  ~ReducedArithmetic();
  ReducedArithmetic(ReducedArithmetic const&) = delete;
  ReducedArithmetic& operator=(ReducedArithmetic const&) = delete;

 private:
  torch::DeviceType device_;
  bool reduced_;
};

/// Keeps small gradients above the smallest number of float16 (Micikevicius et al. 2018): the loss is multiplied by a
/// scale, the gradients are divided by it. A step whose gradients overflow is left out and halves the scale; 2000 good
/// ones double it (PyTorch's defaults). Inactive for the other precisions: bfloat16 has the exponents of float32.
class GradientScaler {
 public:
  struct State {
    double scale = 65536;
    int good_steps = 0;
  };
  explicit GradientScaler(TrainingPrecision precision) : active_(precision == TrainingPrecision::kFloat16) {}

  [[nodiscard]] torch::Tensor scale(torch::Tensor const& loss) const { return active_ ? loss * state_.scale : loss; }
  /// Divides the gradients and says whether the step may be made.
  [[nodiscard]] bool unscale(std::vector<torch::Tensor> const& parameters);
  /// So many steps in a row have overflowed that the scale is no longer to blame.
  [[nodiscard]] bool gave_up() const { return state_.scale < 1; }
  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] State const& state() const { return state_; }
  void restore(State const& state) { state_ = state; }

 private:
  bool active_;
  State state_;
};

namespace training {

/// Where to compute. kConfig where CUDA is asked for and there is none, with the reason.
[[nodiscard]] Result<torch::Device> choose_device(DeviceChoice choice);

/// kConfig where the device cannot compute so.
[[nodiscard]] Result<void> check_precision(torch::Device device, TrainingPrecision precision);

}  // namespace training
}  // namespace nevus
