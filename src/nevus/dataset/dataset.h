// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/image/image.h"
#include "nevus/model/lesion_class.h"

namespace nevus {

/// One labelled photo. The photo is read when it is needed; `synthetic_seed` stands in for a file in the smoke
/// training.
struct Sample {
  std::string image_id;
  std::string lesion_id;  ///< photos of one lesion share it and never stand on both sides of a split
  LesionClass label = LesionClass::kNv;
  std::filesystem::path path;
  std::optional<std::uint64_t> synthetic_seed;
  /// Width over height of the frame, where the file holds it squashed into a square; 0: the file has its own shape.
  double frame_aspect = 0;
  bool sharper = false;  ///< a photo of another view with more detail, which only some photos have
  std::string dx_type;   ///< "histo", "follow_up", "consensus", "confocal"
  std::string sex;
  std::string localization;
  std::optional<double> age_years;
};

enum class SplitPart { kTrain, kVal, kTest, kExcluded };

/// The parts of a split. `excluded` photos (other photos of test lesions) are known by name only.
struct Dataset {
  std::string name;
  std::string source = "ham10000";  ///< what the photos are: "synthetic", or a source_of a layout (layout.h)
  std::vector<Sample> train;
  std::vector<Sample> val;
  std::vector<Sample> test;
  std::vector<std::string> excluded_ids;
  /// The protocol: a name of SplitKind (splits.h), or "grouped" where the parts that a folder lacks were divided off by
  /// lesion (read_folder).
  std::string split = "fixed";
  /// Photos of other data sets: `extra` ones are trained on beside `train`, `pretraining` ones before it. They never
  /// say how frequent a class is.
  std::vector<Sample> extra;
  std::vector<Sample> pretraining;
  /// Photos of `train` again as sharper views show them. They do not say how frequent a class is either.
  std::vector<Sample> sharper;
  /// Photos of `val` again as sharper views show them: users' photos have more detail than some training photos.
  std::vector<Sample> sharper_val;
};

struct SplitSpec;

namespace dataset {

/// Reads HAM10000 below `root`: HAM10000_metadata.csv, split.csv and the photos in `root`/`view` (for example
/// "images-200x150"), or in `root`/`view`_part_1 and _part_2 as HAM10000 is published ("HAM10000_images"); divided as
/// `spec` says (splits.h), for which a fold or the leaky split does without split.csv. kData where a file is missing or
/// malformed, where the counts are not those of the complete data set (10,015 photos; classes as in kLesionClasses),
/// where split and metadata disagree, or where a lesion stands in two of train, val, test.
[[nodiscard]] Result<Dataset> read_ham10000(std::filesystem::path const& root, std::string const& view,
                                            SplitSpec const& spec);
[[nodiscard]] Result<Dataset> read_ham10000(std::filesystem::path const& root, std::string const& view);

/// The photos of `samples` that `root`/`view` has too, as it shows them; `sharper` is set. kData where the folder
/// cannot be read.
[[nodiscard]] Result<std::vector<Sample>> in_sharper_view(std::vector<Sample> const& samples,
                                                          std::filesystem::path const& root, std::string const& view);

/// Adds photos of other data sets. kData, naming the first one, where a photo of them is in HAM10000's own parts.
[[nodiscard]] Result<void> add_foreign(Dataset& data, std::vector<Sample> extra, std::vector<Sample> pretraining);

/// The photos of ISIC 2017 below `root` (labels.csv, images/): melanoma, seborrheic_keratosis as bkl, nevus. They are
/// whole frames of 4:3 or so that were squashed into a square. kData where a file is missing or malformed.
[[nodiscard]] Result<std::vector<Sample>> read_isic2017(std::filesystem::path const& root);

/// The small photos of ISIC 2019 outside HAM10000 below `root` (labels.csv beside the photos), by their column class7.
/// Without lesion ids: for training only. kData where a file is missing or malformed.
[[nodiscard]] Result<std::vector<Sample>> read_isic2019(std::filesystem::path const& root);

/// A data set of drawings (model/synthetic_lesion.h), `per_class` of each class for training and a quarter of it each
/// for val and test.
[[nodiscard]] Dataset synthetic(std::size_t per_class, std::uint64_t seed);

/// Share of `evaluated` photos whose lesion is also in `trained`: 0 for an honest split. A photo without a lesion id
/// shares its lesion with no other.
[[nodiscard]] double leaked_share(std::vector<Sample> const& trained, std::vector<Sample> const& evaluated);

/// SHA-256 of the sorted lines "image_id,class\n".
[[nodiscard]] std::string content_sha256(std::vector<Sample> const& samples);

/// The sample's photo, decoded (or drawn), in the shape of its frame. Errors name the file.
[[nodiscard]] Result<Image> load_photo(Sample const& sample);

[[nodiscard]] PerClass<std::size_t> class_counts(std::vector<Sample> const& samples);

}  // namespace dataset
}  // namespace nevus
