// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include "nevus/dataset/dataset.h"

namespace nevus::testing {

/// So many drawn photos of each class.
inline std::vector<Sample> samples(std::map<LesionClass, int> const& counts) {
  std::vector<Sample> all;
  for (auto const& [label, count] : counts) {
    for (int i = 0; i < count; ++i) {
      Sample sample;
      sample.label = label;
      sample.synthetic_seed = std::uint64_t(i);
      all.push_back(sample);
    }
  }
  return all;
}

}  // namespace nevus::testing
