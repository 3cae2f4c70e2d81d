// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace at {
class Tensor;
}

namespace nevus {

class OnnxGraph;

enum class Activation { kNone, kRelu, kRelu6, kSilu, kHardSwish, kGelu, kSigmoid, kHardSigmoid };

/// kRelu and kRelu6 may work in place.
[[nodiscard]] at::Tensor activate(at::Tensor x, Activation activation);

/// Adds the activation of `in`; `in` itself for kNone.
[[nodiscard]] std::string write_activation(OnnxGraph& graph, std::string const& in, Activation activation);

/// Adds the activation's derivative at `in`, of the same shape. Of kHardSwish and kGelu alone, which heads use.
[[nodiscard]] std::string write_derivative(OnnxGraph& graph, std::string const& in, Activation activation);

}  // namespace nevus
