// SPDX-License-Identifier: MIT
#include "nevus/training/network.h"

#include <algorithm>

namespace nevus {

bool Network::is_in_head(std::string const& name) const {
  return std::ranges::any_of(head_prefixes(), [&](std::string const& prefix) { return name.starts_with(prefix); });
}

std::vector<torch::Tensor> Network::head_parameters() const {
  std::vector<torch::Tensor> parameters;
  for (auto const& parameter : named_parameters())
    if (is_in_head(parameter.key())) parameters.push_back(parameter.value());
  return parameters;
}

}  // namespace nevus
