// SPDX-License-Identifier: MIT
#include "nevus/training/optimize.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <unordered_set>

namespace nevus::training {
namespace {

/// While it lives, convolutions and matrix products of this thread run in bfloat16 (PyTorch's automatic mixed
/// precision; bfloat16 has the exponents of float32, so no gradient has to be scaled).
class Bfloat16Arithmetic {
 public:
  Bfloat16Arithmetic() {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Bfloat16Arithmetic() {
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::clear_cache();  // of the converted weights, which the next step changes
  }
  Bfloat16Arithmetic(Bfloat16Arithmetic const&) = delete;
  Bfloat16Arithmetic& operator=(Bfloat16Arithmetic const&) = delete;
};

}  // namespace

torch::Tensor soft_cross_entropy(torch::Tensor const& logits, torch::Tensor const& target) {
  return -(target * torch::log_softmax(logits, 1)).sum(1).mean();
}

torch::Tensor batch_loss(Network& network, torch::Tensor const& input, torch::Tensor const& target,
                         TrainingPrecision precision) {
  std::optional<Bfloat16Arithmetic> arithmetic;
  if (precision == TrainingPrecision::kBfloat16) arithmetic.emplace();
  auto const features = network.forward(input);
  auto const loss = soft_cross_entropy(features.logits.to(torch::kFloat32), target);
  if (!features.auxiliary_logits.defined()) return loss;
  return loss + kAuxiliaryLossWeight * soft_cross_entropy(features.auxiliary_logits.to(torch::kFloat32), target);
}

double cosine_with_warmup(double done, double warmup, double total) {
  if (done < warmup) return done / warmup;
  if (done >= total) return 0;
  return 0.5 * (1 + std::cos(std::numbers::pi * (done - warmup) / (total - warmup)));
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

void set_learning_rates(torch::optim::AdamW& optimizer, TrainingConfig::Optimization const& options,
                        double share_of_peak) {
  for (std::size_t g = 0; g < optimizer.param_groups().size(); ++g) {
    double const peak = g < 2 ? options.learning_rate : options.head_learning_rate;
    static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[g].options()).lr(peak * share_of_peak);
  }
}

void update_average(Network& average, Network const& network, double decay, std::int64_t step) {
  torch::NoGradGuard const no_grad;
  double const weight = 1 - std::min(decay, double(1 + step) / double(10 + step));
  at::_foreach_lerp_(average.parameters(), network.parameters(), weight);
  auto averages = average.buffers();
  auto const buffers = network.buffers();
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].is_floating_point())
      averages[i].lerp_(buffers[i], weight);
    else
      averages[i].copy_(buffers[i]);
  }
}

void copy_network(Network& to, Network const& from) {
  torch::NoGradGuard const no_grad;
  auto targets = to.parameters();
  auto const sources = from.parameters();
  for (std::size_t i = 0; i < sources.size(); ++i) targets[i].copy_(sources[i]);
  auto target_buffers = to.buffers();
  auto const source_buffers = from.buffers();
  for (std::size_t i = 0; i < source_buffers.size(); ++i) target_buffers[i].copy_(source_buffers[i]);
}

}  // namespace nevus::training
