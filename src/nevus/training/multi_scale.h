// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "nevus/training/backbone.h"

namespace nevus {

/// Brings maps of several scales (taps) to the last map's sides and adds what they say together to the last map: each
/// tap is projected and averaged over windows, and a 3x3 convolution fuses them. The last map's shape stays.
class MultiScale : public torch::nn::Module {
 public:
  struct TapShape {
    int channels;
    int window_px;  ///< pixels of the tap to one of the last map, along each side
  };
  struct Options {
    std::vector<TapShape> taps;
    int projected_channels;  ///< of each tap
    int channels;            ///< of the last map
  };
  explicit MultiScale(Options const& options);

  torch::Tensor forward(torch::Tensor const& last, std::vector<torch::Tensor> const& taps);
  void fold();
  std::string write(OnnxGraph& graph, std::string const& last, std::vector<Backbone::Tap> const& taps, int height_px,
                    int width_px) const;
  [[nodiscard]] std::int64_t multiply_adds(int height_px, int width_px, std::vector<Backbone::Tap> const& taps) const;

 private:
  std::vector<int> windows_px_;
  std::vector<ConvNorm> projections_;
  ConvNorm fuse_;
};

}  // namespace nevus
