// SPDX-License-Identifier: MIT
#include "nevus/training/residual_block.h"

#include <algorithm>
#include <utility>

namespace nevus {

ResidualBlock::ResidualBlock(BlockPlan plan) : plan_(std::move(plan)) {
  for (std::size_t i = 0; i < plan_.convs.size(); ++i) {
    if (plan_.squeeze && i + 1 == plan_.convs.size()) squeeze_.emplace(*this, *plan_.squeeze);
    convs_.emplace_back(*this, plan_.convs[i]);
  }
  if (plan_.projection) projection_.emplace(*this, *plan_.projection);
  bool const same_sides = std::ranges::all_of(plan_.convs, [](ConvPlan const& conv) { return conv.stride == 1; });
  bool const same_shape = same_sides && plan_.convs.front().in_channels == plan_.convs.back().out_channels;
  has_shortcut_ = projection_ || same_shape;
}

torch::Tensor ResidualBlock::forward(torch::Tensor const& input) {
  auto x = input;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    if (squeezes_before(i)) x = squeeze_->forward(x);
    x = convs_[i].forward(x);
  }
  if (!has_shortcut_) return x;
  if (is_training() && skip_prob_ > 0) {
    auto const kept = torch::rand({x.size(0), 1, 1, 1}, x.device()).ge(skip_prob_).to(x.scalar_type());
    x = x * (kept / (1 - skip_prob_));
  }
  return activate(x + (projection_ ? projection_->forward(input) : input), plan_.after);
}

void ResidualBlock::fold() {
  for (auto& conv : convs_) conv.fold();
  if (squeeze_) squeeze_->fold();
  if (projection_) projection_->fold();
}

std::string ResidualBlock::write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const {
  auto x = input;
  int shortcut_height_px = height_px;
  int shortcut_width_px = width_px;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    if (squeezes_before(i)) x = squeeze_->write(graph, x);
    x = convs_[i].write(graph, x, height_px, width_px);
  }
  if (!has_shortcut_) return x;
  auto const shortcut = projection_ ? projection_->write(graph, input, shortcut_height_px, shortcut_width_px) : input;
  return write_activation(graph, graph.add(x, shortcut), plan_.after);
}

std::int64_t ResidualBlock::multiply_adds(int& height_px, int& width_px) const {
  int shortcut_height_px = height_px;
  int shortcut_width_px = width_px;
  std::int64_t sum = projection_ ? projection_->multiply_adds(shortcut_height_px, shortcut_width_px) : 0;
  for (auto const& conv : convs_) sum += conv.multiply_adds(height_px, width_px);
  return sum + (squeeze_ ? squeeze_->multiply_adds() : 0);
}

}  // namespace nevus
