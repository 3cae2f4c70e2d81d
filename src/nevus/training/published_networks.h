// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/training/network_plan.h"

namespace nevus {

/// EfficientNet-Lite (Tan 2020): EfficientNet without squeeze-excite, ReLU6 for swish, stem and head not widened,
/// "same" padding. Names of github.com/RangiLyu/EfficientNet-Lite.
[[nodiscard]] NetworkPlan efficientnet_lite_plan(double width, double depth, NetworkOptions const& options);

/// EfficientNet (Tan and Le 2019). Names and padding of torchvision.
[[nodiscard]] NetworkPlan efficientnet_plan(double width, double depth, NetworkOptions const& options);
/// EfficientNet-B4 as trained in TensorFlow ("same" padding, norms with 1e-3), without its last block, which published
/// weights lack; names of torchvision.
[[nodiscard]] NetworkPlan efficientnet_b4_short_plan(NetworkOptions const& options);

/// EfficientNetV2 (Tan and Le 2021). Names of torchvision.
enum class EfficientNetV2Size { kS, kM };
[[nodiscard]] NetworkPlan efficientnet_v2_plan(EfficientNetV2Size size, NetworkOptions const& options);

/// MobileNetV2 (Sandler et al. 2018). Names of torchvision. kExpanded: the first block expands too, by one, as in
/// GluonCV's weights.
enum class FirstBlock { kPlain, kExpanded };
[[nodiscard]] NetworkPlan mobilenet_v2_plan(FirstBlock first_block, NetworkOptions const& options);
/// MobileNetV3-Large (Howard et al. 2019). Names of torchvision.
[[nodiscard]] NetworkPlan mobilenet_v3_large_plan(NetworkOptions const& options);

/// ResNet (He et al. 2016), the stride of a bottleneck in its 3x3 convolution. Names of torchvision.
enum class ResNetDepth { k18, k50 };
[[nodiscard]] NetworkPlan resnet_plan(ResNetDepth depth, NetworkOptions const& options);

/// Rounds to a multiple of 8, losing at most a tenth: how all MobileNets and EfficientNets are widened.
[[nodiscard]] int rounded_channels(double channels);

}  // namespace nevus
