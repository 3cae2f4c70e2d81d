// SPDX-License-Identifier: MIT
#include "nevus/training/layers.h"

#include <algorithm>

namespace nevus {
namespace F = torch::nn::functional;
namespace {
constexpr double kNormEpsilon = 1e-3;  // as the published Lite networks were trained
}  // namespace

SamePadding same_padding(std::int64_t input_px, int kernel_px, int stride) {
  auto const output_px = (input_px + stride - 1) / stride;
  auto const total = static_cast<int>(std::max<std::int64_t>((output_px - 1) * stride + kernel_px - input_px, 0));
  return {total / 2, total - total / 2};
}

ConvNorm::ConvNorm(torch::nn::Module& owner, std::string const& conv_name, std::string const& norm_name,
                   Options options)
    : options_(options) {
  // Stride 1 pads evenly, which the convolution does itself; stride 2 may not, and is padded before.
  int const own_padding = options.stride == 1 ? options.kernel_px / 2 : 0;
  conv_ = owner.register_module(
      conv_name,
      torch::nn::Conv2d(torch::nn::Conv2dOptions(options.in_channels, options.out_channels, options.kernel_px)
                            .stride(options.stride)
                            .padding(own_padding)
                            .groups(options.groups)
                            .bias(false)));
  norm_ = owner.register_module(
      norm_name, torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(options.out_channels).eps(kNormEpsilon)));
}

torch::Tensor ConvNorm::forward(torch::Tensor const& input) {
  auto x = input;
  if (options_.stride > 1) {
    auto const rows = same_padding(x.size(2), options_.kernel_px, options_.stride);
    auto const columns = same_padding(x.size(3), options_.kernel_px, options_.stride);
    x = F::pad(x, F::PadFuncOptions({columns.before, columns.after, rows.before, rows.after}));
  }
  x = norm_(conv_(x));
  return options_.relu6 ? torch::hardtanh_(x, 0, 6) : x;
}

void ConvNorm::set_frozen(bool frozen) {
  norm_->train(!frozen);
  for (auto parameter : {conv_->weight, norm_->weight, norm_->bias}) parameter.requires_grad_(!frozen);
}

void ConvNorm::fold() {
  torch::NoGradGuard const no_grad;
  auto const scale = norm_->weight / (norm_->running_var + kNormEpsilon).sqrt();
  conv_->weight.mul_(scale.view({-1, 1, 1, 1}));
  norm_->bias.sub_(norm_->running_mean * scale);
  norm_->weight.fill_(1);
  norm_->running_mean.zero_();
  norm_->running_var.fill_(1 - kNormEpsilon);
  round_to_half(conv_->weight);
  round_to_half(norm_->bias);
}

std::string ConvNorm::write(OnnxGraph& graph, std::string const& input, int& height_px, int& width_px) const {
  torch::NoGradGuard const no_grad;
  auto const scale = norm_->weight / (norm_->running_var + kNormEpsilon).sqrt();
  auto const weights = conv_->weight * scale.view({-1, 1, 1, 1});
  auto const bias = norm_->bias - norm_->running_mean * scale;
  auto const rows = same_padding(height_px, options_.kernel_px, options_.stride);
  auto const columns = same_padding(width_px, options_.kernel_px, options_.stride);
  auto output = graph.conv(input, to_floats(weights),
                           {weights.size(0), weights.size(1), weights.size(2), weights.size(3)}, to_floats(bias),
                           options_.stride, {rows.before, columns.before, rows.after, columns.after}, options_.groups);
  height_px = (height_px + options_.stride - 1) / options_.stride;
  width_px = (width_px + options_.stride - 1) / options_.stride;
  return options_.relu6 ? graph.clip(output, 0, 6) : output;
}

std::int64_t ConvNorm::multiply_adds(int& height_px, int& width_px) const {
  height_px = (height_px + options_.stride - 1) / options_.stride;
  width_px = (width_px + options_.stride - 1) / options_.stride;
  return conv_->weight.numel() * height_px * width_px;
}

std::int64_t ConvNorm::parameters() const { return conv_->weight.numel() + 2 * norm_->weight.numel(); }

void round_to_half(torch::Tensor& tensor) {
  torch::NoGradGuard const no_grad;
  tensor.copy_(tensor.to(torch::kHalf).to(torch::kFloat32));
}

std::vector<float> to_floats(torch::Tensor const& tensor) {
  auto const plain = tensor.detach().to(torch::kFloat32).contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

}  // namespace nevus
