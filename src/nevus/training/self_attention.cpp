// SPDX-License-Identifier: MIT
#include "nevus/training/self_attention.h"

#include <cmath>

namespace nevus {

SelfAttention::SelfAttention(int channels, int heads) : channels_(channels), heads_(heads) {
  auto const projection = [&](char const* name) {
    return register_module(name, torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, channels, 1)));
  };
  norm_ = register_module("norm", torch::nn::BatchNorm2d(channels));
  query_ = projection("query");
  key_ = projection("key");
  value_ = projection("value");
  out_ = projection("out");
}

torch::Tensor SelfAttention::forward(torch::Tensor const& input) {
  auto const normed = norm_(input);
  auto const head_channels = channels_ / heads_;
  // [N,C,h,w] -> [N,heads,C/heads,pixels]
  auto const split = [&](torch::Tensor const& map) {
    return map.reshape({map.size(0), heads_, head_channels, map.size(2) * map.size(3)});
  };
  auto const query = split(query_(normed)) / std::sqrt(double(head_channels));
  auto const attention = torch::softmax(query.transpose(2, 3).matmul(split(key_(normed))), -1);
  auto const mixed = split(value_(normed)).matmul(attention.transpose(2, 3));
  return input + out_(mixed.reshape(input.sizes()));
}

SelfAttention::Folded SelfAttention::folded(torch::nn::Conv2d const& projection) const {
  auto const scale = norm_->weight / (norm_->running_var + norm_->options.eps()).sqrt();
  auto const shift = norm_->bias - norm_->running_mean * scale;
  auto const matrix = projection->weight.flatten(1);
  return {projection->weight * scale.view({1, -1, 1, 1}), projection->bias + matrix.mv(shift)};
}

void SelfAttention::fold() {
  torch::NoGradGuard const no_grad;
  for (auto const& projection : {query_, key_, value_}) {
    auto const [weight, bias] = folded(projection);
    projection->weight.copy_(weight);
    projection->bias.copy_(bias);
  }
  norm_->weight.fill_(1);
  norm_->bias.zero_();
  norm_->running_mean.zero_();
  norm_->running_var.fill_(1 - norm_->options.eps());
  for (auto const& projection : {query_, key_, value_, out_}) {
    round_to_half(projection->weight);
    round_to_half(projection->bias);
  }
}

std::string SelfAttention::write(OnnxGraph& graph, std::string const& input, int height_px, int width_px) const {
  torch::NoGradGuard const no_grad;
  auto const head_channels = channels_ / heads_;
  auto const split = [&](torch::nn::Conv2d const& projection) {
    auto const [weight, bias] = folded(projection);
    auto const map = write_pointwise(graph, input, weight, bias);
    return graph.reshape(map, {heads_, head_channels, std::int64_t{height_px} * width_px});
  };
  auto const query = graph.scale(split(query_), float(1 / std::sqrt(double(head_channels))));
  auto const scores = graph.matmul(graph.transpose(query, {0, 1, 3, 2}), split(key_));
  auto const attention = graph.transpose(graph.softmax(scores), {0, 1, 3, 2});
  auto const mixed = graph.reshape(graph.matmul(split(value_), attention), {channels_, height_px, width_px});
  return graph.add(input, write_pointwise(graph, mixed, out_->weight, out_->bias));
}

std::int64_t SelfAttention::multiply_adds(int height_px, int width_px) const {
  std::int64_t const pixels = std::int64_t{height_px} * width_px;
  std::int64_t const width = channels_;
  return 4 * width * width * pixels + 2 * width * pixels * pixels;
}

}  // namespace nevus
