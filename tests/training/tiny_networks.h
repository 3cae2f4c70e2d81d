// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include "nevus/training/networks.h"

namespace nevus::testing {

/// A linear network without batch norm: its gradient is the mean over photos, whatever the batches.
class LinearNetwork : public Network {
 public:
  explicit LinearNetwork(int side_px) {
    fc_ = register_module("fc", torch::nn::Linear(3 * side_px * side_px, std::int64_t(kLesionClassCount)));
  }
  NetworkFeatures forward(torch::Tensor const& input) override { return {fc_(input.flatten(1)), input, {}}; }
  void train_with_frozen(int /*blocks*/) override { train(); }
  void fold_for_serving(std::vector<float> const& /*logit_shift*/) override {}
  WrittenNetwork write(OnnxGraph& /*graph*/, std::string const& /*image*/, int /*height_px*/,
                       int /*width_px*/) const override {
    return {};
  }
  [[nodiscard]] std::vector<StageSize> describe(int /*height_px*/, int /*width_px*/) const override { return {}; }
  [[nodiscard]] std::vector<std::string> head_prefixes() const override { return {}; }

 private:
  torch::nn::Linear fc_{nullptr};
};

}  // namespace nevus::testing
