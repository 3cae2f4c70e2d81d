// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "nevus/training/layers.h"

namespace nevus {

/// Convolutions with a shortcut around them: the blocks of EfficientNet, MobileNet and ResNet; see BlockPlan.
class ResidualBlock : public torch::nn::Module {
 public:
  explicit ResidualBlock(BlockPlan plan);

  torch::Tensor forward(torch::Tensor const& input);
  void fold();
  std::string write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const;
  [[nodiscard]] std::int64_t multiply_adds(int& height_px, int& width_px) const;
  [[nodiscard]] int out_channels() const { return plan_.convs.back().out_channels; }
  /// In training, of a photo's passing by on the shortcut alone.
  void set_skip_prob(double skip_prob) { skip_prob_ = skip_prob; }

 private:
  [[nodiscard]] bool squeezes_before(std::size_t conv) const { return squeeze_ && conv + 1 == convs_.size(); }

  BlockPlan plan_;
  bool has_shortcut_ = false;
  double skip_prob_ = 0;
  std::vector<ConvNorm> convs_;
  std::optional<SqueezeExcite> squeeze_;
  std::optional<ConvNorm> projection_;
};

}  // namespace nevus
