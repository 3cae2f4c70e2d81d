// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/training/network_plan.h"

namespace nevus {

/// What all convolutions of a network have in common.
struct Habits {
  Activation activation = Activation::kSilu;
  PaddingRule padding = PaddingRule::kEven;
  NormPlan norm;

  [[nodiscard]] ConvPlan conv(std::string const& conv_name, std::string const& norm_name, int in, int out,
                              int kernel_px = 1, int stride = 1, int groups = 1) const {
    return {conv_name, norm_name, in, out, kernel_px, stride, groups, activation, padding, norm};
  }
  /// torchvision's names: convolution and norm are the parts 0 and 1 of `name`.
  [[nodiscard]] ConvPlan conv(std::string const& name, int in, int out, int kernel_px = 1, int stride = 1,
                              int groups = 1) const {
    return conv(name + ".0", name + ".1", in, out, kernel_px, stride, groups);
  }
};

inline ConvPlan linear(ConvPlan plan) {
  plan.activation = Activation::kNone;
  return plan;
}

/// Dropout and one linear layer.
inline HeadPlan linear_head(std::string const& name, int features, NetworkOptions const& options) {
  return {.dropout = options.dropout,
          .layers = {{.linear = name, .norm = "", .in_features = features, .out_features = options.classes}}};
}

}  // namespace nevus
