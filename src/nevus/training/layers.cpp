// SPDX-License-Identifier: MIT
#include "nevus/training/layers.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <utility>

namespace nevus {
namespace F = torch::nn::functional;

SamePadding same_padding(std::int64_t input_px, int kernel_px, int stride) {
  auto const output_px = (input_px + stride - 1) / stride;
  auto const total = static_cast<int>(std::max<std::int64_t>((output_px - 1) * stride + kernel_px - input_px, 0));
  return {total / 2, total - total / 2};
}

ConvNorm::ConvNorm(torch::nn::Module& owner, ConvPlan plan) : plan_(std::move(plan)) {
  // Even padding is the convolution's own; "same" may be uneven at stride 2, and is then done before it.
  bool const own_padding = plan_.stride == 1 || plan_.padding == PaddingRule::kEven;
  conv_ = register_at(owner, plan_.conv,
                      torch::nn::Conv2d(torch::nn::Conv2dOptions(plan_.in_channels, plan_.out_channels, plan_.kernel_px)
                                            .stride(plan_.stride)
                                            .padding(own_padding ? plan_.kernel_px / 2 : 0)
                                            .groups(plan_.groups)
                                            .bias(false)));
  norm_ = register_at(owner, plan_.norm,
                      torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(plan_.out_channels)
                                                 .eps(plan_.norm_options.epsilon)
                                                 .momentum(plan_.norm_options.momentum)));
}

SamePadding ConvNorm::padding(std::int64_t input_px) const {
  if (plan_.padding == PaddingRule::kEven) return {plan_.kernel_px / 2, plan_.kernel_px / 2};
  return same_padding(input_px, plan_.kernel_px, plan_.stride);
}

torch::Tensor ConvNorm::forward(torch::Tensor const& input) {
  auto x = input;
  if (plan_.stride > 1 && plan_.padding == PaddingRule::kSame) {
    auto const rows = padding(x.size(2));
    auto const columns = padding(x.size(3));
    x = F::pad(x, F::PadFuncOptions({columns.before, columns.after, rows.before, rows.after}));
  }
  return activate(norm_(convolve(x)), plan_.activation);
}

torch::Tensor ConvNorm::convolve(torch::Tensor const& input) {
  // oneDNN computes two gradients of depthwise convolutions in bfloat16 without its fast kernels, up to 30 times slower
  // than in float32: that of the input where there is a stride, and that of the weights beyond 3x3. All else is faster.
  bool const is_slow_in_bfloat16 = plan_.groups > 1 && (plan_.stride > 1 || plan_.kernel_px > 3);
  if (!is_slow_in_bfloat16 || !input.is_cpu() || !at::autocast::is_autocast_enabled(at::kCPU)) return conv_(input);
  c10::impl::ExcludeDispatchKeyGuard const in_float32(c10::DispatchKey::AutocastCPU);
  return conv_(input.to(torch::kFloat32)).to(at::autocast::get_autocast_dtype(at::kCPU));
}

void ConvNorm::set_frozen(bool frozen) {
  norm_->train(!frozen);
  for (auto parameter : {conv_->weight, norm_->weight, norm_->bias}) parameter.requires_grad_(!frozen);
}

void ConvNorm::fold() {
  torch::NoGradGuard const no_grad;
  double const epsilon = plan_.norm_options.epsilon;
  auto const scale = norm_->weight / (norm_->running_var + epsilon).sqrt();
  conv_->weight.mul_(scale.view({-1, 1, 1, 1}));
  norm_->bias.sub_(norm_->running_mean * scale);
  norm_->weight.fill_(1);
  norm_->running_mean.zero_();
  norm_->running_var.fill_(1 - epsilon);
  plan_.stored_in_bytes ? round_to_bytes(conv_->weight) : round_to_half(conv_->weight);
  round_to_half(norm_->bias);
}

