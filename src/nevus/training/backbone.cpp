// SPDX-License-Identifier: MIT
#include "nevus/training/backbone.h"

#include <algorithm>
#include <utility>

#include "nevus/training/activation_checkpoint.h"

namespace nevus {
namespace {

// ResNet's pooling behind the stem (He et al. 2016).
constexpr int kPoolPx = 3;
constexpr int kPoolStride = 2;

bool contains(std::vector<int> const& sorted, std::size_t index) {
  return std::ranges::binary_search(sorted, int(index));
}

}  // namespace

Backbone::Backbone(torch::nn::Module& owner, BackbonePlan plan, NetworkOptions const& options)
    : plan_(std::move(plan)), stem_(owner, plan_.stem), recompute_(options.recompute_activations) {
  for (auto const& block : plan_.blocks) {
    blocks_.push_back(register_at(owner, block.name, std::make_shared<ResidualBlock>(block)));
    blocks_.back()->set_skip_prob(options.stochastic_depth * double(blocks_.size() - 1) /
                                  double(plan_.blocks.size() - 1));
  }
  if (plan_.last) last_.emplace(owner, *plan_.last);
}

torch::Tensor Backbone::forward(torch::Tensor const& input, std::vector<int> const& tapped,
                                std::vector<torch::Tensor>* taps) {
  auto x = stem_.forward(input);
  if (plan_.pool_after_stem) x = torch::max_pool2d(x, kPoolPx, kPoolStride, kPoolPx / 2);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    auto const forward = [&block = *blocks_[i]](torch::Tensor const& map) { return block.forward(map); };
    x = recompute_ ? training::recomputed(*blocks_[i], x, forward) : forward(x);
    if (taps != nullptr && contains(tapped, i)) taps->push_back(x);
  }
  return last_ ? last_->forward(x) : x;
}

void Backbone::freeze(int blocks) {
  stem_.set_frozen(blocks >= 0);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    bool const frozen = int(i) < blocks;
    blocks_[i]->train(!frozen);
    for (auto& parameter : blocks_[i]->parameters()) parameter.requires_grad_(!frozen);
  }
}

void Backbone::fold() {
  stem_.fold();
  for (auto const& block : blocks_) block->fold();
  if (last_) last_->fold();
}

std::string Backbone::write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px,
                            std::vector<int> const& tapped, std::vector<Tap>* taps) const {
  auto x = stem_.write(graph, input, height_px, width_px);
  if (plan_.pool_after_stem) {
    constexpr int kPadding = kPoolPx / 2;
    x = graph.max_pool(x, kPoolPx, kPoolStride, {kPadding, kPadding, kPadding, kPadding});
    height_px = (height_px + kPoolStride - 1) / kPoolStride;
    width_px = (width_px + kPoolStride - 1) / kPoolStride;
  }
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->write(graph, x, height_px, width_px);
    if (taps != nullptr && contains(tapped, i)) taps->push_back({x, height_px, width_px});
  }
  return last_ ? last_->write(graph, x, height_px, width_px) : x;
}

std::vector<StageSize> Backbone::describe(int& height_px, int& width_px) const {
  std::vector<StageSize> stages;
  auto add = [&](std::string name, int channels, std::int64_t parameters, std::int64_t multiply_adds) {
    stages.push_back({std::move(name), {channels, height_px, width_px}, parameters, multiply_adds});
  };
  auto const stem = stem_.multiply_adds(height_px, width_px);
  if (plan_.pool_after_stem) {
    height_px = (height_px + kPoolStride - 1) / kPoolStride;
    width_px = (width_px + kPoolStride - 1) / kPoolStride;
  }
  add("stem", plan_.stem.out_channels, stem_.parameters(), stem);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    auto const multiply_adds = blocks_[i]->multiply_adds(height_px, width_px);
    add("block " + std::to_string(i), blocks_[i]->out_channels(), parameter_count(*blocks_[i]), multiply_adds);
  }
  if (last_) {
    auto const last = last_->multiply_adds(height_px, width_px);
    add("head", features(), last_->parameters(), last);
  }
  return stages;
}

}  // namespace nevus
