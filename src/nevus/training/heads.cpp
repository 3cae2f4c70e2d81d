// SPDX-License-Identifier: MIT
#include "nevus/training/heads.h"

#include <utility>

namespace nevus {
namespace {

/// Grad-CAM from a Jacobian [N,classes,D] of the logits with respect to the embedding: D weights for each class.
std::string write_weighted_maps(OnnxGraph& graph, std::string const& jacobian, std::string const& map,
                                std::array<std::int64_t, 4> classes_features_height_width) {
  auto const [classes, features, height, width] = classes_features_height_width;
  auto const pixels = graph.reshape(map, {features, height * width});
  return graph.reshape(graph.matmul(jacobian, pixels), {classes, height, width});
}

}  // namespace

Head::Head(torch::nn::Module& owner, HeadPlan plan) : owner_(&owner), plan_(std::move(plan)) {
  for (auto const& layer : plan_.layers) {
    auto& made = layers_.emplace_back();
    made.linear = register_at(owner, layer.linear, torch::nn::Linear(layer.in_features, layer.out_features));
    if (!layer.norm.empty()) made.norm = register_at(owner, layer.norm, torch::nn::BatchNorm1d(layer.out_features));
  }
}

torch::Tensor Head::forward(torch::Tensor const& embedding) {
  bool const training = owner_->is_training();
  auto x = torch::dropout(embedding, plan_.dropout, training);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = layers_[i].linear(x);
    if (layers_[i].norm) x = layers_[i].norm(x);
    x = torch::dropout(activate(x, plan_.layers[i].activation), plan_.layers[i].dropout, training);
  }
  return x;
}

Head::Folded Head::folded(std::size_t layer) const {
  auto const& [linear, norm] = layers_[layer];
  if (!norm) return {linear->weight, linear->bias};
  auto const scale = norm->weight / (norm->running_var + norm->options.eps()).sqrt();
  return {linear->weight * scale.unsqueeze(1), (linear->bias - norm->running_mean) * scale + norm->bias};
}

void Head::fold(std::vector<float> const& logit_shift) {
  torch::NoGradGuard const no_grad;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto const [weight, bias] = folded(i);
    auto& [linear, norm] = layers_[i];
    linear->weight.copy_(weight);
    linear->bias.copy_(bias);
    if (i + 1 == layers_.size()) linear->bias.add_(torch::tensor(logit_shift));
    round_to_half(linear->weight);
    round_to_half(linear->bias);
    if (!norm) continue;
    norm->weight.fill_(1);
    norm->bias.zero_();
    norm->running_mean.zero_();
    norm->running_var.fill_(1 - norm->options.eps());
  }
}

Head::Outputs Head::write(OnnxGraph& graph, std::string const& embedding, std::string const& map, int height_px,
                          int width_px) const {
  torch::NoGradGuard const no_grad;
  std::vector<std::string> weights;
  std::vector<std::string> sums;  // of each layer, before its activation
  auto x = embedding;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto const layer = folded(i);
    weights.push_back(graph.constant({layer.weight.size(0), layer.weight.size(1)}, to_floats(layer.weight)));
    sums.push_back(graph.linear(x, weights.back(), to_floats(layer.bias)));
    x = write_activation(graph, sums.back(), plan_.layers[i].activation);
  }
  // The chain rule from the logits back to the embedding; behind a single linear layer it is the layer's weight.
  auto jacobian = weights.back();
  for (std::size_t i = layers_.size() - 1; i-- > 0;) {
    auto const slope = write_derivative(graph, sums[i], plan_.layers[i].activation);
    jacobian = graph.multiply(jacobian, graph.reshape(slope, {1, plan_.layers[i].out_features}));
    jacobian = graph.matmul(jacobian, weights[i]);
  }
  // The embedding is a mean: one pixel's gradient is the embedding's over the number of pixels. This divides after the
  // weights are rounded to float16, where they could become subnormal.
  auto const maps =
      write_weighted_maps(graph, jacobian, map, {classes(), plan_.layers.front().in_features, height_px, width_px});
  return {x, graph.scale(maps, 1.0F / float(height_px * width_px))};
}

std::int64_t Head::parameters() const {
  std::int64_t sum = 0;
  for (auto const& [linear, norm] : layers_) sum += parameter_count(*linear) + (norm ? parameter_count(*norm) : 0);
  return sum;
}

std::int64_t Head::multiply_adds() const {
  std::int64_t sum = 0;
  for (auto const& layer : layers_) sum += layer.linear->weight.numel();
  return sum;
}

}  // namespace nevus
