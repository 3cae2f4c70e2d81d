// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "nevus/base/result.h"
#include "nevus/training/config.h"

namespace nevus::training {

/// One PNG that shows what the recipe does to photos: for every augmentation its name, the first photo as it is, and
/// four draws with it alone, as strong as the recipe has it (or at its default where the recipe leaves it out, which is
/// said); then mixup and cutmix with the second photo (the first again where there is one), and four draws of
/// everything that is on.
[[nodiscard]] Result<ByteVector> draw_augmentation_sheet(TrainingConfig const& config,
                                                         std::vector<Image> const& photos);

}  // namespace nevus::training
