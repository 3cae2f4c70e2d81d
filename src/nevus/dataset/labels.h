// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nevus/dataset/dataset.h"

namespace nevus {

enum class LabelForm {
  kHam10000,  ///< HAM10000's metadata: image_id, dx; lesion_id, dx_type, age, sex and localization where they are there
  kIsic2018,  ///< one column each: image, MEL, NV, BCC, AKIEC, BKL, DF, VASC
  kIsic2019,  ///< one column each: image, MEL, NV, BCC, AK, BKL, DF, VASC, SCC, UNK
  kSimple     ///< image, label
};
[[nodiscard]] std::string_view name(LabelForm form);  ///< "HAM10000 metadata", …

/// What a file of labels says.
struct LabelList {
  LabelForm form = LabelForm::kSimple;
  std::vector<Sample> samples;      ///< in the file's order, `path` not yet known
  std::size_t outside_classes = 0;  ///< rows left out because their lesion is none of the seven classes (UNK)
};

/// Labelled photos that were looked for in a folder.
struct FoundPhotos {
  std::vector<Sample> samples;       ///< those with a photo, `path` set
  std::vector<std::string> missing;  ///< ids of the others
};

namespace dataset {

/// Reads labels in whichever of the forms the header shows; other columns are passed over. ISIC 2019's actinic
/// keratosis and squamous cell carcinoma become akiec. An image may be named with its file's ending. kNotFound, kIo;
/// kData, naming file and line, where the header is of none of the forms, a row is malformed, an image stands twice, or
/// there is no row.
[[nodiscard]] Result<LabelList> read_label_list(std::filesystem::path const& file);

/// Finds each photo by its id in any photo format, anywhere below `folder`. kNotFound where there is no such folder;
/// kData, naming both files, where two photos have the same id.
[[nodiscard]] Result<FoundPhotos> find_photos(std::vector<Sample> samples, std::filesystem::path const& folder);

/// The part of each image in a split.csv (image_id, split, others passed over). kData as above.
[[nodiscard]] Result<std::map<std::string, SplitPart>> read_split_parts(std::filesystem::path const& file);

[[nodiscard]] std::optional<SplitPart> split_part_from_name(
    std::string_view name);  ///< "train", "val", "test", "excluded"

}  // namespace dataset
}  // namespace nevus
