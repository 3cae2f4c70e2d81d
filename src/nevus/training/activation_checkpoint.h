// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <functional>

namespace nevus::training {

/// forward(input), of which only `input` is kept: the backward pass computes the rest again (Chen et al. 2016), with
/// the same random numbers and arithmetic, and leaves the batch statistics of `block`'s norms as the first pass left
/// them. The gradients are those of plain `forward`. Where no gradient is wanted it is plain `forward`.
[[nodiscard]] torch::Tensor recomputed(torch::nn::Module& block, torch::Tensor const& input,
                                       std::function<torch::Tensor(torch::Tensor const&)> forward);

}  // namespace nevus::training
