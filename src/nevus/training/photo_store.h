// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "nevus/dataset/dataset.h"
#include "nevus/model/preprocess.h"

namespace nevus {

/// Photos of a data set, decoded once and kept: about 90 kB each for the 200x150 view, and for larger ones with no more
/// than the detail that their network sees.
struct PhotoStore {
  std::vector<Sample> samples;
  std::vector<Image> photos;
};

namespace training {

/// Decodes every photo with all cores. The error of the first photo that cannot be read, which names it.
[[nodiscard]] Result<PhotoStore> load_photos(std::vector<Sample> samples);

/// The same for a network whose inputs have the detail of `spec`; what is more is dropped, which renders to the same.
[[nodiscard]] Result<PhotoStore> load_photos(std::vector<Sample> samples, PreprocessSpec const& spec);

}  // namespace training
}  // namespace nevus
