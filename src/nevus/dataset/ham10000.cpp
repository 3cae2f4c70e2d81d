// SPDX-License-Identifier: MIT
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "nevus/base/file.h"
#include "nevus/dataset/csv.h"
#include "nevus/dataset/dataset.h"
#include "nevus/dataset/labels.h"
#include "nevus/dataset/splits.h"

namespace nevus::dataset {
namespace {

using Parts = std::unordered_map<std::string, SplitPart>;

Result<std::string> read_text(std::filesystem::path const& path) {
  auto const bytes = read_file(path);
  if (!bytes) return fail(ErrorCode::kData, bytes.error().message);
  return std::string(bytes->begin(), bytes->end());
}

/// `row` has the columns image_id, lesion_id, dx, dx_type, age, sex, localization.
Result<Sample> to_sample(CsvRow const& row, std::string const& file) {
  auto const label = lesion_class_from_id(row.fields[2]);
  if (!label) return csv_error(file, row.line, "\"" + row.fields[2] + "\" is none of the seven classes of HAM10000");
  Sample sample;
  sample.image_id = row.fields[0];
  sample.lesion_id = row.fields[1];
  sample.label = *label;
  sample.dx_type = row.fields[3];
  sample.sex = row.fields[5];
  sample.localization = row.fields[6];
  NEVUS_TRY(sample.age_years, parse_age(row.fields[4], row, file));
  return sample;
}

Result<std::vector<Sample>> read_metadata(std::filesystem::path const& path) {
  auto const file = path.string();
  NEVUS_TRY(auto const text, read_text(path));
  NEVUS_TRY(auto const rows,
            parse_csv(text, file, {"image_id", "lesion_id", "dx", "dx_type", "age", "sex", "localization"}));
  std::vector<Sample> samples;
  std::unordered_set<std::string> seen;
  for (auto const& row : rows) {
    NEVUS_TRY(auto sample, to_sample(row, file));
    if (!seen.insert(sample.image_id).second) return csv_error(file, row.line, sample.image_id + " stands twice");
    samples.push_back(std::move(sample));
  }
  return samples;
}

/// The part of each photo; every row must agree with the metadata, and every photo of the metadata must have a row.
Result<Parts> read_split(std::filesystem::path const& path, std::vector<Sample> const& samples) {
  auto const file = path.string();
  NEVUS_TRY(auto const text, read_text(path));
  NEVUS_TRY(auto const rows, parse_csv(text, file, {"image_id", "lesion_id", "dx", "split"}));
  std::unordered_map<std::string_view, Sample const*> known;
  for (auto const& sample : samples) known.emplace(sample.image_id, &sample);
  Parts parts;
  for (auto const& row : rows) {
    auto const& id = row.fields[0];
    auto const found = known.find(id);
    if (found == known.end()) return csv_error(file, row.line, id + " is not in the metadata");
    if (row.fields[1] != found->second->lesion_id || row.fields[2] != info(found->second->label).id) {
      return csv_error(file, row.line,
                       id + " is " + row.fields[1] + " " + row.fields[2] + " here, but " + found->second->lesion_id +
                           " " + std::string(info(found->second->label).id) + " in the metadata");
    }
    auto const part = split_part_from_name(row.fields[3]);
    if (!part) return csv_error(file, row.line, "\"" + row.fields[3] + "\" is not train, val, test or excluded");
    if (!parts.emplace(id, *part).second) return csv_error(file, row.line, id + " stands twice");
  }
  for (auto const& sample : samples) {
    if (!parts.contains(sample.image_id)) return fail(ErrorCode::kData, file + ": " + sample.image_id + " is missing");
  }
  return parts;
}

Result<void> check_counts(std::vector<Sample> const& samples, std::filesystem::path const& metadata) {
  auto const counts = class_counts(samples);
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const& expected = kLesionClasses[i];
    if (counts[i] == std::size_t(expected.ham10000_photos)) continue;
    return fail(ErrorCode::kData, metadata.string() + ": " + std::to_string(counts[i]) + " photos of " +
                                      std::string(expected.id) + ", but the complete data set has " +
                                      std::to_string(expected.ham10000_photos));
  }
  return {};
}

Result<void> check_no_leak(std::vector<Sample> const& samples, Parts const& parts, std::filesystem::path const& split) {
  std::unordered_map<std::string_view, SplitPart> part_of_lesion;
  for (auto const& sample : samples) {
    auto const part = parts.at(sample.image_id);
    if (part == SplitPart::kExcluded) continue;
    if (part_of_lesion.emplace(sample.lesion_id, part).first->second != part) {
      return fail(ErrorCode::kData, split.string() + ": photos of the lesion " + sample.lesion_id +
                                        " stand in two of train, val and test");
    }
  }
  return {};
}

/// The folders of a view, which may be published in two parts.
std::vector<std::filesystem::path> folders_of(std::filesystem::path const& root, std::string const& view) {
  std::error_code error;
  auto const part = [&](char const* ending) { return root / (view + ending); };
  bool const in_parts =
      !std::filesystem::is_directory(root / view, error) && std::filesystem::is_directory(part("_part_1"), error);
  if (in_parts) return {part("_part_1"), part("_part_2")};
  return {root / view};
}

using FilesByName = std::unordered_map<std::string, std::filesystem::path>;

Result<FilesByName> files_in(std::vector<std::filesystem::path> const& folders) {
  FilesByName present;
  for (auto const& folder : folders) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      present.emplace(entry->path().filename().string(), entry->path());
    if (error) return fail(ErrorCode::kData, folder.string() + ": " + error.message());
  }
  return present;
}

