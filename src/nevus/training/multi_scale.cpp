// SPDX-License-Identifier: MIT
#include "nevus/training/multi_scale.h"

namespace nevus {
namespace {

constexpr int kFusePx = 3;

ConvPlan plan(std::string const& name, int in, int out, int kernel_px) {
  return {.conv = name + ".conv",
          .norm = name + ".norm",
          .in_channels = in,
          .out_channels = out,
          .kernel_px = kernel_px,
          .activation = Activation::kGelu,
          .norm_options = {}};
}

}  // namespace

MultiScale::MultiScale(Options const& options) {
  for (auto const& tap : options.taps) {
    auto const name = "project" + std::to_string(projections_.size());
    projections_.emplace_back(*this, plan(name, tap.channels, options.projected_channels, 1));
    windows_px_.push_back(tap.window_px);
  }
  int const together = int(options.taps.size()) * options.projected_channels;
  fuse_ = ConvNorm(*this, plan("fuse", together, options.channels, kFusePx));
}

torch::Tensor MultiScale::forward(torch::Tensor const& last, std::vector<torch::Tensor> const& taps) {
  std::vector<torch::Tensor> projected;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    auto const window = windows_px_[i];
    constexpr bool kRoundUp = true;  // the last window may be smaller
    projected.push_back(torch::avg_pool2d(projections_[i].forward(taps[i]), window, window, 0, kRoundUp));
  }
  return last + fuse_.forward(torch::cat(projected, 1));
}

void MultiScale::fold() {
  for (auto& projection : projections_) projection.fold();
  fuse_.fold();
}

std::string MultiScale::write(OnnxGraph& graph, std::string const& last, std::vector<Backbone::Tap> const& taps,
                              int height_px, int width_px) const {
  std::vector<std::string> projected;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    auto [value, tap_height_px, tap_width_px] = taps[i];
    value = projections_[i].write(graph, value, tap_height_px, tap_width_px);
    int const window = windows_px_[i];
    OnnxGraph::Padding const rest{.bottom = window * height_px - tap_height_px,
                                  .right = window * width_px - tap_width_px};
    projected.push_back(graph.average_pool(value, window, rest));
  }
  return graph.add(last, fuse_.write(graph, graph.concat(projected, 1), height_px, width_px));
}

std::int64_t MultiScale::multiply_adds(int height_px, int width_px, std::vector<Backbone::Tap> const& taps) const {
  std::int64_t sum = fuse_.multiply_adds(height_px, width_px);
  for (std::size_t i = 0; i < taps.size(); ++i) {
    int tap_height_px = taps[i].height_px;
    int tap_width_px = taps[i].width_px;
    sum += projections_[i].multiply_adds(tap_height_px, tap_width_px);
  }
  return sum;
}

}  // namespace nevus
