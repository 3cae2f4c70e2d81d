// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <functional>

#include "nevus/training/cbam.h"
#include "nevus/training/heads.h"
#include "nevus/training/loss.h"
#include "nevus/training/multi_scale.h"
#include "nevus/training/networks.h"
#include "nevus/training/optimize.h"
#include "nevus/training/self_attention.h"

namespace nevus {
namespace {

using Function = std::function<torch::Tensor(torch::Tensor const&)>;

/// How far the derivative along a random direction of all parameters and the input is from its finite difference,
/// relative to it. For numbers in double precision.
double gradient_error(torch::nn::Module& module, Function const& forward, torch::Tensor input) {
  torch::manual_seed(11);
  input.requires_grad_(true);
  auto tensors = module.parameters();
  tensors.push_back(input);
  auto const weights = torch::randn_like(forward(input));
  auto const value = [&] { return (forward(input) * weights).sum(); };
  auto const gradients = torch::autograd::grad({value()}, tensors);
  std::vector<torch::Tensor> direction;
  double expected = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    direction.push_back(torch::randn_like(tensors[i]));
    expected += (gradients[i] * direction[i]).sum().item<double>();
  }
  constexpr double kStep = 1e-6;
  auto const moved = [&](double step) {
    torch::NoGradGuard const no_grad;
    for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].add_(direction[i], step);
    double const result = value().item<double>();
    for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].sub_(direction[i], step);
    return result;
  };
  double const difference = (moved(kStep) - moved(-kStep)) / (2 * kStep);
  EXPECT_GT(std::abs(expected), 1e-3);
  return std::abs(difference - expected) / std::abs(expected);
}

torch::Tensor doubles(at::IntArrayRef shape) {
  torch::manual_seed(12);
  return torch::randn(shape, torch::kFloat64);
}

TEST(Cbam, KeepsTheShapeAndWeighsBetweenZeroAndOne) {
  Cbam cbam(32);
  auto const input = torch::randn({2, 32, 5, 6});
  auto const ratio = cbam.forward(input) / input;
  EXPECT_EQ(ratio.sizes(), input.sizes());
  EXPECT_GT(ratio.min().item<float>(), 0);
  EXPECT_LT(ratio.max().item<float>(), 1);
}

TEST(Cbam, GradientsAreThoseOfFiniteDifferences) {
  Cbam cbam(32);
  cbam.to(torch::kFloat64);
  EXPECT_LT(gradient_error(
                cbam, [&](auto const& x) { return cbam.forward(x); }, doubles({2, 32, 5, 6})),
            1e-6);
}

TEST(SelfAttention, LetsEveryPixelSeeEveryOther) {
  SelfAttention attention(16, 4);
  attention.eval();
  auto const input = torch::randn({1, 16, 4, 5}).requires_grad_(true);
  auto const output = attention.forward(input);
  EXPECT_EQ(output.sizes(), input.sizes());
  auto const gradient = torch::autograd::grad({output[0].select(1, 0).select(1, 0).sum()}, {input})[0];
  EXPECT_GT(gradient.abs().sum(1).min().item<float>(), 0);
}

TEST(SelfAttention, TurnsWithTheOrderOfThePixels) {
  SelfAttention attention(16, 4);
  attention.eval();
  auto const input = torch::randn({2, 16, 4, 5});
  auto const turned = attention.forward(input.flip({2, 3}));
  EXPECT_LT((turned.flip({2, 3}) - attention.forward(input)).abs().max().item<float>(), 1e-5);
}

TEST(SelfAttention, GradientsAreThoseOfFiniteDifferences) {
  SelfAttention attention(16, 4);
  attention.to(torch::kFloat64);
  auto const forward = [&](auto const& x) { return attention.forward(x); };
  EXPECT_LT(gradient_error(attention, forward, doubles({2, 16, 3, 4})), 1e-6);
}

TEST(MultiScale, BringsEveryScaleToTheLastMap) {
  MultiScale scales({.taps = {{8, 4}, {16, 2}, {24, 1}}, .projected_channels = 8, .channels = 32});
  auto const last = torch::randn({2, 32, 3, 3});
  // 72 pixels: the last window of the first two taps is smaller.
  auto const output =
      scales.forward(last, {torch::randn({2, 8, 9, 9}), torch::randn({2, 16, 5, 5}), torch::randn({2, 24, 3, 3})});
  EXPECT_EQ(output.sizes(), last.sizes());
  EXPECT_FALSE(torch::equal(output, last));
}

/// A head as the ultra network has, without its dropout, in a module of its own.
struct HeadInModule {
  torch::nn::Module module;
  Head head;
  HeadInModule()
      : head(module,
             {.layers = {
                  {.linear = "a", .norm = "b", .in_features = 12, .out_features = 10, .activation = Activation::kGelu},
                  {.linear = "c",
                   .norm = "",
                   .in_features = 10,
                   .out_features = 8,
                   .activation = Activation::kHardSwish},
                  {.linear = "d", .norm = "", .in_features = 8, .out_features = 7}}}) {
    module.to(torch::kFloat64);
  }
};

TEST(Head, GradientsAreThoseOfFiniteDifferences) {
  HeadInModule of;
  EXPECT_LT(gradient_error(
                of.module, [&](auto const& x) { return of.head.forward(x); }, doubles({6, 12})),
            1e-6);
}

TEST(Ultra, HasAboutSeventyFiveAndAHalfMillionParameters) {
  auto const network = *training::make_network("ultra", {});
  EXPECT_NEAR(double(parameter_count(*network)), 75.5e6, 0.05e6) << parameter_count(*network);
}

TEST(Ultra, LearnsThroughBothHeads) {
  torch::manual_seed(1);
  auto const network = *training::make_network("ultra", {});
  auto const input = torch::randn({2, 3, 64, 64});
  auto const target = torch::one_hot(torch::tensor({1, 4}), 7).to(torch::kFloat32);
  network->train_with_frozen(30);
  // Dropout of the same seed, so that the losses compare.
  torch::manual_seed(2);
  auto const features = network->forward(input);
  ASSERT_EQ(features.logits.sizes(), (std::vector<std::int64_t>{2, 7}));
  ASSERT_EQ(features.auxiliary_logits.sizes(), (std::vector<std::int64_t>{2, 7}));
  EXPECT_EQ(features.last_map.sizes(), (std::vector<std::int64_t>{2, 1280, 2, 2}));
  auto const expected =
      training::soft_cross_entropy(features.logits, target) +
      training::kAuxiliaryLossWeight * training::soft_cross_entropy(features.auxiliary_logits, target);
  torch::manual_seed(2);
  auto const loss = training::loss_of_heads(
      training::features_of(*network, input, TrainingPrecision::kFloat32),
      [&](torch::Tensor const& logits) { return training::soft_cross_entropy(logits, target); });
  EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-5);
  loss.backward();
  for (auto const& parameter : network->named_parameters()) {
    if (!parameter.value().requires_grad()) continue;
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
  }
  network->eval();
  EXPECT_FALSE(network->forward(input).auxiliary_logits.defined()) << "the second head is for training alone";
}

}  // namespace
}  // namespace nevus
