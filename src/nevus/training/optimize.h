// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <memory>

#include "nevus/training/arithmetic.h"
#include "nevus/training/config.h"
#include "nevus/training/networks.h"
#include "nevus/training/schedule.h"

namespace nevus::training {

constexpr double kAuxiliaryLossWeight = 0.3;  ///< as in GoogLeNet (Szegedy et al. 2015)

/// What the network says, computed in `precision`, its logits in float32. A backward pass takes the precision of the
/// forward one.
[[nodiscard]] NetworkFeatures features_of(Network& network, torch::Tensor const& input, TrainingPrecision precision);

/// `loss` of the logits; where the network has a second head, the loss of that one's logits counts
/// kAuxiliaryLossWeight beside it.
template <typename Loss>
[[nodiscard]] torch::Tensor loss_of_heads(NetworkFeatures const& features, Loss const& loss) {
  auto main = loss(features.logits);
  if (!features.auxiliary_logits.defined()) return main;
  return main + kAuxiliaryLossWeight * loss(features.auxiliary_logits);
}

/// AdamW with four groups: backbone and head, each with and without weight decay (norms and biases have none). The
/// groups' order is backbone decayed, backbone plain, head decayed, head plain.
[[nodiscard]] std::unique_ptr<torch::optim::AdamW> make_optimizer(Network const& network,
                                                                  TrainingConfig::Optimization const& options);
void apply_settings(torch::optim::AdamW& optimizer, TrainingConfig::Optimization const& options,
                    StepSettings const& settings);

/// Clips the gradients that have been gathered, makes the step and forgets them. Nothing is changed but the scale where
/// they have overflowed.
void finish_step(Network& network, torch::optim::AdamW& optimizer, GradientScaler& scaler, double clip_norm);

/// The optimizer's memory of past gradients, to where the parameters are.
void move_state(torch::optim::AdamW& optimizer, torch::Device device);

}  // namespace nevus::training
