// SPDX-License-Identifier: MIT
#include <array>

#include "nevus/training/plan_parts.h"
#include "nevus/training/published_networks.h"

namespace nevus {
namespace {

// Table 1 of He et al. 2016.
constexpr std::array<int, 4> kRepeats18{2, 2, 2, 2};
constexpr std::array<int, 4> kRepeats50{3, 4, 6, 3};
constexpr int kStemChannels = 64;
constexpr int kBottleneckExpansion = 4;

BlockPlan residual_block(std::string const& name, ResNetDepth depth, int in, int channels, int stride,
                         Habits const& habits) {
  BlockPlan block;
  block.name = name;
  int out = channels;
  if (depth == ResNetDepth::k18) {
    block.convs = {habits.conv("conv1", "bn1", in, channels, 3, stride),
                   linear(habits.conv("conv2", "bn2", channels, channels, 3))};
  } else {
    out = kBottleneckExpansion * channels;
    block.convs = {habits.conv("conv1", "bn1", in, channels),
                   habits.conv("conv2", "bn2", channels, channels, 3, stride),
                   linear(habits.conv("conv3", "bn3", channels, out))};
  }
  if (stride != 1 || in != out) block.projection = linear(habits.conv("downsample", in, out, 1, stride));
  block.after = Activation::kRelu;
  return block;
}

}  // namespace

NetworkPlan resnet_plan(ResNetDepth depth, NetworkOptions const& options) {
  Habits const habits{.activation = Activation::kRelu, .padding = PaddingRule::kEven, .norm = {}};
  auto const& repeats = depth == ResNetDepth::k18 ? kRepeats18 : kRepeats50;
  NetworkPlan plan;
  plan.backbone.stem = habits.conv("conv1", "bn1", 3, kStemChannels, 7, 2);
  plan.backbone.pool_after_stem = true;
  int channels = kStemChannels;
  for (std::size_t s = 0; s < repeats.size(); ++s) {
    for (int r = 0; r < repeats[s]; ++r) {
      auto const name = "layer" + std::to_string(s + 1) + "." + std::to_string(r);
      int const stride = r == 0 && s > 0 ? 2 : 1;
      plan.backbone.blocks.push_back(residual_block(name, depth, channels, kStemChannels << s, stride, habits));
      channels = plan.backbone.blocks.back().convs.back().out_channels;
    }
  }
  plan.head = linear_head("fc", channels, options);
  return plan;
}

}  // namespace nevus
