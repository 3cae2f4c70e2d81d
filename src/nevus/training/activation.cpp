// SPDX-License-Identifier: MIT
#include "nevus/training/activation.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "nevus/training/onnx_graph.h"

namespace nevus {
namespace {

using Unary = OnnxGraph::Unary;

constexpr float kInverseRootTwo = static_cast<float>(std::numbers::sqrt2 / 2);

/// The normal distribution's cumulative function, GELU's gate (Hendrycks and Gimpel 2016).
std::string write_normal_cdf(OnnxGraph& graph, std::string const& in) {
  auto const erf = graph.unary(Unary::kErf, graph.scale(in, kInverseRootTwo));
  return graph.scale(graph.shift(erf, 1), 0.5F);
}

std::string write_normal_density(OnnxGraph& graph, std::string const& in) {
  auto const exponent = graph.scale(graph.multiply(in, in), -0.5F);
  auto const scale = static_cast<float>(std::numbers::inv_sqrtpi * std::numbers::sqrt2 / 2);
  return graph.scale(graph.unary(Unary::kExp, exponent), scale);
}

}  // namespace

torch::Tensor activate(torch::Tensor x, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return torch::relu_(x);
    case Activation::kRelu6:
      return torch::hardtanh_(x, 0, 6);
    case Activation::kSilu:
      return torch::silu(x);
    case Activation::kHardSwish:
      return torch::hardswish(x);
    case Activation::kGelu:
      return torch::gelu(x);
    case Activation::kSigmoid:
      return torch::sigmoid(x);
    case Activation::kHardSigmoid:
      return torch::hardsigmoid(x);
  }
  throw std::logic_error("activate: unknown activation");
}

std::string write_activation(OnnxGraph& graph, std::string const& in, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return in;
    case Activation::kRelu:
      return graph.unary(Unary::kRelu, in);
    case Activation::kRelu6:
      return graph.clip(in, 0, 6);
    case Activation::kSilu:
      return graph.multiply(in, graph.unary(Unary::kSigmoid, in));
    case Activation::kHardSwish:
      return graph.unary(Unary::kHardSwish, in);
    case Activation::kGelu:
      return graph.multiply(in, write_normal_cdf(graph, in));
    case Activation::kSigmoid:
      return graph.unary(Unary::kSigmoid, in);
    case Activation::kHardSigmoid:
      return graph.unary(Unary::kHardSigmoid, in);
  }
  throw std::logic_error("write_activation: unknown activation");
}

std::string write_derivative(OnnxGraph& graph, std::string const& in, Activation activation) {
  switch (activation) {
    case Activation::kHardSwish: {  // x h(x), where h has the slope 1/6 between -3 and 3
      auto const slope = graph.scale(graph.below(graph.unary(Unary::kAbs, in), 3), 1.0F / 6);
      return graph.add(graph.unary(Unary::kHardSigmoid, in), graph.multiply(in, slope));
    }
    case Activation::kGelu:
      return graph.add(write_normal_cdf(graph, in), graph.multiply(in, write_normal_density(graph, in)));
    default:
      throw std::logic_error("write_derivative: an activation that no head uses");
  }
}

}  // namespace nevus
