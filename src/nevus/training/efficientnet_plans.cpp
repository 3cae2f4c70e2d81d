// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "nevus/training/plan_parts.h"
#include "nevus/training/published_networks.h"

namespace nevus {
namespace {

enum class BlockKind { kMbConv, kFused };

struct Stage {
  BlockKind kind;
  int expansion, kernel_px, stride, channels, repeats;
};

// Table 1 of Tan and Le 2019.
constexpr std::array<Stage, 7> kB0{{
    {BlockKind::kMbConv, 1, 3, 1, 16, 1},
    {BlockKind::kMbConv, 6, 3, 2, 24, 2},
    {BlockKind::kMbConv, 6, 5, 2, 40, 2},
    {BlockKind::kMbConv, 6, 3, 2, 80, 3},
    {BlockKind::kMbConv, 6, 5, 1, 112, 3},
    {BlockKind::kMbConv, 6, 5, 2, 192, 4},
    {BlockKind::kMbConv, 6, 3, 1, 320, 1},
}};
// Table 4 of Tan and Le 2021.
constexpr std::array<Stage, 6> kV2S{{
    {BlockKind::kFused, 1, 3, 1, 24, 2},
    {BlockKind::kFused, 4, 3, 2, 48, 4},
    {BlockKind::kFused, 4, 3, 2, 64, 4},
    {BlockKind::kMbConv, 4, 3, 2, 128, 6},
    {BlockKind::kMbConv, 6, 3, 1, 160, 9},
    {BlockKind::kMbConv, 6, 3, 2, 256, 15},
}};
// The paper gives M in its code alone: github.com/google/automl, efficientnetv2/effnetv2_configs.py.
constexpr std::array<Stage, 7> kV2M{{
    {BlockKind::kFused, 1, 3, 1, 24, 3},
    {BlockKind::kFused, 4, 3, 2, 48, 5},
    {BlockKind::kFused, 4, 3, 2, 80, 5},
    {BlockKind::kMbConv, 4, 3, 2, 160, 7},
    {BlockKind::kMbConv, 6, 3, 1, 176, 14},
    {BlockKind::kMbConv, 6, 3, 2, 304, 18},
    {BlockKind::kMbConv, 6, 3, 1, 512, 5},
}};
constexpr int kB0StemChannels = 32;
constexpr int kV2StemChannels = 24;
constexpr int kV2Features = 1280;
constexpr int kLiteFeatures = 1280;

BlockPlan mbconv(std::string const& name, Stage const& stage, int in, int stride, Habits const& habits) {
  int const wide = rounded_channels(in * stage.expansion);
  int part = 0;
  auto const next = [&part] { return "block." + std::to_string(part++); };
  BlockPlan block;
  block.name = name;
  if (wide != in) block.convs.push_back(habits.conv(next(), in, wide));
  block.convs.push_back(habits.conv(next(), wide, wide, stage.kernel_px, stride, wide));
  block.squeeze = SqueezePlan{.name = next(), .channels = wide, .squeezed = std::max(1, in / 4)};
  block.convs.push_back(linear(habits.conv(next(), wide, stage.channels)));
  return block;
}

BlockPlan fused_mbconv(std::string const& name, Stage const& stage, int in, int stride, Habits const& habits) {
  int const wide = rounded_channels(in * stage.expansion);
  BlockPlan block;
  block.name = name;
  if (wide == in) {
    block.convs.push_back(habits.conv("block.0", in, stage.channels, stage.kernel_px, stride));
    return block;
  }
  block.convs.push_back(habits.conv("block.0", in, wide, stage.kernel_px, stride));
  block.convs.push_back(linear(habits.conv("block.1", wide, stage.channels)));
  return block;
}

/// `last_features` 0: four times the channels of the last stage.
NetworkPlan torchvision_plan(std::span<Stage const> stages, int stem_channels, int last_features, Habits const& habits,
                             NetworkOptions const& options) {
  NetworkPlan plan;
  plan.backbone.stem = habits.conv("features.0", 3, stem_channels, 3, 2);
  int channels = stem_channels;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    auto const& stage = stages[s];
    for (int r = 0; r < stage.repeats; ++r) {
      auto const name = "features." + std::to_string(s + 1) + "." + std::to_string(r);
      int const stride = r == 0 ? stage.stride : 1;
      plan.backbone.blocks.push_back(stage.kind == BlockKind::kFused
                                         ? fused_mbconv(name, stage, channels, stride, habits)
                                         : mbconv(name, stage, channels, stride, habits));
      channels = stage.channels;
    }
  }
  int const features = last_features > 0 ? last_features : 4 * channels;
  plan.backbone.last = habits.conv("features." + std::to_string(stages.size() + 1), channels, features);
  plan.head = linear_head("classifier.1", features, options);
  return plan;
}

std::vector<Stage> scaled_b0(double width, double depth) {
  std::vector<Stage> stages(kB0.begin(), kB0.end());
  for (auto& stage : stages) {
    stage.channels = rounded_channels(stage.channels * width);
    stage.repeats = int(std::ceil(stage.repeats * depth));
  }
  return stages;
}

BlockPlan lite_block(int index, Stage const& stage, int in, int stride, Habits const& habits) {
  int const wide = in * stage.expansion;
  BlockPlan block;
  block.name = "_blocks." + std::to_string(index);
  if (wide != in) block.convs.push_back(habits.conv("_expand_conv", "_bn0", in, wide));
  block.convs.push_back(habits.conv("_depthwise_conv", "_bn1", wide, wide, stage.kernel_px, stride, wide));
  block.convs.push_back(linear(habits.conv("_project_conv", "_bn2", wide, stage.channels)));
  return block;
}

}  // namespace

