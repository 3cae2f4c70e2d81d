// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <vector>

namespace nevus::testing {

/// Grad-CAM before ReLU, [classes,h,w], as it is defined: by autograd.
inline torch::Tensor gradient_maps(torch::Tensor const& logits, torch::Tensor const& last_map) {
  std::vector<torch::Tensor> maps;
  for (std::int64_t c = 0; c < logits.size(1); ++c) {
    auto const gradient = torch::autograd::grad({logits[0][c]}, {last_map}, {}, true)[0];
    auto const weights = gradient.mean({2, 3}, true);
    maps.push_back((weights * last_map).sum(1)[0].detach());
  }
  return torch::stack(maps);
}

inline double correlation(torch::Tensor const& a, torch::Tensor const& b) {
  auto const x = a.flatten().to(torch::kFloat64) - a.mean().item<double>();
  auto const y = b.flatten().to(torch::kFloat64) - b.mean().item<double>();
  return ((x * y).sum() / (x.norm() * y.norm())).item<double>();
}

}  // namespace nevus::testing
