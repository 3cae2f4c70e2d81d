// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "nevus/base/result.h"
#include "nevus/training/config.h"
#include "nevus/training/network.h"
#include "nevus/training/network_info.h"
#include "nevus/training/network_plan.h"

namespace nevus::training {

/// A freshly initialised network of `name`, one of networks(). kConfig where there is no such network.
[[nodiscard]] Result<std::shared_ptr<Network>> make_network(std::string const& name, NetworkOptions const& options);
/// The network of a recipe.
[[nodiscard]] Result<std::shared_ptr<Network>> make_network(TrainingConfig const& config);

}  // namespace nevus::training
