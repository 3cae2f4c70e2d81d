// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/dataset/dataset.h"

namespace nevus {

/// How photos are divided for training and measuring.
enum class SplitKind {
  kFixed,      ///< the project's list split.csv: no lesion in two parts
  kFold,       ///< one fold of a cross-validation over lesions; the list's test and excluded photos stay untouched
  kLeaky8515,  ///< 85 % to train, 15 % to test, at random by image and class: photos of one lesion on both sides
};
[[nodiscard]] std::string_view name(SplitKind kind);  ///< "fixed", "fold", "leaky_85_15"
[[nodiscard]] std::optional<SplitKind> split_kind_from_name(std::string_view name);

struct SplitSpec {
  SplitKind kind = SplitKind::kFixed;
  int fold = 0;  ///< which of `folds` validates, from 0
  int folds = 5;
  std::uint64_t seed = 1;
  bool operator==(SplitSpec const&) const = default;
};

namespace dataset {

/// The fold, 0 to folds - 1, of each photo. Photos of one lesion share it; each class is spread as evenly as the
/// lesions allow (the lesions with most photos are placed first, each where its class is furthest behind). The same
/// seed gives the same folds on every machine.
[[nodiscard]] std::vector<int> assign_folds(std::vector<Sample> const& samples, int folds, std::uint64_t seed);

/// Divides `data`, which was read with the fixed list, as `spec` says. kFold: train and val together are divided again,
/// the fold becomes val, test stays; excluded photos stay excluded. kLeaky8515: all photos, `excluded` among them, are
/// divided by image, each class in the ratio 85 to 15; the 15 % are both val and test, as in the published programs
/// that do so (HAM10000: 8,512 and 1,503). kData for a fold without photos.
[[nodiscard]] Result<Dataset> divide(Dataset data, std::vector<Sample> excluded, SplitSpec const& spec);

/// One line: which protocol, how many photos, and how many of the test photos show a lesion that is also in training; a
/// leaky split says LEAKY first.
[[nodiscard]] std::string describe_split(Dataset const& data);

}  // namespace dataset
}  // namespace nevus
