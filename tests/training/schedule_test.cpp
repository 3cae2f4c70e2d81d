// SPDX-License-Identifier: MIT
#include "nevus/training/schedule.h"

#include <gtest/gtest.h>

#include <array>

namespace nevus {
namespace {

TEST(Schedule, LinearFallsByTheSameInEveryEpoch) {
  EXPECT_NEAR(training::linear_with_warmup(0.5, 1, 5), 0.5, 1e-12);
  EXPECT_NEAR(training::linear_with_warmup(1, 1, 5), 1, 1e-12);
  EXPECT_NEAR(training::linear_with_warmup(3, 1, 5), 0.5, 1e-12);
  EXPECT_NEAR(training::linear_with_warmup(4, 1, 5), 0.25, 1e-12);
  EXPECT_NEAR(training::linear_with_warmup(5, 1, 5), 0, 1e-12);
}

// Rates and betas of torch.optim.lr_scheduler.OneCycleLR(AdamW, max_lr=1, total_steps=10) with its defaults, as its
// formulas give them (pct_start .3, cosine, div_factor 25, final_div_factor 1e4, momentum .85 to .95): step 2 = .3 * 10
// - 1 is the peak.
TEST(Schedule, OneCycleIsPyTorchs) {
  std::array<double, 10> const rate{
      0.04, 0.52, 1, 0.950484632, 0.8117456539, 0.6112620219, 0.3887419781, 0.1882583461, 0.04951936799, 4e-06};
  std::array<double, 10> const beta{0.95,         0.9,          0.85,         0.8549515566, 0.8688255099,
                                    0.8888739533, 0.9111260467, 0.9311744901, 0.9450484434, 0.95};
  for (int step = 0; step < 10; ++step) {
    EXPECT_NEAR(training::one_cycle(step, 10, {}), rate[std::size_t(step)], 1e-9) << step;
    EXPECT_NEAR(training::one_cycle_beta(step, 10, {}), beta[std::size_t(step)], 1e-9) << step;
  }
}

TEST(Schedule, OneCycleOfAFewStepsStaysFinite) {
  for (int steps = 1; steps < 6; ++steps) {
    for (int step = 0; step < steps; ++step) {
      double const rate = training::one_cycle(step, steps, {.rise_share = 0.01});
      EXPECT_GT(rate, 0) << steps << ' ' << step;
      EXPECT_LE(rate, 1) << steps << ' ' << step;
    }
  }
}

TEST(Schedule, TheRecipeChoosesIt) {
  TrainingConfig::Optimization recipe;
  recipe.warmup_epochs = 1;
  StepPosition const position{.epochs_done = 3, .epochs = 5, .step = 20, .steps = 50};
  EXPECT_EQ(training::step_settings(recipe, position).share_of_peak, training::cosine_with_warmup(3, 1, 5));
  EXPECT_EQ(training::step_settings(recipe, position).beta, 0.9);
  recipe.schedule = Schedule::kLinear;
  EXPECT_EQ(training::step_settings(recipe, position).share_of_peak, training::linear_with_warmup(3, 1, 5));
  recipe.schedule = Schedule::kOneCycle;
  EXPECT_EQ(training::step_settings(recipe, position).share_of_peak, training::one_cycle(20, 50, {}));
}

}  // namespace
}  // namespace nevus
