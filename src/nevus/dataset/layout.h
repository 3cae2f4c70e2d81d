// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nevus/dataset/dataset.h"

namespace nevus {

enum class LayoutKind {
  kHam10000,  ///< HAM10000_metadata.csv, photos in HAM10000_images_part_1 and _part_2 or in one folder images*;
              ///< split.csv
  kIsic2018,  ///< ISIC2018_Task3_Training_Input and its ground truth; Validation and Test likewise where they are there
  kIsic2019,  ///< ISIC_2019_Training_Input, ISIC_2019_Training_GroundTruth.csv
  kClassFolders,  ///< a folder for each class (akiec, bcc, …), or such folders below train, val, test
};
[[nodiscard]] std::string_view name(LayoutKind kind);

/// A part of a data set as it lies on disk.
struct LayoutPart {
  std::string name;                  ///< "train", "val", "test", "excluded", or "all"
  std::vector<Sample> samples;       ///< those with a photo
  std::vector<std::string> missing;  ///< ids of labelled photos without one
  std::size_t outside_classes = 0;   ///< labelled as none of the seven classes
};

struct Layout {
  LayoutKind kind = LayoutKind::kHam10000;
  std::filesystem::path root;
  std::vector<LayoutPart> parts;
  std::optional<PerClass<std::size_t>> official;  ///< counts of the complete data set, without what is held out of it
  std::vector<std::string> notes;                 ///< what else was found or is not there, one sentence each
  std::vector<std::string> problems{};            ///< what is there and belongs to no part, or should hold photos
};

namespace dataset {

/// Finds out how `root` is laid out (docs/data.md) and lists its photos; none is opened. kNotFound where there is no
/// such folder; kData where it is of no known layout (the message says what was looked for) or a file of labels is
/// malformed.
[[nodiscard]] Result<Layout> read_layout(std::filesystem::path const& root);

}  // namespace dataset
}  // namespace nevus
