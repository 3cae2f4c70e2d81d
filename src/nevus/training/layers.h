// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "nevus/training/network_plan.h"
#include "nevus/training/onnx_graph.h"

namespace nevus {

/// Padding of TensorFlow's "same" convolution along one side: where the sum is odd, the larger half comes after (Tan
/// 2020).
struct SamePadding {
  int before;
  int after;
};
[[nodiscard]] SamePadding same_padding(std::int64_t input_px, int kernel_px, int stride);

/// Registers `module` in `owner` under a name with dots; the modules between are made as needed.
template <typename Holder>
Holder register_at(torch::nn::Module& owner, std::string const& name, Holder const& module) {
  auto const dot = name.find('.');
  if (dot == std::string::npos) {
    owner.register_module(name, module);
    return module;
  }
  auto const first = name.substr(0, dot);
  auto const children = owner.named_children();
  auto const* found = children.find(first);
  auto const inner = found != nullptr ? *found : owner.register_module(first, std::make_shared<torch::nn::Module>());
  return register_at(*inner, name.substr(dot + 1), module);
}

/// Convolution without bias, batch norm and activation. Owned by a block under the block's own names, because published
/// weights name convolution and norm side by side.
class ConvNorm {
 public:
  ConvNorm() = default;
  ConvNorm(torch::nn::Module& owner, ConvPlan plan);

  torch::Tensor forward(torch::Tensor const& input);
  void set_frozen(bool frozen);
  /// Moves the norm's scale and shift into the convolution, rounded to what is stored; the norm keeps only the shift.
  void fold();
  /// Adds the folded convolution for an input of these sides, which become the output's.
  std::string write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const;
  /// Multiply-adds for an input of these sides, which become the output's.
  [[nodiscard]] std::int64_t multiply_adds(int& height_px, int& width_px) const;
  [[nodiscard]] std::int64_t parameters() const;
  [[nodiscard]] ConvPlan const& plan() const { return plan_; }

 private:
  [[nodiscard]] SamePadding padding(std::int64_t input_px) const;
  /// The convolution in the precision of the moment, or in float32 where bfloat16 is slow.
  torch::Tensor convolve(torch::Tensor const& input);

  ConvPlan plan_;
  torch::nn::Conv2d conv_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

/// Weighs the channels of a map by what the whole map shows; see SqueezePlan.
class SqueezeExcite {
 public:
  SqueezeExcite() = default;
  SqueezeExcite(torch::nn::Module& owner, SqueezePlan plan);

  torch::Tensor forward(torch::Tensor const& input);
  void fold();  ///< rounds to float16
  std::string write(OnnxGraph& graph, std::string const& input) const;
  [[nodiscard]] std::int64_t multiply_adds() const;

 private:
  SqueezePlan plan_;
  torch::nn::Conv2d fc1_{nullptr};
  torch::nn::Conv2d fc2_{nullptr};
};

/// Adds a 1x1 convolution with bias.
[[nodiscard]] std::string write_pointwise(OnnxGraph& graph, std::string const& input, torch::Tensor const& weight,
                                          torch::Tensor const& bias);

[[nodiscard]] std::int64_t parameter_count(torch::nn::Module const& module);

/// Rounds to the nearest float16 in place: bundles store weights so, and what is measured should be what is served.
void round_to_half(torch::Tensor tensor);
/// To 255 levels for each output channel (the first dimension), as OnnxGraph stores them in bytes.
void round_to_bytes(torch::Tensor tensor);

/// A contiguous float32 copy of `tensor` for the ONNX writer.
[[nodiscard]] std::vector<float> to_floats(torch::Tensor const& tensor);

}  // namespace nevus
