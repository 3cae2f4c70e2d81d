// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nevus/training/state_dict.h"

namespace nevus::training {

/// timm 1.x's name (github.com/huggingface/pytorch-image-models) for each of a network's own names, for EfficientNet
/// and EfficientNetV2 under torchvision's names; empty for other networks. ResNets have the same names in both.
[[nodiscard]] std::map<std::string, std::string> timm_names(std::vector<std::string> const& own_names);

/// `weights` under the network's own names; nothing where `weights` does not use timm's.
[[nodiscard]] std::optional<StateDict> from_timm_names(StateDict const& weights,
                                                       std::vector<std::string> const& own_names);

}  // namespace nevus::training
