// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "nevus/training/layers.h"
#include "nevus/training/networks.h"

namespace nevus {

/// Expansion, depthwise convolution, projection, with a shortcut where the shape allows (Sandler et al. 2018), without
/// squeeze-excite.
class InvertedResidual : public torch::nn::Module {
 public:
  struct Options {
    int in_channels, out_channels, kernel_px, stride, expansion;
  };
  explicit InvertedResidual(Options options);

  torch::Tensor forward(torch::Tensor const& input);
  void fold();
  std::string write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const;
  [[nodiscard]] std::int64_t multiply_adds(int& height_px, int& width_px) const;
  [[nodiscard]] std::int64_t parameter_count() const;
  [[nodiscard]] int out_channels() const { return options_.out_channels; }
  /// In training, of a photo's passing by on the shortcut alone.
  void set_skip_prob(double skip_prob) { skip_prob_ = skip_prob; }

 private:
  Options options_;
  double skip_prob_ = 0;
  ConvNorm expand_;
  ConvNorm depthwise_;
  ConvNorm project_;
};

/// EfficientNet-Lite (Tan 2020): EfficientNet without squeeze-excite, ReLU6 for swish, stem and head not widened. Names
/// are those of the published PyTorch weights.
class EfficientNetLite : public Network {
 public:
  struct Scale {
    double width = 1.0;
    double depth = 1.0;
  };
  EfficientNetLite(Scale scale, NetworkOptions const& options);

  NetworkFeatures forward(torch::Tensor const& input) override;
  void train_with_frozen(int blocks) override;
  void fold_for_serving(std::vector<float> const& logit_shift) override;
  void write(OnnxGraph& graph, int height_px, int width_px) const override;
  [[nodiscard]] std::vector<StageSize> describe(int height_px, int width_px) const override;
  [[nodiscard]] std::vector<torch::Tensor> head_parameters() const override { return fc_->parameters(); }

 private:
  ConvNorm stem_;
  std::vector<std::shared_ptr<InvertedResidual>> blocks_;
  ConvNorm head_;
  torch::nn::Dropout dropout_{nullptr};
  torch::nn::Linear fc_{nullptr};
};

}  // namespace nevus
