// SPDX-License-Identifier: MIT
#include "nevus/training/optimize.h"

#include <array>
#include <unordered_set>

namespace nevus::training {

NetworkFeatures features_of(Network& network, torch::Tensor const& input, TrainingPrecision precision) {
  ReducedArithmetic const arithmetic(input.device(), precision);
  auto features = network.forward(input);
  features.logits = features.logits.to(torch::kFloat32);
  if (features.auxiliary_logits.defined()) features.auxiliary_logits = features.auxiliary_logits.to(torch::kFloat32);
  return features;
}

std::unique_ptr<torch::optim::AdamW> make_optimizer(Network const& network,
                                                    TrainingConfig::Optimization const& options) {
  std::unordered_set<void*> head;
  for (auto const& parameter : network.head_parameters()) head.insert(parameter.unsafeGetTensorImpl());
  std::array<std::vector<torch::Tensor>, 4> groups;
  for (auto const& parameter : network.parameters()) {
    bool const is_head = head.contains(parameter.unsafeGetTensorImpl());
    bool const plain = parameter.dim() <= 1;
    groups[std::size_t(2 * is_head + plain)].push_back(parameter);
  }
  std::vector<torch::optim::OptimizerParamGroup> described;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    auto one = std::make_unique<torch::optim::AdamWOptions>(g < 2 ? options.learning_rate : options.head_learning_rate);
    one->weight_decay(g % 2 == 0 ? options.weight_decay : 0);
    described.emplace_back(groups[g], std::move(one));
  }
  return std::make_unique<torch::optim::AdamW>(described, torch::optim::AdamWOptions(options.learning_rate));
}

void apply_settings(torch::optim::AdamW& optimizer, TrainingConfig::Optimization const& options,
                    StepSettings const& settings) {
  for (std::size_t g = 0; g < optimizer.param_groups().size(); ++g) {
    double const peak = g < 2 ? options.learning_rate : options.head_learning_rate;
    auto& group = static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[g].options());
    group.lr(peak * settings.share_of_peak);
    group.betas({settings.beta, std::get<1>(group.betas())});
  }
}

void finish_step(Network& network, torch::optim::AdamW& optimizer, GradientScaler& scaler, double clip_norm) {
  auto const parameters = network.parameters();
  if (scaler.unscale(parameters)) {
    torch::nn::utils::clip_grad_norm_(parameters, clip_norm);
    optimizer.step();
  }
  optimizer.zero_grad();
}

void move_state(torch::optim::AdamW& optimizer, torch::Device device) {
  for (auto const& [parameter, state] : optimizer.state()) {
    auto& moments = static_cast<torch::optim::AdamWParamState&>(*state);
    if (moments.exp_avg().defined()) moments.exp_avg(moments.exp_avg().to(device));
    if (moments.exp_avg_sq().defined()) moments.exp_avg_sq(moments.exp_avg_sq().to(device));
  }
}

}  // namespace nevus::training
