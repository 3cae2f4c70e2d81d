// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/training/network.h"
#include "nevus/training/network_info.h"
#include "nevus/training/state_dict.h"

namespace nevus::training {

/// Copies every array of `weights` into the parameter or buffer of its name; timm's names are translated for the
/// networks whose names are torchvision's. Only what belongs to the head (Network::head_prefixes) may be missing,
/// superfluous or of another shape, and is then left as it is; counters of batches may be missing. kData names what
/// does not fit.
[[nodiscard]] Result<void> load_weights(Network& network, StateDict const& weights);

/// All parameters and buffers of the network under their names but the counters of batches, as load_weights takes them.
[[nodiscard]] StateDict weights_of(Network const& network);

/// The ImageNet weights of the network `name`. kNotFound says what to put where.
[[nodiscard]] Result<StateDict> imagenet_weights(std::string const& name, WeightSources const& sources);

}  // namespace nevus::training
