// SPDX-License-Identifier: MIT
#include "nevus/training/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nevus/training/sampling.h"
#include "training/labelled.h"

namespace nevus {
namespace {

constexpr int kClasses = int(kLesionClassCount);

std::vector<Sample> photos() {
  return testing::samples({{LesionClass::kNv, 60}, {LesionClass::kMel, 20}, {LesionClass::kDf, 4}});
}

LossFunction loss_of(TrainingConfig const& config) { return {config, photos(), torch::kCPU}; }

/// Targets that mixup and smoothing have softened.
torch::Tensor soft_targets(int rows) {
  torch::manual_seed(3);
  return torch::softmax(torch::randn({rows, kClasses}), 1);
}

/// The loss's gradient is that of finite differences in double precision.
void expect_gradient(std::function<torch::Tensor(torch::Tensor const&)> const& loss) {
  torch::manual_seed(5);
  auto const logits = torch::randn({3, kClasses}, torch::dtype(torch::kFloat64).requires_grad(true));
  loss(logits).backward();
  constexpr double kStep = 1e-5;
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    torch::NoGradGuard const no_grad;
    auto moved = logits.detach().clone();
    moved.flatten()[i] += kStep;
    double const above = loss(moved).item<double>();
    moved.flatten()[i] -= 2 * kStep;
    double const below = loss(moved).item<double>();
    EXPECT_NEAR(logits.grad().flatten()[i].item<double>(), (above - below) / (2 * kStep), 1e-6) << i;
  }
}

TEST(Loss, FocalCountsAClassByWhatItLacks) {
  auto const logits = torch::tensor({{2.0, 0.0, -1.0}}, torch::kFloat64);
  auto const hard = torch::tensor({{0.0, 1.0, 0.0}}, torch::kFloat64);
  double const prob = 1 / (std::exp(2.0) + 1 + std::exp(-1.0));
  EXPECT_NEAR(training::soft_focal(logits, hard, 2).item<double>(), -(1 - prob) * (1 - prob) * std::log(prob), 1e-9);
  EXPECT_NEAR(training::soft_focal(logits, hard, 0).item<double>(), -std::log(prob), 1e-9);
}

TEST(Loss, FocalAndCrossEntropyAddUpWithTheirWeights) {
  TrainingConfig config;
  config.loss = {.cross_entropy = 1, .focal_alpha = 0.7, .focal_gamma = 2};
  auto const logits = torch::randn({4, kClasses});
  auto const target = soft_targets(4);
  double const expected = training::soft_cross_entropy(logits, target).item<double>() +
                          0.7 * training::soft_focal(logits, target, 2).item<double>();
  EXPECT_NEAR(loss_of(config)(logits, target).item<double>(), expected, 1e-5);
  config.loss.cross_entropy = 0;
  EXPECT_NEAR(loss_of(config)(logits, target).item<double>(),
              0.7 * training::soft_focal(logits, target, 2).item<double>(), 1e-5);
}

TEST(Loss, AClassWeightMultipliesItsShareOfTheTarget) {
  TrainingConfig config;
  config.loss.class_weight_power = 1;
  config.optimization.sampling_power = 0;
  auto const weights = training::class_weights(photos(), config);
  auto const logits = torch::randn({1, kClasses});
  auto const log_prob = torch::log_softmax(logits, 1);
  double expected = 0;
  auto target = torch::zeros({1, kClasses});
  for (auto const& [label, share] : {std::pair{LesionClass::kNv, 0.25}, {LesionClass::kMel, 0.75}}) {
    auto const c = std::int64_t(label);
    target[0][c] = share;
    expected -= weights[std::size_t(c)] * share * log_prob[0][c].item<double>();
  }
  EXPECT_NEAR(loss_of(config)(logits, target).item<double>(), expected, 1e-5);
  EXPECT_NEAR(weights[std::size_t(LesionClass::kMel)] / weights[std::size_t(LesionClass::kNv)], 3, 1e-9);
}

TEST(Loss, LogitAdjustmentAddsTheLogPrior) {
  TrainingConfig config;
  config.loss.logit_adjustment = 1;
  config.optimization.sampling_power = 0;
  // A network that says nothing is, with the prior added, as good as the prior: its loss is the prior's entropy.
  auto target = torch::zeros({1, kClasses});
  double entropy = 0;
  auto const prior = training::apparent_prior(photos(), config);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    target[0][std::int64_t(c)] = prior[c];
    if (prior[c] > 0) entropy -= prior[c] * std::log(prior[c]);
  }
  // Classes without photos keep their logits; far below, they do not count.
  auto logits = torch::zeros({1, kClasses});
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (prior[c] == 0) logits[0][std::int64_t(c)] = -50;
  }
  EXPECT_NEAR(loss_of(config)(logits, target).item<double>(), entropy, 1e-5);
}

TEST(Loss, DistillationIsZeroWhereTheAnswersAreTheSameAndKlOtherwise) {
  auto const logits = torch::randn({4, kClasses}, torch::kFloat64);
  auto const same = torch::softmax(logits / 3, 1);
  EXPECT_NEAR(training::distillation(logits, same, 3).item<double>(), 0, 1e-12);
  auto const teacher = torch::tensor({{0.75, 0.25}}, torch::kFloat64);
  double const expected = 4 * (0.75 * std::log(0.75 / 0.5) + 0.25 * std::log(0.25 / 0.5));
  EXPECT_NEAR(training::distillation(torch::zeros({1, 2}, torch::kFloat64), teacher, 2).item<double>(), expected,
              1e-12);
  auto const certain = torch::tensor({{1.0, 0.0}}, torch::kFloat64);
  EXPECT_NEAR(training::distillation(torch::zeros({1, 2}, torch::kFloat64), certain, 1).item<double>(), std::log(2.0),
              1e-12);
}

TEST(Loss, TeachersAndLabelsShareTheLoss) {
  TrainingConfig config;
  config.distill = {.weight = 0.25, .temperature = 2};
  auto const logits = torch::randn({4, kClasses});
  auto const target = soft_targets(4);
  auto const teacher = soft_targets(4).flip(0);
  double const expected = 0.75 * training::soft_cross_entropy(logits, target).item<double>() +
                          0.25 * training::distillation(logits, teacher, 2).item<double>();
  EXPECT_NEAR(loss_of(config)(logits, target, teacher).item<double>(), expected, 1e-5);
}

TEST(Loss, GradientsAreThoseOfFiniteDifferences) {
  auto const target = soft_targets(3).to(torch::kFloat64);
  auto const teacher = soft_targets(3).flip(0).to(torch::kFloat64);
  TrainingConfig everything;
  everything.loss = {
      .cross_entropy = 0.5, .focal_alpha = 0.7, .focal_gamma = 2, .class_weight_power = 0.5, .logit_adjustment = 0.8};
  everything.distill = {.weight = 0.4, .temperature = 3};
  auto const all = loss_of(everything);
  expect_gradient([&](auto const& logits) { return training::soft_cross_entropy(logits, target); });
  expect_gradient([&](auto const& logits) { return training::soft_focal(logits, target, 2); });
  expect_gradient([&](auto const& logits) { return training::distillation(logits, teacher, 3); });
  expect_gradient([&](auto const& logits) { return all(logits, target, teacher); });
}

}  // namespace
}  // namespace nevus