Result<void> locate_photos(std::vector<Sample>& samples, std::filesystem::path const& root, std::string const& view) {
  auto const folders = folders_of(root, view);
  NEVUS_TRY(auto const present, files_in(folders));
  std::size_t missing = 0;
  std::string first_missing;
  for (auto& sample : samples) {
    auto const file = sample.image_id + ".jpg";
    auto const found = present.find(file);
    if (found != present.end()) {
      sample.path = found->second;
    } else if (missing++ == 0) {
      first_missing = file;
    }
  }
  if (missing == 0) return {};
  return fail(ErrorCode::kData, folders.front().string() + ": " + std::to_string(missing) + " of " +
                                    std::to_string(samples.size()) + " photos are missing, the first is " +
                                    first_missing);
}

/// The fixed list's parts; without one all photos are to be divided, which a fold and the leaky split do.
Result<Parts> parts_of(std::vector<Sample> const& samples, std::filesystem::path const& split, SplitSpec const& spec) {
  std::error_code error;
  if (spec.kind != SplitKind::kFixed && !std::filesystem::exists(split, error)) {
    Parts parts;
    for (auto const& sample : samples) parts.emplace(sample.image_id, SplitPart::kTrain);
    return parts;
  }
  if (!std::filesystem::exists(split, error)) {
    return fail(ErrorCode::kData, split.string() +
                                      ": no such file, and the fixed split is its list; without it `fit --fold 0` "
                                      "divides the photos by lesion");
  }
  NEVUS_TRY(auto parts, read_split(split, samples));
  NEVUS_CHECK(check_no_leak(samples, parts, split));
  return parts;
}

}  // namespace

Result<std::vector<Sample>> in_sharper_view(std::vector<Sample> const& samples, std::filesystem::path const& root,
                                            std::string const& view) {
  NEVUS_TRY(auto const present, files_in({root / view}));
  std::vector<Sample> sharper;
  for (auto const& sample : samples) {
    auto const found = present.find(sample.image_id + ".jpg");
    if (found == present.end()) continue;
    sharper.push_back(sample);
    sharper.back().path = found->second;
    sharper.back().sharper = true;
  }
  return sharper;
}

Result<Dataset> read_ham10000(std::filesystem::path const& root, std::string const& view) {
  return read_ham10000(root, view, {});
}

Result<Dataset> read_ham10000(std::filesystem::path const& root, std::string const& view, SplitSpec const& spec) {
  NEVUS_TRY(auto samples, read_metadata(root / "HAM10000_metadata.csv"));
  NEVUS_CHECK(check_counts(samples, root / "HAM10000_metadata.csv"));
  NEVUS_TRY(auto const parts, parts_of(samples, root / "split.csv", spec));
  NEVUS_CHECK(locate_photos(samples, root, view));

  Dataset data;
  data.name = "HAM10000 (" + view + ")";
  std::vector<Sample> excluded;
  for (auto& sample : samples) {
    switch (parts.at(sample.image_id)) {
      case SplitPart::kTrain:
        data.train.push_back(std::move(sample));
        break;
      case SplitPart::kVal:
        data.val.push_back(std::move(sample));
        break;
      case SplitPart::kTest:
        data.test.push_back(std::move(sample));
        break;
      case SplitPart::kExcluded:
        data.excluded_ids.push_back(sample.image_id);
        excluded.push_back(std::move(sample));
        break;
    }
  }
  return divide(std::move(data), std::move(excluded), spec);
}

}  // namespace nevus::dataset
