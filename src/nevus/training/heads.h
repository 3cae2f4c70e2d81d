// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "nevus/training/layers.h"

namespace nevus {

/// Linear layers that turn a network's embedding [N,D] into logits; see HeadPlan. Registered in the network under the
/// names of the plan, and in training mode when the network is.
class Head {
 public:
  Head(torch::nn::Module& owner, HeadPlan plan);

  torch::Tensor forward(torch::Tensor const& embedding);
  /// Moves norms into their linear layers, adds `logit_shift` to the last bias and rounds to float16.
  void fold(std::vector<float> const& logit_shift);

  /// Adds the logits, and for the map [N,D,h,w] whose average over pixels `embedding` is the class maps of Grad-CAM
  /// before ReLU (Selvaraju et al. 2017): each channel weighted by the mean gradient of the class's logit over the map.
  struct Outputs {
    std::string logits;      ///< [N,classes]
    std::string class_maps;  ///< [N,classes,h,w]
  };
  Outputs write(OnnxGraph& graph, std::string const& embedding, std::string const& map, int height_px,
                int width_px) const;

  [[nodiscard]] std::int64_t parameters() const;
  [[nodiscard]] std::int64_t multiply_adds() const;
  [[nodiscard]] std::int64_t classes() const { return layers_.back().linear->weight.size(0); }

 private:
  struct Layer {
    torch::nn::Linear linear{nullptr};
    torch::nn::BatchNorm1d norm{nullptr};
  };
  /// Weight and bias of a layer with its norm inside.
  struct Folded {
    torch::Tensor weight, bias;
  };
  [[nodiscard]] Folded folded(std::size_t layer) const;

  torch::nn::Module const* owner_;
  HeadPlan plan_;
  std::vector<Layer> layers_;
};

}  // namespace nevus