std::string ConvNorm::write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const {
  torch::NoGradGuard const no_grad;
  auto const scale = norm_->weight / (norm_->running_var + plan_.norm_options.epsilon).sqrt();
  auto const weights = conv_->weight * scale.view({-1, 1, 1, 1});
  auto const bias = norm_->bias - norm_->running_mean * scale;
  auto const rows = padding(height_px);
  auto const columns = padding(width_px);
  auto const output =
      graph.conv(input, to_floats(weights), {weights.size(0), weights.size(1), weights.size(2), weights.size(3)},
                 to_floats(bias), plan_.stride, {rows.before, columns.before, rows.after, columns.after}, plan_.groups,
                 plan_.stored_in_bytes ? OnnxGraph::Storage::kBytes : OnnxGraph::Storage::kHalf);
  height_px = (height_px + plan_.stride - 1) / plan_.stride;
  width_px = (width_px + plan_.stride - 1) / plan_.stride;
  return write_activation(graph, output, plan_.activation);
}

std::int64_t ConvNorm::multiply_adds(int& height_px, int& width_px) const {
  height_px = (height_px + plan_.stride - 1) / plan_.stride;
  width_px = (width_px + plan_.stride - 1) / plan_.stride;
  return conv_->weight.numel() * height_px * width_px;
}

std::int64_t ConvNorm::parameters() const { return conv_->weight.numel() + 2 * norm_->weight.numel(); }

SqueezeExcite::SqueezeExcite(torch::nn::Module& owner, SqueezePlan plan) : plan_(std::move(plan)) {
  using Options = torch::nn::Conv2dOptions;
  fc1_ = register_at(owner, plan_.name + ".fc1", torch::nn::Conv2d(Options(plan_.channels, plan_.squeezed, 1)));
  fc2_ = register_at(owner, plan_.name + ".fc2", torch::nn::Conv2d(Options(plan_.squeezed, plan_.channels, 1)));
}

torch::Tensor SqueezeExcite::forward(torch::Tensor const& input) {
  auto const squeezed = activate(fc1_(input.mean({2, 3}, true)), plan_.activation);
  return input * activate(fc2_(squeezed), plan_.gate);
}

void SqueezeExcite::fold() {
  for (auto const& layer : {fc1_, fc2_}) {
    round_to_half(layer->weight);
    round_to_half(layer->bias);
  }
}

std::string SqueezeExcite::write(OnnxGraph& graph, std::string const& input) const {
  auto x = write_pointwise(graph, graph.mean(input, {2, 3}), fc1_->weight, fc1_->bias);
  x = write_pointwise(graph, write_activation(graph, x, plan_.activation), fc2_->weight, fc2_->bias);
  return graph.multiply(input, write_activation(graph, x, plan_.gate));
}

std::int64_t SqueezeExcite::multiply_adds() const { return fc1_->weight.numel() + fc2_->weight.numel(); }

std::string write_pointwise(OnnxGraph& graph, std::string const& input, torch::Tensor const& weight,
                            torch::Tensor const& bias) {
  return graph.conv(input, to_floats(weight), {weight.size(0), weight.size(1), 1, 1}, to_floats(bias), 1, {}, 1);
}

std::int64_t parameter_count(torch::nn::Module const& module) {
  std::int64_t sum = 0;
  for (auto const& parameter : module.parameters()) sum += parameter.numel();
  return sum;
}

void round_to_half(torch::Tensor tensor) {
  torch::NoGradGuard const no_grad;
  tensor.copy_(tensor.to(torch::kHalf).to(torch::kFloat32));
}

void round_to_bytes(torch::Tensor tensor) {
  torch::NoGradGuard const no_grad;
  constexpr double kLargest = 127;
  constexpr double kLeast = 1e-30;  // a channel of zeros stays one
  auto const scale = (tensor.abs().amax({1, 2, 3}, true) / kLargest).clamp_min(kLeast);
  tensor.copy_((tensor / scale).round() * scale);
}

std::vector<float> to_floats(torch::Tensor const& tensor) {
  auto const plain = tensor.detach().to(torch::kFloat32).contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

}  // namespace nevus
