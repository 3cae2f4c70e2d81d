// SPDX-License-Identifier: MIT
#include "nevus/training/loss.h"

#include <cmath>

#include "nevus/training/sampling.h"

namespace nevus {
namespace training {

torch::Tensor soft_cross_entropy(torch::Tensor const& logits, torch::Tensor const& target) {
  return -(target * torch::log_softmax(logits, 1)).sum(1).mean();
}

torch::Tensor soft_focal(torch::Tensor const& logits, torch::Tensor const& target, double gamma) {
  constexpr double kLeastLack = 1e-7;  // below, the gradient of a gamma under 1 has no bound
  auto const log_prob = torch::log_softmax(logits, 1);
  return -(target * (1 - log_prob.exp()).clamp_min(kLeastLack).pow(gamma) * log_prob).sum(1).mean();
}

torch::Tensor distillation(torch::Tensor const& logits, torch::Tensor const& teacher_prob, double temperature) {
  auto const entropy = torch::xlogy(teacher_prob, teacher_prob).sum(1);
  auto const cross = (teacher_prob * torch::log_softmax(logits / temperature, 1)).sum(1);
  return temperature * temperature * (entropy - cross).mean();
}

}  // namespace training

LossFunction::LossFunction(TrainingConfig const& config, std::vector<Sample> const& trained, torch::Device device)
    : options_(config.loss), distill_(config.distill) {
  auto const to_tensor = [&](PerClass<double> const& values) {
    return torch::tensor(std::vector<double>(values.begin(), values.end())).to(device, torch::kFloat32);
  };
  if (options_.class_weight_power > 0) class_weights_ = to_tensor(training::class_weights(trained, config));
  if (options_.logit_adjustment > 0) {
    auto prior = training::apparent_prior(trained, config);
    for (auto& share : prior) share = share > 0 ? options_.logit_adjustment * std::log(share) : 0;
    adjustment_ = to_tensor(prior);
  }
}

torch::Tensor LossFunction::operator()(torch::Tensor const& logits, torch::Tensor const& target,
                                       torch::Tensor const& teacher_prob) const {
  auto const adjusted = adjustment_.defined() ? logits + adjustment_ : logits;
  auto const weighted = class_weights_.defined() ? target * class_weights_ : target;
  torch::Tensor loss;
  if (options_.cross_entropy == 1)
    loss = training::soft_cross_entropy(adjusted, weighted);
  else
    loss = options_.cross_entropy * training::soft_cross_entropy(adjusted, weighted);
  if (options_.focal_alpha > 0)
    loss = loss + options_.focal_alpha * training::soft_focal(adjusted, weighted, options_.focal_gamma);
  if (!teacher_prob.defined()) return loss;
  return (1 - distill_.weight) * loss +
         distill_.weight * training::distillation(adjusted, teacher_prob, distill_.temperature);
}

}  // namespace nevus
