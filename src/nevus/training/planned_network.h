// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/backbone.h"
#include "nevus/training/heads.h"
#include "nevus/training/network.h"

namespace nevus {

/// Backbone, average over the pixels, head: every published network.
class PlannedNetwork : public Network {
 public:
  PlannedNetwork(NetworkPlan const& plan, NetworkOptions const& options);

  NetworkFeatures forward(torch::Tensor const& input) override;
  void train_with_frozen(int blocks) override;
  void fold_for_serving(std::vector<float> const& logit_shift) override;
  WrittenNetwork write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const override;
  [[nodiscard]] std::vector<StageSize> describe(int height_px, int width_px) const override;
  [[nodiscard]] std::vector<std::string> head_prefixes() const override { return {head_prefix_}; }

 private:
  Backbone backbone_;
  Head head_;
  std::string head_prefix_;
};

/// The results behind the map [N,features,height_px,width_px] that is averaged.
[[nodiscard]] WrittenNetwork write_results(OnnxGraph& graph, Head const& head, std::string const& last_map,
                                           int features, int height_px, int width_px);

}  // namespace nevus
