// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/layers.h"

namespace nevus {

/// Multi-head self-attention (Vaswani et al. 2017) of the pixels of a map to each other, behind a batch norm and with a
/// shortcut around it. The shape stays; memory grows with the square of the number of pixels.
class SelfAttention : public torch::nn::Module {
 public:
  SelfAttention(int channels, int heads);

  torch::Tensor forward(torch::Tensor const& input);
  void fold();  ///< moves the norm into the projections, rounded to float16
  std::string write(OnnxGraph& graph, std::string const& input, int height_px, int width_px) const;
  [[nodiscard]] std::int64_t multiply_adds(int height_px, int width_px) const;

 private:
  struct Folded {
    torch::Tensor weight, bias;
  };
  [[nodiscard]] Folded folded(torch::nn::Conv2d const& projection) const;

  int channels_;
  int heads_;
  torch::nn::BatchNorm2d norm_{nullptr};
  torch::nn::Conv2d query_{nullptr}, key_{nullptr}, value_{nullptr}, out_{nullptr};
};

}  // namespace nevus
