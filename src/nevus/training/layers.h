// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "nevus/training/onnx_graph.h"

namespace nevus {

/// Padding of TensorFlow's "same" convolution along one side: where the sum is odd, the larger half comes after (Tan
/// 2020).
struct SamePadding {
  int before;
  int after;
};
[[nodiscard]] SamePadding same_padding(std::int64_t input_px, int kernel_px, int stride);

/// Convolution without bias and batch norm, optionally ReLU6, with "same" padding. Owned by a block under the block's
/// own names, because the published weights name convolution and norm side by side.
class ConvNorm {
 public:
  struct Options {
    int in_channels, out_channels, kernel_px, stride = 1, groups = 1;
    bool relu6 = true;
  };
  ConvNorm() = default;
  /// Registers "<conv_name>" and "<norm_name>" in `owner`.
  ConvNorm(torch::nn::Module& owner, std::string const& conv_name, std::string const& norm_name, Options options);

  torch::Tensor forward(torch::Tensor const& input);
  void set_frozen(bool frozen);
  /// Moves the norm's scale and shift into the convolution, rounded to float16; the norm keeps only the shift.
  void fold();
  /// Adds the folded convolution for an input of these sides, which become the output's.
  std::string write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const;
  /// Multiply-adds for an input of these sides, which become the output's.
  [[nodiscard]] std::int64_t multiply_adds(int& height_px, int& width_px) const;
  [[nodiscard]] std::int64_t parameters() const;

 private:
  Options options_{};
  torch::nn::Conv2d conv_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

/// Rounds to the nearest float16 in place: bundles store weights so, and what is measured should be what is served.
void round_to_half(torch::Tensor& tensor);

/// A contiguous float32 copy of `tensor` for the ONNX writer.
[[nodiscard]] std::vector<float> to_floats(torch::Tensor const& tensor);

}  // namespace nevus
