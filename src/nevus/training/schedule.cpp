// SPDX-License-Identifier: MIT
#include "nevus/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nevus::training {
namespace {

constexpr double kBeta = 0.9;      // AdamW's own
constexpr double kLowBeta = 0.85;  // PyTorch's defaults of base_momentum and max_momentum
constexpr double kHighBeta = 0.95;

double cosine_between(double from, double to, double share) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * share));
}

/// From `low` up to `high` over the first share of the steps, then down to `end`.
double up_and_down(std::int64_t step, std::int64_t steps, double rise_share, double low, double high, double end) {
  double const top = rise_share * double(steps) - 1;
  double const last = double(steps) - 1;
  if (top > 0 && double(step) <= top) return cosine_between(low, high, double(step) / top);
  double const start = std::max(0.0, top);
  return last > start ? cosine_between(high, end, (double(step) - start) / (last - start)) : high;
}

}  // namespace

double cosine_with_warmup(double done, double warmup, double total) {
  if (done < warmup) return done / warmup;
  if (done >= total) return 0;
  return 0.5 * (1 + std::cos(std::numbers::pi * (done - warmup) / (total - warmup)));
}

double linear_with_warmup(double done, double warmup, double total) {
  if (done < warmup) return done / warmup;
  if (done >= total) return 0;
  return (total - done) / (total - warmup);
}

double one_cycle(std::int64_t step, std::int64_t steps, OneCycleOptions const& options) {
  double const start = 1 / options.start_divisor;
  return up_and_down(step, steps, options.rise_share, start, 1, start / options.end_divisor);
}

double one_cycle_beta(std::int64_t step, std::int64_t steps, OneCycleOptions const& options) {
  return up_and_down(step, steps, options.rise_share, kHighBeta, kLowBeta, kHighBeta);
}

StepSettings step_settings(TrainingConfig::Optimization const& options, StepPosition const& position) {
  switch (options.schedule) {
    case Schedule::kOneCycle: {
      OneCycleOptions const cycle{options.rise_share, options.start_divisor, options.end_divisor};
      return {one_cycle(position.step, position.steps, cycle), one_cycle_beta(position.step, position.steps, cycle)};
    }
    case Schedule::kLinear:
      return {linear_with_warmup(position.epochs_done, options.warmup_epochs, position.epochs), kBeta};
    case Schedule::kCosine:
      break;
  }
  return {cosine_with_warmup(position.epochs_done, options.warmup_epochs, position.epochs), kBeta};
}

}  // namespace nevus::training
