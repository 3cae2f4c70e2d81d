// SPDX-License-Identifier: MIT
#include <array>

#include "nevus/training/plan_parts.h"
#include "nevus/training/published_networks.h"

namespace nevus {
namespace {

struct V2Stage {
  int expansion, channels, repeats, stride;
};
// Table 2 of Sandler et al. 2018.
constexpr std::array<V2Stage, 7> kV2{{
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
}};
constexpr int kV2StemChannels = 32;
constexpr int kV2Features = 1280;

struct V3Block {
  int kernel_px, wide, channels;
  bool squeezes;
  Activation activation;
  int stride;
};
constexpr auto kRe = Activation::kRelu;
constexpr auto kHs = Activation::kHardSwish;
// Table 1 of Howard et al. 2019.
constexpr std::array<V3Block, 15> kV3Large{{
    {3, 16, 16, false, kRe, 1},
    {3, 64, 24, false, kRe, 2},
    {3, 72, 24, false, kRe, 1},
    {5, 72, 40, true, kRe, 2},
    {5, 120, 40, true, kRe, 1},
    {5, 120, 40, true, kRe, 1},
    {3, 240, 80, false, kHs, 2},
    {3, 200, 80, false, kHs, 1},
    {3, 184, 80, false, kHs, 1},
    {3, 184, 80, false, kHs, 1},
    {3, 480, 112, true, kHs, 1},
    {3, 672, 112, true, kHs, 1},
    {5, 672, 160, true, kHs, 2},
    {5, 960, 160, true, kHs, 1},
    {5, 960, 160, true, kHs, 1},
}};
constexpr int kV3StemChannels = 16;
constexpr int kV3Features = 960;
constexpr int kV3HeadChannels = 1280;

BlockPlan v2_block(std::string const& name, V2Stage const& stage, int in, int stride, bool expands,
                   Habits const& habits) {
  int const wide = in * stage.expansion;
  int part = 0;
  auto const next = [&part] { return "conv." + std::to_string(part++); };
  BlockPlan block;
  block.name = name;
  if (expands) block.convs.push_back(habits.conv(next(), in, wide));
  block.convs.push_back(habits.conv(next(), wide, wide, 3, stride, wide));
  auto const conv_name = next();  // torchvision names the last convolution and its norm side by side
  block.convs.push_back(linear(habits.conv(conv_name, next(), wide, stage.channels)));
  return block;
}

BlockPlan v3_block(std::string const& name, V3Block const& row, int in, Habits habits) {
  habits.activation = row.activation;
  int part = 0;
  auto const next = [&part] { return "block." + std::to_string(part++); };
  BlockPlan block;
  block.name = name;
  if (row.wide != in) block.convs.push_back(habits.conv(next(), in, row.wide));
  block.convs.push_back(habits.conv(next(), row.wide, row.wide, row.kernel_px, row.stride, row.wide));
  if (row.squeezes) {
    int const quarter = row.wide / 4;
    block.squeeze = SqueezePlan{.name = next(),
                                .channels = row.wide,
                                .squeezed = rounded_channels(quarter),
                                .activation = Activation::kRelu,
                                .gate = Activation::kHardSigmoid};
  }
  block.convs.push_back(linear(habits.conv(next(), row.wide, row.channels)));
  return block;
}

}  // namespace

NetworkPlan mobilenet_v2_plan(FirstBlock first_block, NetworkOptions const& options) {
  Habits const habits{.activation = Activation::kRelu6, .padding = PaddingRule::kEven, .norm = {}};
  NetworkPlan plan;
  auto& blocks = plan.backbone.blocks;
  plan.backbone.stem = habits.conv("features.0", 3, kV2StemChannels, 3, 2);
  int channels = kV2StemChannels;
  for (auto const& stage : kV2) {
    for (int r = 0; r < stage.repeats; ++r) {
      bool const expands = stage.expansion > 1 || first_block == FirstBlock::kExpanded;
      auto const name = "features." + std::to_string(blocks.size() + 1);
      blocks.push_back(v2_block(name, stage, channels, r == 0 ? stage.stride : 1, expands, habits));
      channels = stage.channels;
    }
  }
  plan.backbone.last = habits.conv("features." + std::to_string(blocks.size() + 1), channels, kV2Features);
  plan.head = linear_head("classifier.1", kV2Features, options);
  return plan;
}

NetworkPlan mobilenet_v3_large_plan(NetworkOptions const& options) {
  Habits const habits{
      .activation = Activation::kHardSwish, .padding = PaddingRule::kEven, .norm = {.epsilon = 1e-3, .momentum = 0.01}};
  NetworkPlan plan;
  auto& blocks = plan.backbone.blocks;
  plan.backbone.stem = habits.conv("features.0", 3, kV3StemChannels, 3, 2);
  int channels = kV3StemChannels;
  for (auto const& row : kV3Large) {
    blocks.push_back(v3_block("features." + std::to_string(blocks.size() + 1), row, channels, habits));
    channels = row.channels;
  }
  plan.backbone.last = habits.conv("features." + std::to_string(blocks.size() + 1), channels, kV3Features);
  plan.head.layers = {
      {.linear = "classifier.0",
       .norm = "",
       .in_features = kV3Features,
       .out_features = kV3HeadChannels,
       .activation = Activation::kHardSwish,
       .dropout = options.dropout},
      {.linear = "classifier.3", .norm = "", .in_features = kV3HeadChannels, .out_features = options.classes}};
  return plan;
}

}  // namespace nevus
