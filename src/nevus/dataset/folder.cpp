// SPDX-License-Identifier: MIT
#include "nevus/dataset/folder.h"

#include <utility>

namespace nevus::dataset {
namespace {

constexpr int kTenths = 10;
constexpr std::uint64_t kGroupingSeed = 1;

Result<void> check_complete(LayoutPart const& part, std::filesystem::path const& root) {
  if (part.missing.empty()) return {};
  return fail(ErrorCode::kData, root.string() + ": " + std::to_string(part.missing.size()) + " photos of " + part.name +
                                    " are missing, the first is " + part.missing.front());
}

Result<void> check_no_leak(Dataset const& data, std::filesystem::path const& root) {
  for (auto const& [name, part] : {std::pair{"val", &data.val}, std::pair{"test", &data.test}}) {
    if (leaked_share(data.train, *part) > 0)
      return fail(ErrorCode::kData, root.string() + ": photos of one lesion stand in train and " + name);
  }
  if (leaked_share(data.val, data.test) > 0)
    return fail(ErrorCode::kData, root.string() + ": photos of one lesion stand in val and test");
  return {};
}

Result<void> check_classes(Dataset const& data, std::filesystem::path const& root) {
  auto const counts = class_counts(data.train);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (counts[c] == 0)
      return fail(ErrorCode::kData, root.string() + ": no photo of " + std::string(kLesionClasses[c].id) +
                                        " to train on, and each of the seven classes needs some");
  }
  if (data.val.empty())
    return fail(ErrorCode::kData, root.string() + ": too few photos to validate on a tenth of them");
  return {};
}

/// Divides off what is not there; whether something was.
bool add_missing_parts(Dataset& data) {
  bool const no_val = data.val.empty();
  bool const no_test = data.test.empty();
  if (!no_val && !no_test) return false;
  auto const tenths = assign_folds(data.train, kTenths, kGroupingSeed);
  std::vector<Sample> train;
  for (std::size_t i = 0; i < tenths.size(); ++i) {
    auto& part = tenths[i] == 0 && no_val ? data.val : tenths[i] == 1 && no_test ? data.test : train;
    part.push_back(std::move(data.train[i]));
  }
  data.train = std::move(train);
  return true;
}

}  // namespace

std::string_view source_of(LayoutKind kind) {
  switch (kind) {
    case LayoutKind::kHam10000:
      return "ham10000";
    case LayoutKind::kIsic2018:
      return "isic2018";
    case LayoutKind::kIsic2019:
      return "isic2019";
    case LayoutKind::kClassFolders:
      break;
  }
  return "folders";
}

Result<Dataset> read_folder(std::filesystem::path const& root, SplitSpec const& spec) {
  NEVUS_TRY(auto layout, read_layout(root));
  Dataset data;
  data.source = source_of(layout.kind);
  data.name = layout.kind == LayoutKind::kClassFolders ? "photos in a folder for each class" : name(layout.kind);
  std::vector<Sample> excluded;
  for (auto& part : layout.parts) {
    NEVUS_CHECK(check_complete(part, root));
    bool const known = part.name == "train" || part.name == "all" || part.name == "val" || part.name == "test";
    auto& samples = part.name == "val" ? data.val : part.name == "test" ? data.test : known ? data.train : excluded;
    samples.insert(samples.end(), std::make_move_iterator(part.samples.begin()),
                   std::make_move_iterator(part.samples.end()));
  }
  for (auto const& sample : excluded) data.excluded_ids.push_back(sample.image_id);
  NEVUS_CHECK(check_no_leak(data, root));
  bool const grouped = add_missing_parts(data);
  NEVUS_TRY(auto divided, divide(std::move(data), std::move(excluded), spec));
  if (grouped && spec.kind == SplitKind::kFixed) divided.split = "grouped";
  NEVUS_CHECK(check_classes(divided, root));
  return divided;
}

}  // namespace nevus::dataset
