// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nevus/inference/classifier.h"
#include "nevus/model/synthetic_lesion.h"
#include "nevus/training/ensemble.h"
#include "nevus/training/networks.h"
#include "nevus/training/published_networks.h"
#include "nevus/training/ultra_network.h"
#include "training/gradient_maps.h"

namespace nevus {
namespace {

using testing::correlation;
using testing::gradient_maps;

constexpr int kInputPx = 72;  // stride 2 meets an odd side; three pixels of the last map to a side

/// An `ultra` of four blocks.
std::shared_ptr<Network> small_ultra() {
  auto backbone = efficientnet_v2_plan(EfficientNetV2Size::kS, {}).backbone;
  std::erase_if(backbone.blocks, [](BlockPlan const& block) { return !block.name.ends_with(".0"); });
  backbone.last->out_channels = 64;
  UltraPlan const plan{.backbone = backbone,
                       .tapped = {{"features.3.", 4}, {"features.5.", 2}, {"features.6.", 1}},
                       .projected_channels = 24,
                       .attention_heads = 4};
  return std::make_shared<UltraNetwork>(plan, NetworkOptions{});
}

std::shared_ptr<Network> make(std::string const& name) {
  torch::manual_seed(3);
  return name == "small_ultra" ? small_ultra() : *training::make_network(name, {});
}

/// In the form that is served, with norms that are not as they began.
void settle(Network& network, torch::Tensor const& photos) {
  torch::NoGradGuard const no_grad;
  for (auto& parameter : network.named_parameters())
    if (parameter.value().dim() == 1) parameter.value().add_(torch::randn_like(parameter.value()), 0.1);
  network.train();
  for (int i = 0; i < 20; ++i) (void)network.forward(photos);
  network.eval();
  network.fold_for_serving(std::vector<float>(kLesionClassCount, 0.25F));
}

class Served : public ::testing::TestWithParam<char const*> {};

TEST_P(Served, AnswersLikeTheTrainedNetworkAndShowsItsGradients) {
  auto const network = make(GetParam());
  torch::manual_seed(4);
  settle(*network, torch::randn({4, 3, kInputPx, kInputPx}));
  ModelBundle bundle;
  bundle.card.id = GetParam();
  auto& spec = bundle.card.preprocess;
  spec.width_px = spec.height_px = kInputPx;
  bundle.card.canary_seed = 5;
  auto const photo = model::preprocess(model::synthetic_lesion(bundle.card.canary_seed, LesionClass::kMel), spec);
  auto const features = network->forward(torch::tensor(photo.values).view(photo.shape));
  auto const logits = features.logits.detach()[0].contiguous();
  std::copy_n(logits.data_ptr<float>(), kLesionClassCount, bundle.card.canary_logits.begin());

  auto bytes = to_onnx(*network, kInputPx, kInputPx);
  ASSERT_TRUE(bytes) << bytes.error().message;
  bundle.network = *std::move(bytes);
  auto const classifier = Classifier::load(bundle);
  ASSERT_TRUE(classifier) << classifier.error().message;
  auto const served = classifier->run(photo);
  ASSERT_TRUE(served) << served.error().message;

  auto const served_logits = torch::tensor(std::vector<float>(served->logits.begin(), served->logits.end()));
  EXPECT_LT((served_logits - logits).abs().max().item<float>(), 1e-3);
  EXPECT_GT(logits.std().item<float>(), 0.01);
  auto const embedding = features.last_map.mean({2, 3})[0].detach();
  EXPECT_LT((torch::tensor(served->embedding) - embedding).abs().max().item<float>(), 1e-3);
  auto const maps = gradient_maps(features.logits, features.last_map);
  auto const served_maps =
      torch::tensor(served->class_maps).view({std::int64_t(kLesionClassCount), served->map_height, served->map_width});
  ASSERT_EQ(served_maps.sizes(), maps.sizes());
  EXPECT_GT(correlation(served_maps, maps), 0.999);
  EXPECT_NEAR((served_maps.norm() / maps.norm()).item<float>(), 1, 0.01);
}

/// What the bundle of `network` answers to `photo`.
NetworkOutput served_answer(Network const& network, Tensor const& photo, PerClass<float> const& canary) {
  ModelBundle bundle;
  bundle.card.id = "made";
  bundle.card.preprocess.width_px = bundle.card.preprocess.height_px = kInputPx;
  bundle.card.canary_seed = 5;
  bundle.card.canary_logits = canary;
  auto bytes = to_onnx(network, kInputPx, kInputPx);
  EXPECT_TRUE(bytes) << bytes.error().message;
  bundle.network = *std::move(bytes);
  auto const classifier = Classifier::load(bundle);
  EXPECT_TRUE(classifier) << classifier.error().message;
  auto answer = classifier->run(photo);
  EXPECT_TRUE(answer) << answer.error().message;
  return *std::move(answer);
}

PerClass<float> logits_of(Network& network, torch::Tensor const& input) {
  auto const logits = network.forward(input).logits.detach()[0].contiguous();
  PerClass<float> values{};
  std::copy_n(logits.data_ptr<float>(), kLesionClassCount, values.begin());
  return values;
}

/// The axes that a mirroring of the photo [N,3,H,W] reverses, and those of its class maps [classes,h,w].
using Axes = std::vector<std::int64_t>;
std::vector<std::pair<Axes, Axes>> const kMirrorings{{{}, {}}, {{3}, {2}}, {{2}, {1}}, {{2, 3}, {1, 2}}};

TEST(ServedEnsemble, IsTheMeanOfItsMembersOverTheMirrorings) {
  auto const spec = PreprocessSpec{.width_px = kInputPx, .height_px = kInputPx};
  auto const photo = model::preprocess(model::synthetic_lesion(5, LesionClass::kMel), spec);
  auto const input = torch::tensor(photo.values).view(photo.shape);
  std::vector<Ensemble::Member> members{{make("efficientnet_lite0")}, {make("efficientnet_b0")}};
  members[1].scale = {2, 2.5F, 2};
  members[1].shift = {0.25F, 0, -0.5F};
  torch::manual_seed(4);
  for (auto const& member : members) settle(*member.network, torch::randn({4, 3, kInputPx, kInputPx}));
  Ensemble ensemble(members, true);
  ensemble.eval();
  auto const served = served_answer(ensemble, photo, logits_of(ensemble, input));

  torch::Tensor logits;
  torch::Tensor maps;
  for (auto const& member : members) {
    auto const scale = torch::tensor(std::vector<float>(member.scale.begin(), member.scale.end())).view({1, 3, 1, 1});
    auto const shift = torch::tensor(std::vector<float>(member.shift.begin(), member.shift.end())).view({1, 3, 1, 1});
    for (auto const& [of_photo, of_map] : kMirrorings) {
      auto const features = member.network->forward((input * scale + shift).flip(of_photo));
      auto const own_maps = gradient_maps(features.logits, features.last_map).flip(of_map);
      auto const own_logits = features.logits.detach()[0];
      logits = logits.defined() ? logits + own_logits : own_logits;
      maps = maps.defined() ? maps + own_maps : own_maps;
    }
  }
  auto const served_logits = torch::tensor(std::vector<float>(served.logits.begin(), served.logits.end()));
  EXPECT_LT((served_logits - logits / 8).abs().max().item<float>(), 1e-3);
  auto const served_maps =
      torch::tensor(served.class_maps).view({std::int64_t(kLesionClassCount), served.map_height, served.map_width});
  ASSERT_EQ(served_maps.sizes(), maps.sizes());
  EXPECT_GT(correlation(served_maps, maps), 0.999);
  EXPECT_NEAR((served_maps.norm() / (maps / 8).norm()).item<float>(), 1, 0.01);
  EXPECT_EQ(served.embedding.size(), 2U * 1280);
}

INSTANTIATE_TEST_SUITE_P(EachFamily, Served,
                         ::testing::Values("efficientnet_lite0", "efficientnet_b0", "efficientnet_v2_s", "mobilenet_v2",
                                           "mobilenet_v3_large", "resnet18", "small_ultra"),
                         [](auto const& row) { return std::string(row.param); });

}  // namespace
}  // namespace nevus
