// SPDX-License-Identifier: MIT
// What one step of training does: accumulation, precision, activation checkpointing, averages of weights.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nevus/training/activation_checkpoint.h"
#include "nevus/training/distill.h"
#include "nevus/training/loss.h"
#include "nevus/training/optimize.h"
#include "nevus/training/weight_average.h"
#include "training/labelled.h"
#include "training/tiny_networks.h"

namespace nevus {
namespace {

using testing::LinearNetwork;

std::shared_ptr<Network> lite0(NetworkOptions options = {}) {
  torch::manual_seed(7);
  return *training::make_network("efficientnet_lite0", options);
}

torch::Tensor targets(std::int64_t rows) {
  return torch::one_hot(torch::arange(rows).remainder(7), 7).to(torch::kFloat32);
}

TEST(Accumulation, FourBatchesAreTheStepOfOneFourTimesAsLarge) {
  torch::manual_seed(1);
  auto const whole = std::make_shared<LinearNetwork>(8);
  auto const parts = std::make_shared<LinearNetwork>(8);
  training::copy_network(*parts, *whole);
  TrainingConfig::Optimization options;
  auto const whole_optimizer = training::make_optimizer(*whole, options);
  auto const parts_optimizer = training::make_optimizer(*parts, options);
  GradientScaler scaler(TrainingPrecision::kFloat32);
  for (int step = 0; step < 3; ++step) {
    auto const input = torch::randn({16, 3, 8, 8});
    training::soft_cross_entropy(whole->forward(input).logits, targets(16)).backward();
    training::finish_step(*whole, *whole_optimizer, scaler, 0.5);
    for (int part = 0; part < 4; ++part) {
      auto const rows = torch::indexing::Slice(4 * part, 4 * part + 4);
      auto const loss =
          training::soft_cross_entropy(parts->forward(input.index({rows})).logits, targets(16).index({rows}));
      (loss / 4).backward();
    }
    training::finish_step(*parts, *parts_optimizer, scaler, 0.5);
  }
  auto const difference = (whole->parameters()[0] - parts->parameters()[0]).abs().max().item<double>();
  EXPECT_LT(difference, 1e-6);
}

TEST(GradientScaler, ScalesTheLossAndTakesItOutOfTheGradient) {
  auto const weight = torch::ones({3}, torch::requires_grad());
  GradientScaler scaler(TrainingPrecision::kFloat16);
  scaler.scale((weight * torch::tensor({1.0F, 2.0F, 3.0F})).sum()).backward();
  EXPECT_EQ(weight.grad()[2].item<float>(), 3 * 65536);
  EXPECT_TRUE(scaler.unscale({weight}));
  EXPECT_EQ(weight.grad()[2].item<float>(), 3);
}

TEST(GradientScaler, AnOverflowIsLeftOutAndHalvesTheScale) {
  auto const network = std::make_shared<LinearNetwork>(8);
  auto const optimizer = training::make_optimizer(*network, {});
  auto const before = network->parameters()[0].detach().clone();
  GradientScaler scaler(TrainingPrecision::kFloat16);
  auto const overflow = network->forward(torch::ones({1, 3, 8, 8})).logits.sum() * 1e38;
  scaler.scale(overflow).backward();
  training::finish_step(*network, *optimizer, scaler, 1);
  EXPECT_TRUE(torch::equal(network->parameters()[0], before));
  EXPECT_EQ(scaler.state().scale, 32768);
  EXPECT_FALSE(scaler.gave_up());
  EXPECT_TRUE(GradientScaler(TrainingPrecision::kBfloat16).unscale(network->parameters()));
}

TEST(GradientScaler, GrowsAfterManyGoodSteps) {
  auto const weight = torch::ones({1}, torch::requires_grad());
  weight.mutable_grad() = torch::ones({1});
  GradientScaler scaler(TrainingPrecision::kFloat16);
  for (int step = 0; step < 2000; ++step) ASSERT_TRUE(scaler.unscale({weight}));
  EXPECT_EQ(scaler.state().scale, 2 * 65536);
  EXPECT_EQ(scaler.state().good_steps, 0);
}

TEST(Device, AutoIsTheCpuWhereThereIsNoCuda) {
  ASSERT_TRUE(training::choose_device(DeviceChoice::kCpu));
  auto const automatic = training::choose_device(DeviceChoice::kAuto);
  ASSERT_TRUE(automatic);
  auto const cuda = training::choose_device(DeviceChoice::kCuda);
  EXPECT_EQ(automatic->is_cuda(), cuda.has_value());
  if (!cuda) {
    EXPECT_EQ(cuda.error().code, ErrorCode::kConfig);
  }
  EXPECT_FALSE(training::check_precision(torch::kCPU, TrainingPrecision::kFloat16));
}

TEST(Device, AStepOnCudaIsAStepOnTheCpu) {
  auto const device = training::choose_device(DeviceChoice::kCuda);
  if (!device) GTEST_SKIP() << device.error().message;
  for (auto precision : {TrainingPrecision::kFloat32, TrainingPrecision::kBfloat16, TrainingPrecision::kFloat16}) {
    auto const network = lite0();
    network->to(*device);
    network->train_with_frozen(-1);
    auto const input = torch::randn({4, 3, 64, 64});
    auto const loss = training::soft_cross_entropy(training::features_of(*network, input.to(*device), precision).logits,
                                                   targets(4).to(*device));
    auto const same = lite0();
    same->train_with_frozen(-1);
    auto const expected = training::soft_cross_entropy(
        training::features_of(*same, input, TrainingPrecision::kFloat32).logits, targets(4));
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(), precision == TrainingPrecision::kFloat32 ? 1e-3 : 0.1);
  }
}

TEST(ActivationCheckpointing, GivesTheSameGradientsAndBatchStatistics) {
  NetworkOptions const plain_options{.dropout = 0.2, .stochastic_depth = 0.3};
  auto saving_options = plain_options;
  saving_options.recompute_activations = true;
  for (int frozen : {-1, 2}) {
    for (auto precision : {TrainingPrecision::kFloat32, TrainingPrecision::kBfloat16}) {
      auto const plain = lite0(plain_options);
      auto const saving = lite0(saving_options);
      auto const input = torch::randn({4, 3, 48, 48});
      for (auto const& network : {plain, saving}) {
        network->train_with_frozen(frozen);
        torch::manual_seed(11);
        training::soft_cross_entropy(training::features_of(*network, input, precision).logits, targets(4)).backward();
      }
      auto const wanted = plain->named_parameters();
      for (auto const& parameter : saving->named_parameters()) {
        auto const& gradient = wanted[parameter.key()].grad();
        ASSERT_EQ(gradient.defined(), parameter.value().grad().defined()) << parameter.key();
        if (gradient.defined()) {
          EXPECT_TRUE(torch::equal(gradient, parameter.value().grad())) << parameter.key();
        }
      }
      auto const statistics = plain->named_buffers();
      for (auto const& buffer : saving->named_buffers())
        EXPECT_TRUE(torch::equal(statistics[buffer.key()], buffer.value())) << buffer.key();
    }
  }
}

TEST(ActivationCheckpointing, KeepsOnlyTheInputOfABlock) {
  auto block = torch::nn::Sequential(torch::nn::Linear(4, 4), torch::nn::Tanh(), torch::nn::Linear(4, 4));
  int passes = 0;
  auto const forward = [&](torch::Tensor const& input) {
    ++passes;
    return block->forward(input);
  };
  auto const input = torch::randn({2, 4});
  training::recomputed(*block, input, forward).sum().backward();
  EXPECT_EQ(passes, 2);
  torch::NoGradGuard const no_grad;
  static_cast<void>(training::recomputed(*block, input, forward));
  EXPECT_EQ(passes, 3);
}

TEST(WeightAverage, AddingOneAfterTheOtherGivesTheMean) {
  torch::NoGradGuard const no_grad;
  auto const mean = std::make_shared<LinearNetwork>(4);
  auto const other = std::make_shared<LinearNetwork>(4);
  auto first = mean->parameters()[0];
  auto next = other->parameters()[0];
  first.fill_(1);
  for (int count = 1; count < 4; ++count) {
    next.fill_(1 + 3 * count);
    training::add_to_mean(*mean, *other, count);
  }
  EXPECT_NEAR(first.flatten()[0].item<double>(), (1 + 4 + 7 + 10) / 4.0, 1e-6);
}

TEST(WeightAverage, BatchStatisticsAreThoseOfTheBatches) {
  auto const store = training::load_photos(testing::samples({{LesionClass::kNv, 16}}));
  ASSERT_TRUE(store);
  TrainingConfig config;
  config.optimization.phases = {{.epochs = 1, .input_px = 32}};
  config.optimization.batch = 8;
  auto const network = lite0();
  // The first norm sees the stem's convolution alone: its statistics can be computed from outside.
  auto const weight = network->named_parameters()["_conv_stem.weight"];
  torch::Tensor mean;
  Loader outside(*store, config, 0, 1);
  while (auto const batch = outside.next()) {
    torch::NoGradGuard const no_grad;
    auto const padded = torch::nn::functional::pad(batch->input, torch::nn::functional::PadFuncOptions({0, 1, 0, 1}));
    auto const one = torch::conv2d(padded, weight, {}, 2).mean({0, 2, 3});
    mean = mean.defined() ? mean + one : one;
  }
  Loader inside(*store, config, 0, 1);
  training::measure_batch_statistics(*network, -1, inside);
  EXPECT_FALSE(network->is_training());
  auto const measured = network->named_buffers()["_bn0.running_mean"];
  EXPECT_LT((measured - mean / 2).abs().max().item<double>(), 1e-4);
  auto const kept = network->named_buffers()["_blocks.0._bn1.running_mean"].clone();
  network->named_buffers()["_blocks.0._bn1.running_mean"].add_(1);
  Loader again(*store, config, 0, 1);
  training::measure_batch_statistics(*network, 1, again);
  EXPECT_TRUE(torch::equal(network->named_buffers()["_blocks.0._bn1.running_mean"], kept + 1)) << "frozen blocks stay";
}

TEST(Teachers, AnswerWithTheMeanOfTheirProbabilitiesInTheStudentsFrequencies) {
  TrainingConfig config;
  config.distill = {.weight = 0.5, .temperature = 2};
  auto const a = std::make_shared<LinearNetwork>(8);
  auto const b = std::make_shared<LinearNetwork>(8);
  Teachers const teachers({a, b}, config, torch::kCPU);
  auto const input = torch::randn({3, 3, 8, 8});
  PerClass<float> shift{};
  shift[1] = 0.7F;
  auto const prob = teachers.probabilities(input, shift);
  auto const shifted = torch::tensor(std::vector<float>(shift.begin(), shift.end()));
  auto const expected = (torch::softmax((a->forward(input).logits - shifted) / 2, 1) +
                         torch::softmax((b->forward(input).logits - shifted) / 2, 1)) /
                        2;
  EXPECT_LT((prob - expected).abs().max().item<double>(), 1e-6);
  EXPECT_FALSE(prob.requires_grad());
  EXPECT_FALSE(Teachers({}, config, torch::kCPU).probabilities(input, shift).defined());
  EXPECT_NE(training::network_sha256(*a), training::network_sha256(*b));
  training::copy_network(*b, *a);
  EXPECT_EQ(training::network_sha256(*a), training::network_sha256(*b));
}

}  // namespace
}  // namespace nevus
