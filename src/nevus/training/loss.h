// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <vector>

#include "nevus/dataset/dataset.h"
#include "nevus/training/config.h"

namespace nevus {

/// A recipe's loss on some training photos, whose class frequencies its weights and its logit adjustment need.
class LossFunction {
 public:
  LossFunction(TrainingConfig const& config, std::vector<Sample> const& trained, torch::Device device);

  /// Mean over the batch; `teacher_prob` [N,C] at the recipe's temperature, undefined without teachers.
  [[nodiscard]] torch::Tensor operator()(torch::Tensor const& logits, torch::Tensor const& target,
                                         torch::Tensor const& teacher_prob = {}) const;

 private:
  TrainingConfig::Loss options_;
  TrainingConfig::Distillation distill_;
  torch::Tensor class_weights_;
  torch::Tensor adjustment_;
};

namespace training {

/// Cross-entropy against soft targets [N,C], mean over the batch.
[[nodiscard]] torch::Tensor soft_cross_entropy(torch::Tensor const& logits, torch::Tensor const& target);

/// Focal loss against soft targets: each class of probability p counts (1 - p)^gamma of its cross-entropy (Lin et al.
/// 2017), mean over the batch. Gamma 0 is the cross-entropy.
[[nodiscard]] torch::Tensor soft_focal(torch::Tensor const& logits, torch::Tensor const& target, double gamma);

/// temperature^2 * KL(teacher, softmax(logits / temperature)), mean over the batch (Hinton et al. 2015): its gradient
/// keeps its size whatever the temperature.
[[nodiscard]] torch::Tensor distillation(torch::Tensor const& logits, torch::Tensor const& teacher_prob,
                                         double temperature);

}  // namespace training
}  // namespace nevus
