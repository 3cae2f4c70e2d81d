// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/layers.h"

namespace nevus {

/// Convolutional block attention (Woo et al. 2018): a map weighted first by channel, then by pixel. The shape stays.
class Cbam : public torch::nn::Module {
 public:
  explicit Cbam(int channels);

  torch::Tensor forward(torch::Tensor const& input);
  void fold();  ///< rounds to float16
  std::string write(OnnxGraph& graph, std::string const& input) const;
  [[nodiscard]] std::int64_t multiply_adds(int height_px, int width_px) const;

 private:
  torch::nn::Conv2d squeeze_{nullptr};
  torch::nn::Conv2d expand_{nullptr};
  torch::nn::Conv2d spatial_{nullptr};
};

}  // namespace nevus
