// SPDX-License-Identifier: MIT
#include "nevus/training/ultra_network.h"

#include "nevus/training/planned_network.h"
#include "nevus/training/published_networks.h"

namespace nevus {
namespace {

constexpr double kDropouts[] = {0.4, 0.3, 0.2};  // behind each hidden layer

HeadPlan perceptron(std::string const& name, int features, std::vector<int> const& hidden, int classes) {
  HeadPlan plan;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    auto const number = std::to_string(i);
    plan.layers.push_back({.linear = name + ".linear" + number,
                           .norm = name + ".norm" + number,
                           .in_features = features,
                           .out_features = hidden[i],
                           .activation = Activation::kGelu,
                           .dropout = kDropouts[i]});
    features = hidden[i];
  }
  plan.layers.push_back({.linear = name + ".logits", .norm = "", .in_features = features, .out_features = classes});
  return plan;
}

/// The index of each tapped stage's last block.
std::vector<int> last_blocks(UltraPlan const& plan) {
  std::vector<int> indices;
  for (auto const& stage : plan.tapped) {
    int last = 0;
    for (std::size_t i = 0; i < plan.backbone.blocks.size(); ++i)
      if (plan.backbone.blocks[i].name.starts_with(stage.prefix)) last = int(i);
    indices.push_back(last);
  }
  return indices;
}

MultiScale::Options scales(UltraPlan const& plan, std::vector<int> const& tapped) {
  MultiScale::Options options{
      .taps = {}, .projected_channels = plan.projected_channels, .channels = plan.backbone.features()};
  for (std::size_t i = 0; i < tapped.size(); ++i) {
    auto const& block = plan.backbone.blocks[std::size_t(tapped[i])];
    options.taps.push_back({block.convs.back().out_channels, plan.tapped[i].window_px});
  }
  return options;
}

}  // namespace

UltraPlan ultra_plan(NetworkOptions const& options) {
  constexpr int kProjectedChannels = 404;  // for 75.5 million parameters in all
  constexpr int kAttentionHeads = 8;
  return {.backbone = efficientnet_v2_plan(EfficientNetV2Size::kM, options).backbone,
          .tapped = {{"features.3.", 4}, {"features.5.", 2}, {"features.7.", 1}},
          .projected_channels = kProjectedChannels,
          .attention_heads = kAttentionHeads};
}

UltraNetwork::UltraNetwork(UltraPlan const& plan, NetworkOptions const& options)
    : tapped_(last_blocks(plan)),
      backbone_(*this, plan.backbone, options),
      multi_scale_(register_module("multi_scale", std::make_shared<MultiScale>(scales(plan, tapped_)))),
      cbam_(register_module("cbam", std::make_shared<Cbam>(backbone_.features()))),
      attention_(
          register_module("attention", std::make_shared<SelfAttention>(backbone_.features(), plan.attention_heads))),
      head_(*this, perceptron("head", backbone_.features(), {512, 256, 128}, options.classes)),
      auxiliary_(*this, perceptron("auxiliary", backbone_.features(), {512, 256}, options.classes)) {}

NetworkFeatures UltraNetwork::forward(torch::Tensor const& input) {
  std::vector<torch::Tensor> taps;
  auto const last = backbone_.forward(input, tapped_, &taps);
  auto const map = attention_->forward(cbam_->forward(multi_scale_->forward(last, taps)));
  NetworkFeatures features{head_.forward(map.mean({2, 3})), map, {}};
  if (is_training()) features.auxiliary_logits = auxiliary_.forward(last.mean({2, 3}));
  return features;
}

void UltraNetwork::train_with_frozen(int blocks) {
  train();
  backbone_.freeze(blocks);
}

void UltraNetwork::fold_for_serving(std::vector<float> const& logit_shift) {
  backbone_.fold();
  multi_scale_->fold();
  cbam_->fold();
  attention_->fold();
  head_.fold(logit_shift);
}

WrittenNetwork UltraNetwork::write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const {
  std::vector<Backbone::Tap> taps;
  auto map = backbone_.write(graph, image, height_px, width_px, tapped_, &taps);
  map = multi_scale_->write(graph, map, taps, height_px, width_px);
  map = cbam_->write(graph, map);
  map = attention_->write(graph, map, height_px, width_px);
  return write_results(graph, head_, map, backbone_.features(), height_px, width_px);
}

std::vector<StageSize> UltraNetwork::describe(int height_px, int width_px) const {
  auto stages = backbone_.describe(height_px, width_px);
  std::vector<Backbone::Tap> taps;
  for (int const block : tapped_) {
    auto const& shape = stages[std::size_t(block) + 1].output_chw;  // behind the stem
    taps.push_back({"", int(shape[1]), int(shape[2])});
  }
  std::vector<std::int64_t> const map{backbone_.features(), height_px, width_px};
  auto const classes = head_.classes();
  stages.push_back(
      {"multi-scale", map, parameter_count(*multi_scale_), multi_scale_->multiply_adds(height_px, width_px, taps)});
  stages.push_back({"CBAM", map, parameter_count(*cbam_), cbam_->multiply_adds(height_px, width_px)});
  stages.push_back({"attention", map, parameter_count(*attention_), attention_->multiply_adds(height_px, width_px)});
  stages.push_back({"classifier", {classes, 1, 1}, head_.parameters(), head_.multiply_adds()});
  stages.push_back({"auxiliary", {classes, 1, 1}, auxiliary_.parameters(), 0});  // not served
  return stages;
}

std::vector<std::string> UltraNetwork::head_prefixes() const {
  // "classifier." is the backbone's own head in published weights.
  return {"classifier.", "multi_scale.", "cbam.", "attention.", "head.", "auxiliary."};
}

}  // namespace nevus
