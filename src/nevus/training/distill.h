// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "nevus/training/config.h"
#include "nevus/training/networks.h"

namespace nevus {

/// What other runs' networks, in the form that is served, say about the photos that a network is trained on.
class Teachers {
 public:
  /// Takes the networks to `device`.
  Teachers(std::vector<std::shared_ptr<Network>> networks, TrainingConfig const& config, torch::Device device);

  /// The mean of their probabilities [N,7] at the recipe's temperature for a batch on the device; undefined without
  /// teachers. They speak of natural class frequencies; `shift`, the student's own prior_shift, is taken from their
  /// logits, so that teacher and student mean the same.
  [[nodiscard]] torch::Tensor probabilities(torch::Tensor const& input, PerClass<float> const& shift) const;

 private:
  std::vector<std::shared_ptr<Network>> networks_;
  double temperature_;
  TrainingPrecision precision_;
};

namespace training {

/// Of all parameters and buffers: tells networks apart.
[[nodiscard]] std::string network_sha256(Network const& network);

}  // namespace training
}  // namespace nevus
