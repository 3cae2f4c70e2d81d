// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nevus/training/config.h"

namespace nevus {

/// One stage of a network.
struct StageSize {
  std::string name;
  std::vector<std::int64_t> output_chw;
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;
};

namespace training {

/// The stages of the recipe's network at the size that is served.
[[nodiscard]] Result<std::vector<StageSize>> describe(TrainingConfig const& config);

}  // namespace training
}  // namespace nevus
