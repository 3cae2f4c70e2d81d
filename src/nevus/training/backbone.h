// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nevus/training/describe.h"
#include "nevus/training/residual_block.h"

namespace nevus {

/// Stem, blocks and last convolution of a network, registered in the network under the names of its plan. Input
/// [N,3,H,W], output [N,features,h,w].
class Backbone {
 public:
  Backbone(torch::nn::Module& owner, BackbonePlan plan, NetworkOptions const& options);

  /// `taps`, unless null, receives the maps behind the blocks whose indices are in `tapped`, which rise.
  torch::Tensor forward(torch::Tensor const& input, std::vector<int> const& tapped = {},
                        std::vector<torch::Tensor>* taps = nullptr);
  /// Puts the stem (from 0) and the first `blocks` blocks into evaluation mode without gradients; frees the others.
  void freeze(int blocks);
  void fold();
  /// Adds the backbone for an input of these sides, which become the output's. `taps` as in `forward`, with their
  /// sides.
  struct Tap {
    std::string value;
    int height_px, width_px;
  };
  std::string write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px,
                    std::vector<int> const& tapped = {}, std::vector<Tap>* taps = nullptr) const;
  /// The stages for an input of these sides, which become the output's.
  [[nodiscard]] std::vector<StageSize> describe(int& height_px, int& width_px) const;
  [[nodiscard]] int features() const { return plan_.features(); }

 private:
  BackbonePlan plan_;
  ConvNorm stem_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
  bool recompute_;
  std::optional<ConvNorm> last_;
};

}  // namespace nevus
