// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "nevus/dataset/dataset.h"

namespace nevus {

/// Photos of a data set, decoded once and kept: about 90 kB each for the 200x150 view.
struct PhotoStore {
  std::vector<Sample> samples;
  std::vector<Image> photos;
};

namespace training {

/// Decodes every photo with all cores. The error of the first photo that cannot be read, which names it.
[[nodiscard]] Result<PhotoStore> load_photos(std::vector<Sample> samples);

}  // namespace training
}  // namespace nevus