int rounded_channels(double channels) {
  int const rounded = std::max(8, int(channels + 4) / 8 * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

NetworkPlan efficientnet_lite_plan(double width, double depth, NetworkOptions const& options) {
  Habits const habits{
      .activation = Activation::kRelu6, .padding = PaddingRule::kSame, .norm = {.epsilon = 1e-3, .momentum = 0.1}};
  NetworkPlan plan;
  auto& blocks = plan.backbone.blocks;
  plan.backbone.stem = habits.conv("_conv_stem", "_bn0", 3, kB0StemChannels, 3, 2);
  int channels = kB0StemChannels;
  for (std::size_t s = 0; s < kB0.size(); ++s) {
    auto stage = kB0[s];
    bool const fixed_depth = s == 0 || s + 1 == kB0.size();
    if (!fixed_depth) stage.repeats = int(std::ceil(stage.repeats * depth));
    stage.channels = rounded_channels(stage.channels * width);
    for (int r = 0; r < stage.repeats; ++r) {
      blocks.push_back(lite_block(int(blocks.size()), stage, channels, r == 0 ? stage.stride : 1, habits));
      channels = stage.channels;
    }
  }
  plan.backbone.last = habits.conv("_conv_head", "_bn1", channels, kLiteFeatures);
  plan.head = linear_head("_fc", kLiteFeatures, options);
  return plan;
}

NetworkPlan efficientnet_plan(double width, double depth, NetworkOptions const& options) {
  return torchvision_plan(scaled_b0(width, depth), rounded_channels(kB0StemChannels * width), 0, Habits{}, options);
}

NetworkPlan efficientnet_b4_short_plan(NetworkOptions const& options) {
  Habits const habits{
      .activation = Activation::kSilu, .padding = PaddingRule::kSame, .norm = {.epsilon = 1e-3, .momentum = 0.1}};
  auto stages = scaled_b0(1.4, 1.8);
  stages.back().repeats -= 1;
  auto plan = torchvision_plan(stages, rounded_channels(kB0StemChannels * 1.4), 0, habits, options);
  // In float16 its bundle would have 29 MB; most of them are 1x1 convolutions, which bear 8 bits a weight well.
  constexpr int kLarge = 50'000;
  auto const shrink = [](ConvPlan& conv) {
    conv.stored_in_bytes = conv.kernel_px == 1 && conv.in_channels * conv.out_channels >= kLarge;
  };
  for (auto& block : plan.backbone.blocks) std::ranges::for_each(block.convs, shrink);
  shrink(*plan.backbone.last);
  return plan;
}

NetworkPlan efficientnet_v2_plan(EfficientNetV2Size size, NetworkOptions const& options) {
  Habits const habits{
      .activation = Activation::kSilu, .padding = PaddingRule::kEven, .norm = {.epsilon = 1e-3, .momentum = 0.1}};
  auto const stages = size == EfficientNetV2Size::kS ? std::span<Stage const>(kV2S) : std::span<Stage const>(kV2M);
  return torchvision_plan(stages, kV2StemChannels, kV2Features, habits, options);
}

}  // namespace nevus
