// SPDX-License-Identifier: MIT
#include "nevus/training/efficientnet_lite.h"

#include <array>
#include <cmath>

namespace nevus {
namespace {

struct Stage {
  int repeats, kernel_px, stride, expansion, channels;
};

// Table 1 of Tan and Le 2019.
constexpr std::array<Stage, 7> kStages{{
    {1, 3, 1, 1, 16},
    {2, 3, 2, 6, 24},
    {2, 5, 2, 6, 40},
    {3, 3, 2, 6, 80},
    {3, 5, 1, 6, 112},
    {4, 5, 2, 6, 192},
    {1, 3, 1, 6, 320},
}};
constexpr int kStemChannels = 32;
constexpr int kHeadChannels = 1280;

int scaled_channels(int channels, double width) {
  int const rounded = std::max(8, int(channels * width + 4) / 8 * 8);
  return rounded < 0.9 * channels * width ? rounded + 8 : rounded;  // never lose more than a tenth
}

}  // namespace

InvertedResidual::InvertedResidual(Options options) : options_(options) {
  int const wide = options.in_channels * options.expansion;
  if (options.expansion > 1) {
    expand_ = ConvNorm(*this, "_expand_conv", "_bn0",
                       {.in_channels = options.in_channels, .out_channels = wide, .kernel_px = 1});
  }
  depthwise_ = ConvNorm(*this, "_depthwise_conv", "_bn1",
                        {.in_channels = wide,
                         .out_channels = wide,
                         .kernel_px = options.kernel_px,
                         .stride = options.stride,
                         .groups = wide});
  project_ = ConvNorm(*this, "_project_conv", "_bn2",
                      {.in_channels = wide, .out_channels = options.out_channels, .kernel_px = 1, .relu6 = false});
}

torch::Tensor InvertedResidual::forward(torch::Tensor const& input) {
  auto x = options_.expansion > 1 ? expand_.forward(input) : input;
  x = project_.forward(depthwise_.forward(x));
  bool const shortcut = options_.stride == 1 && options_.in_channels == options_.out_channels;
  if (!shortcut) return x;
  if (is_training() && skip_prob_ > 0) {
    auto const kept = torch::rand({x.size(0), 1, 1, 1}).ge(skip_prob_).to(x.scalar_type());
    x = x * (kept / (1 - skip_prob_));
  }
  return x + input;
}

void InvertedResidual::fold() {
  if (options_.expansion > 1) expand_.fold();
  depthwise_.fold();
  project_.fold();
}

std::string InvertedResidual::write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const {
  auto x = options_.expansion > 1 ? expand_.write(graph, input, height_px, width_px) : input;
  x = depthwise_.write(graph, x, height_px, width_px);
  x = project_.write(graph, x, height_px, width_px);
  bool const shortcut = options_.stride == 1 && options_.in_channels == options_.out_channels;
  return shortcut ? graph.add(x, input) : x;
}

std::int64_t InvertedResidual::multiply_adds(int& height_px, int& width_px) const {
  std::int64_t sum = options_.expansion > 1 ? expand_.multiply_adds(height_px, width_px) : 0;
  sum += depthwise_.multiply_adds(height_px, width_px);
  return sum + project_.multiply_adds(height_px, width_px);
}

std::int64_t InvertedResidual::parameter_count() const {
  return (options_.expansion > 1 ? expand_.parameters() : 0) + depthwise_.parameters() + project_.parameters();
}

EfficientNetLite::EfficientNetLite(Scale scale, NetworkOptions const& options) {
  stem_ = ConvNorm(*this, "_conv_stem", "_bn0",
                   {.in_channels = 3, .out_channels = kStemChannels, .kernel_px = 3, .stride = 2});
  auto blocks = register_module("_blocks", torch::nn::ModuleList());
  int channels = kStemChannels;
  for (std::size_t s = 0; s < kStages.size(); ++s) {
    auto const& stage = kStages[s];
    bool const fixed_depth = s == 0 || s + 1 == kStages.size();
    int const repeats = fixed_depth ? stage.repeats : int(std::ceil(stage.repeats * scale.depth));
    for (int r = 0; r < repeats; ++r) {
      int const out = scaled_channels(stage.channels, scale.width);
      blocks_.push_back(
          std::make_shared<InvertedResidual>(InvertedResidual::Options{.in_channels = channels,
                                                                       .out_channels = out,
                                                                       .kernel_px = stage.kernel_px,
                                                                       .stride = r == 0 ? stage.stride : 1,
                                                                       .expansion = stage.expansion}));
      blocks->push_back(blocks_.back());
      channels = out;
    }
  }
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    blocks_[i]->set_skip_prob(options.stochastic_depth * double(i) / double(blocks_.size() - 1));
  }
  head_ =
      ConvNorm(*this, "_conv_head", "_bn1", {.in_channels = channels, .out_channels = kHeadChannels, .kernel_px = 1});
  dropout_ = register_module("_dropout", torch::nn::Dropout(options.dropout));
  fc_ = register_module("_fc", torch::nn::Linear(kHeadChannels, options.classes));
}

