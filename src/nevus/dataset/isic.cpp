// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "nevus/base/file.h"
#include "nevus/dataset/csv.h"
#include "nevus/dataset/dataset.h"

namespace nevus::dataset {
namespace {

constexpr double kFrameAspect = 4.0 / 3.0;  // of most dermatoscopic cameras; the squashed files do not say theirs

std::optional<LesionClass> class_of_diagnosis(std::string_view diagnosis) {
  constexpr std::array<std::pair<std::string_view, LesionClass>, 3> kDiagnoses{
      {{"melanoma", LesionClass::kMel}, {"seborrheic_keratosis", LesionClass::kBkl}, {"nevus", LesionClass::kNv}}};
  for (auto const& [name, label] : kDiagnoses) {
    if (name == diagnosis) return label;
  }
  return std::nullopt;
}

/// The photos of examples/, which no network should have learnt by heart.
constexpr std::array<std::string_view, 6> kExamples{"ISIC_0000496", "ISIC_0010481", "ISIC_0010597",
                                                    "ISIC_0011137", "ISIC_0012227", "ISIC_0015032"};

/// One sample a row of `labels`, its class read from `column` by `class_of`.
template <typename ClassOf>
Result<std::vector<Sample>> read_labels(std::filesystem::path const& labels, std::filesystem::path const& photos,
                                        std::string_view column, std::string_view id_prefix, ClassOf class_of) {
  auto const file = labels.string();
  auto const bytes = read_file(labels);
  if (!bytes) return fail(ErrorCode::kData, bytes.error().message);
  NEVUS_TRY(auto const rows,
            parse_csv({reinterpret_cast<char const*>(bytes->data()), bytes->size()}, file, {"image_id", column}));
  std::vector<Sample> samples;
  for (auto const& row : rows) {
    auto const label = class_of(row.fields[1]);
    if (!label) return csv_error(file, row.line, "\"" + row.fields[1] + "\" is not one of its classes");
    Sample sample;
    sample.image_id = row.fields[0];
    sample.lesion_id = std::string(id_prefix) + row.fields[0];
    sample.label = *label;
    sample.path = photos / (row.fields[0] + ".jpg");
    std::error_code error;
    if (!std::filesystem::is_regular_file(sample.path, error))
      return csv_error(file, row.line, sample.path.string() + " is missing");
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace

Result<std::vector<Sample>> read_isic2017(std::filesystem::path const& root) {
  NEVUS_TRY(auto samples,
            read_labels(root / "labels.csv", root / "images", "diagnosis", "isic2017_", class_of_diagnosis));
  std::erase_if(samples, [](Sample const& sample) { return std::ranges::count(kExamples, sample.image_id) > 0; });
  for (auto& sample : samples) sample.frame_aspect = kFrameAspect;
  return samples;
}

Result<std::vector<Sample>> read_isic2019(std::filesystem::path const& root) {
  return read_labels(root / "labels.csv", root, "class7", "isic2019_", lesion_class_from_id);
}

Result<void> add_foreign(Dataset& data, std::vector<Sample> extra, std::vector<Sample> pretraining) {
  std::unordered_set<std::string_view> own(data.excluded_ids.begin(), data.excluded_ids.end());
  for (auto const* part : {&data.train, &data.val, &data.test}) {
    for (auto const& sample : *part) own.insert(sample.image_id);
  }
  for (auto const* foreign : {&extra, &pretraining}) {
    for (auto const& sample : *foreign) {
      if (!own.contains(sample.image_id)) continue;
      return fail(ErrorCode::kData, sample.path.string() + ": this photo is in " + data.name + " too");
    }
  }
  data.extra = std::move(extra);
  data.pretraining = std::move(pretraining);
  return {};
}

}  // namespace nevus::dataset
