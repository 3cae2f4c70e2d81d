// SPDX-License-Identifier: MIT
#include "nevus/training/weight_average.h"

#include <algorithm>

namespace nevus::training {
namespace {

/// average += weight * (network - average), whole numbers (counters) taken over.
void move_towards(Network& average, Network const& network, double weight) {
  torch::NoGradGuard const no_grad;
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

}  // namespace

void update_average(Network& average, Network const& network, double decay, std::int64_t step) {
  move_towards(average, network, 1 - std::min(decay, double(1 + step) / double(10 + step)));
}

void add_to_mean(Network& mean, Network const& network, int count) { move_towards(mean, network, 1.0 / (count + 1)); }

void copy_network(Network& to, Network const& from) {
  torch::NoGradGuard const no_grad;
  auto targets = to.parameters();
  auto const sources = from.parameters();
  for (std::size_t i = 0; i < sources.size(); ++i) targets[i].copy_(sources[i]);
  auto target_buffers = to.buffers();
  auto const source_buffers = from.buffers();
  for (std::size_t i = 0; i < source_buffers.size(); ++i) target_buffers[i].copy_(source_buffers[i]);
}

void measure_batch_statistics(Network& network, int frozen_blocks, Loader& batches) {
  torch::NoGradGuard const no_grad;
  network.train_with_frozen(frozen_blocks);
  std::vector<std::pair<torch::nn::BatchNorm2dImpl*, std::optional<double>>> norms;
  for (auto const& module : network.modules()) {
    auto* norm = module->as<torch::nn::BatchNorm2d>();
    if (norm == nullptr || !norm->is_training()) continue;
    norms.emplace_back(norm, norm->options.momentum());
    norm->reset_running_stats();
    norm->options.momentum(std::nullopt);  // the plain mean over the batches
  }
  auto const device = network.parameters().front().device();
  while (auto const batch = batches.next()) static_cast<void>(network.forward(batch->input.to(device)));
  for (auto const& [norm, momentum] : norms) norm->options.momentum(momentum);
  network.eval();
}

}  // namespace nevus::training
