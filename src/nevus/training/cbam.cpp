// SPDX-License-Identifier: MIT
#include "nevus/training/cbam.h"

namespace nevus {
namespace {
constexpr int kReduction = 16;
constexpr int kSpatialPx = 7;

std::vector<float> no_bias(std::int64_t channels) { return std::vector<float>(std::size_t(channels), 0.0F); }
}  // namespace

Cbam::Cbam(int channels) {
  using Options = torch::nn::Conv2dOptions;
  int const squeezed = std::max(1, channels / kReduction);
  squeeze_ = register_module("squeeze", torch::nn::Conv2d(Options(channels, squeezed, 1).bias(false)));
  expand_ = register_module("expand", torch::nn::Conv2d(Options(squeezed, channels, 1).bias(false)));
  spatial_ =
      register_module("spatial", torch::nn::Conv2d(Options(2, 1, kSpatialPx).padding(kSpatialPx / 2).bias(false)));
}

torch::Tensor Cbam::forward(torch::Tensor const& input) {
  auto const perceptron = [this](torch::Tensor const& x) { return expand_(torch::relu(squeeze_(x))); };
  auto const by_channel =
      torch::sigmoid(perceptron(input.mean({2, 3}, true)) + perceptron(torch::amax(input, {2, 3}, true)));
  auto const x = input * by_channel;
  auto const by_pixel = torch::sigmoid(spatial_(torch::cat({x.mean({1}, true), torch::amax(x, {1}, true)}, 1)));
  return x * by_pixel;
}

void Cbam::fold() {
  for (auto const& layer : {squeeze_, expand_, spatial_}) round_to_half(layer->weight);
}

std::string Cbam::write(OnnxGraph& graph, std::string const& input) const {
  auto const channels = expand_->weight.size(0);
  auto const squeezed = squeeze_->weight.size(0);
  // Mean and maximum as the two rows of one map go through the perceptron together.
  auto rows = graph.concat({graph.mean(input, {2, 3}), graph.maximum(input, {2, 3})}, 2);
  rows = graph.conv(rows, to_floats(squeeze_->weight), {squeezed, channels, 1, 1}, no_bias(squeezed), 1, {}, 1);
  rows = write_activation(graph, rows, Activation::kRelu);
  rows = graph.conv(rows, to_floats(expand_->weight), {channels, squeezed, 1, 1}, no_bias(channels), 1, {}, 1);
  auto const sum = graph.scale(graph.mean(rows, {2}), 2);
  auto const x = graph.multiply(input, write_activation(graph, sum, Activation::kSigmoid));
  constexpr int kPadding = kSpatialPx / 2;
  auto const by_pixel =
      graph.conv(graph.concat({graph.mean(x, {1}), graph.maximum(x, {1})}, 1), to_floats(spatial_->weight),
                 {1, 2, kSpatialPx, kSpatialPx}, no_bias(1), 1, {kPadding, kPadding, kPadding, kPadding}, 1);
  return graph.multiply(x, write_activation(graph, by_pixel, Activation::kSigmoid));
}

std::int64_t Cbam::multiply_adds(int height_px, int width_px) const {
  auto const perceptron = squeeze_->weight.numel() + expand_->weight.numel();
  return 2 * perceptron + spatial_->weight.numel() * height_px * width_px;
}

}  // namespace nevus