NetworkFeatures EfficientNetLite::forward(torch::Tensor const& input) {
  auto x = stem_.forward(input);
  for (auto const& block : blocks_) x = block->forward(x);
  x = head_.forward(x);
  return {fc_(dropout_(x.mean({2, 3}))), x};
}

void EfficientNetLite::train_with_frozen(int blocks) {
  train();
  stem_.set_frozen(blocks >= 0);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    bool const frozen = int(i) < blocks;
    blocks_[i]->train(!frozen);
    for (auto& parameter : blocks_[i]->parameters()) parameter.requires_grad_(!frozen);
  }
}

void EfficientNetLite::fold_for_serving(std::vector<float> const& logit_shift) {
  torch::NoGradGuard const no_grad;
  stem_.fold();
  for (auto const& block : blocks_) block->fold();
  head_.fold();
  fc_->bias.add_(torch::tensor(logit_shift));
  round_to_half(fc_->weight);
  round_to_half(fc_->bias);
}

void EfficientNetLite::write(OnnxGraph& graph, int height_px, int width_px) const {
  torch::NoGradGuard const no_grad;
  auto x = graph.input("image", 3, height_px, width_px);
  x = stem_.write(graph, x, height_px, width_px);
  for (auto const& block : blocks_) x = block->write(graph, x, height_px, width_px);
  x = head_.write(graph, x, height_px, width_px);
  auto const embedding = graph.mean_over_pixels(x);
  std::int64_t const classes = fc_->weight.size(0);
  auto const logits = graph.linear(embedding, to_floats(fc_->weight), {classes, kHeadChannels}, to_floats(fc_->bias));
  // Grad-CAM's channel weights are the mean gradient of the logit over the map; behind an average and a linear layer
  // that is the layer's weight over the number of pixels, so one 1x1 convolution gives the maps of all classes.
  auto const maps = graph.conv(x, to_floats(fc_->weight / double(height_px * width_px)), {classes, kHeadChannels, 1, 1},
                               std::vector<float>(std::size_t(classes), 0.0F), 1, {}, 1);
  graph.output(logits, "logits", {classes});
  graph.output(embedding, "embedding", {kHeadChannels});
  graph.output(maps, "class_maps", {classes, height_px, width_px});
}

std::vector<StageSize> EfficientNetLite::describe(int height_px, int width_px) const {
  std::vector<StageSize> stages;
  auto add = [&](std::string name, int channels, std::int64_t parameters, std::int64_t multiply_adds) {
    stages.push_back({std::move(name), {channels, height_px, width_px}, parameters, multiply_adds});
  };
  auto stem = stem_.multiply_adds(height_px, width_px);
  add("stem", kStemChannels, stem_.parameters(), stem);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    auto const multiply_adds = blocks_[i]->multiply_adds(height_px, width_px);
    add("block " + std::to_string(i), blocks_[i]->out_channels(), blocks_[i]->parameter_count(), multiply_adds);
  }
  auto const head = head_.multiply_adds(height_px, width_px);
  add("head", kHeadChannels, head_.parameters(), head);
  height_px = width_px = 1;
  add("classifier", int(fc_->weight.size(0)), fc_->weight.numel() + fc_->bias.numel(), fc_->weight.numel());
  return stages;
}

}  // namespace nevus
