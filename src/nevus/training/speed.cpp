// SPDX-License-Identifier: MIT
#include "nevus/training/speed.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "nevus/model/lesion_class.h"
#include "nevus/training/loss.h"
#include "nevus/training/networks.h"
#include "nevus/training/optimize.h"

namespace nevus::training {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kMinInputPx = 32;

int first_set(int option, int recipe, int otherwise) { return option > 0 ? option : recipe > 0 ? recipe : otherwise; }

double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double step_seconds(Network& network, torch::optim::AdamW& optimizer, torch::Tensor const& input,
                    torch::Tensor const& target, TrainingConfig::Optimization const& recipe) {
  auto const start = Clock::now();
  auto const loss = loss_of_heads(features_of(network, input, recipe.precision),
                                  [&](torch::Tensor const& logits) { return soft_cross_entropy(logits, target); });
  GradientScaler scaler(recipe.precision);
  scaler.scale(loss).backward();
  finish_step(network, optimizer, scaler, recipe.clip_norm);
  static_cast<void>(loss.item<double>());
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Result<TrainingSpeed> measure_speed(TrainingConfig const& config, SpeedOptions const& options) {
  int const cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  TrainingSpeed speed{.input_px = first_set(options.input_px, config.optimization.phases.back().input_px, 0),
                      .batch = first_set(options.batch, config.optimization.batch, 1),
                      .threads = first_set(options.threads, config.optimization.threads, cores)};
  if (options.steps < 1 || options.warmup_steps < 0)
    return fail(ErrorCode::kUsage, "bench: there must be at least one step to time, and no negative number before it");
  for (auto const& [name, value] : {std::pair{"batch", options.batch}, std::pair{"threads", options.threads},
                                    std::pair{"input-px", options.input_px}}) {
    if (value < 0)
      return fail(ErrorCode::kUsage, std::string("bench: --") + name + " = " + std::to_string(value) + " is below 0");
  }
  if (options.frozen_blocks < -1)
    return fail(ErrorCode::kUsage,
                "bench: --frozen-blocks = " + std::to_string(options.frozen_blocks) + " is below -1 (train all)");
  if (speed.input_px < kMinInputPx)
    return fail(ErrorCode::kUsage, "bench: an input of " + std::to_string(speed.input_px) +
                                       " px is less than the smallest, " + std::to_string(kMinInputPx) + " px");
  NEVUS_TRY(auto const device, choose_device(config.optimization.device));
  NEVUS_CHECK(check_precision(device, config.optimization.precision));
  torch::set_num_threads(speed.threads);
  torch::manual_seed(config.optimization.seed);
  NEVUS_TRY(auto const network, make_network(config));
  network->to(device);
  auto const optimizer = make_optimizer(*network, config.optimization);
  try {
    network->train_with_frozen(options.frozen_blocks);
    auto const input = torch::randn({speed.batch, 3, speed.input_px, speed.input_px})
                           .contiguous(torch::MemoryFormat::ChannelsLast)
                           .to(device);
    auto const labels = torch::arange(speed.batch).remainder(static_cast<std::int64_t>(kLesionClassCount));
    auto const target = torch::one_hot(labels, kLesionClassCount).to(device, torch::kFloat32);
    std::vector<double> seconds;
    for (int i = 0; i < options.warmup_steps + options.steps; ++i) {
      auto const one = step_seconds(*network, *optimizer, input, target, config.optimization);
      if (i >= options.warmup_steps) seconds.push_back(one);
    }
    speed.step_s = median(std::move(seconds));
  } catch (c10::Error const& problem) {
    return fail(ErrorCode::kTraining, std::string("LibTorch: ") + problem.what_without_backtrace());
  }
  speed.photos_per_s = speed.batch / speed.step_s;
  return speed;
}

}  // namespace nevus::training
