// SPDX-License-Identifier: MIT
#include "nevus/dataset/layout.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <unordered_set>

#include "nevus/base/file.h"
#include "nevus/dataset/csv.h"
#include "nevus/dataset/labels.h"
#include "nevus/image/decode.h"

namespace nevus {

std::string_view name(LayoutKind kind) {
  switch (kind) {
    case LayoutKind::kHam10000:
      return "HAM10000";
    case LayoutKind::kIsic2018:
      return "ISIC 2018 Task 3";
    case LayoutKind::kIsic2019:
      return "ISIC 2019";
    case LayoutKind::kClassFolders:
      break;
  }
  return "a folder for each class";
}

namespace dataset {
namespace {

namespace fs = std::filesystem;

/// Of ISIC 2019's training photos, AK (867) and SCC (628) together.
constexpr PerClass<std::size_t> kIsic2019Photos{1495, 3323, 2624, 239, 4522, 12875, 253};
constexpr std::array<std::string_view, 4> kPartNames{"train", "val", "test", "excluded"};

PerClass<std::size_t> ham10000_photos() {
  PerClass<std::size_t> counts{};
  for (std::size_t i = 0; i < kLesionClassCount; ++i) counts[i] = std::size_t(kLesionClasses[i].ham10000_photos);
  return counts;
}

bool is_folder(fs::path const& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_file(fs::path const& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::vector<fs::path> folders_in(fs::path const& root) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    if (is_folder(entry->path())) folders.push_back(entry->path());
  }
  std::ranges::sort(folders);
  return folders;
}

std::size_t photos_in(fs::path const& folder) {
  std::error_code error;
  fs::directory_iterator const entries(folder, error);
  if (error) return 0;
  return std::size_t(std::ranges::count_if(
      entries, [](fs::directory_entry const& entry) { return image::has_photo_ending(entry.path()); }));
}

/// Where HAM10000's photos lie: the two published folders, or else the folder images* that holds most.
std::vector<fs::path> ham10000_folders(fs::path const& root) {
  std::vector<fs::path> published;
  for (auto const* part : {"HAM10000_images_part_1", "HAM10000_images_part_2"}) {
    if (is_folder(root / part)) published.push_back(root / part);
  }
  if (!published.empty()) return published;
  std::vector<fs::path> views;
  for (auto const& folder : folders_in(root)) {
    auto const named = folder.filename().string();
    if (named.starts_with("images") || named.starts_with("HAM10000_images")) views.push_back(folder);
  }
  if (views.empty()) return {};
  return {*std::ranges::max_element(views, {}, photos_in)};
}

/// `samples` with the photos that lie in one of `folders`.
Result<FoundPhotos> find_in(std::vector<Sample> samples, std::vector<fs::path> const& folders) {
  FoundPhotos all;
  for (auto const& folder : folders) {
    NEVUS_TRY(auto found, find_photos(samples, folder));
    all.samples.insert(all.samples.end(), found.samples.begin(), found.samples.end());
    std::unordered_set<std::string> const missing(found.missing.begin(), found.missing.end());
    std::erase_if(samples, [&](Sample const& sample) { return !missing.contains(sample.image_id); });
  }
  for (auto const& sample : samples) all.missing.push_back(sample.image_id);
  return all;
}

Result<Layout> read_ham10000_layout(fs::path const& root) {
  Layout layout{LayoutKind::kHam10000, root, {}, ham10000_photos(), {}};
  NEVUS_TRY(auto list, read_label_list(root / "HAM10000_metadata.csv"));
  auto const folders = ham10000_folders(root);
  if (folders.empty())
    layout.notes.push_back("no folder of photos: neither HAM10000_images_part_1 and _part_2 nor images*");
  for (auto const& folder : folders) layout.notes.push_back("photos: " + folder.filename().string());
  std::map<std::string, std::vector<Sample>> by_part;
  if (is_file(root / "split.csv")) {
    NEVUS_TRY(auto const parts, read_split_parts(root / "split.csv"));
    for (auto& sample : list.samples) {
      auto const part = parts.find(sample.image_id);
      auto const named = part == parts.end() ? "in no part" : kPartNames[static_cast<std::size_t>(part->second)];
      by_part[std::string(named)].push_back(std::move(sample));
    }
  } else {
    layout.notes.push_back("no split.csv: a recipe needs split = \"fold\" or \"leaky_85_15\"");
    by_part["all"] = std::move(list.samples);
  }
  for (auto& [part, samples] : by_part) {
    NEVUS_TRY(auto found, find_in(std::move(samples), folders));
    layout.parts.push_back({part, std::move(found.samples), std::move(found.missing), 0});
  }
  std::ranges::sort(layout.parts, {}, [](LayoutPart const& part) {
    return std::ranges::find(kPartNames, part.name) - kPartNames.begin();
  });
  return layout;
}

/// Lesion ids where a file beside the labels has them (image, lesion_id).
Result<void> add_lesions(std::vector<Sample>& samples, fs::path const& path) {
  if (!is_file(path)) return {};
  NEVUS_TRY(auto const bytes, read_file(path));
  NEVUS_TRY(auto const rows, parse_csv({reinterpret_cast<char const*>(bytes.data()), bytes.size()}, path.string(),
                                       {"image", "lesion_id"}));
  std::map<std::string_view, std::string_view> lesion_of;
  for (auto const& row : rows) lesion_of.emplace(row.fields[0], row.fields[1]);
  for (auto& sample : samples) {
    auto const found = lesion_of.find(sample.image_id);
    if (found != lesion_of.end()) sample.lesion_id = found->second;
  }
  return {};
}

/// `file`, which may lie in a folder of its own name, as the challenge's archives unpack.
fs::path unpacked(fs::path const& root, std::string const& file) {
  auto const inside = root / fs::path(file).stem() / file;
  return is_file(inside) ? inside : root / file;
}

Result<LayoutPart> read_isic_part(std::string const& part, fs::path const& photos, fs::path const& labels,
                                  fs::path const& lesions) {
  NEVUS_TRY(auto list, read_label_list(labels));
  NEVUS_CHECK(add_lesions(list.samples, lesions));
  NEVUS_TRY(auto found, find_photos(std::move(list.samples), photos));
  return LayoutPart{part, std::move(found.samples), std::move(found.missing), list.outside_classes};
}

Result<Layout> read_isic2018_layout(fs::path const& root) {
  Layout layout{LayoutKind::kIsic2018, root, {}, ham10000_photos(), {}};
  constexpr std::array<std::pair<char const*, char const*>, 3> kParts{
      {{"train", "Training"}, {"val", "Validation"}, {"test", "Test"}}};
  for (auto const& [part, word] : kParts) {
    std::string const stem = "ISIC2018_Task3_" + std::string(word);
    if (!is_folder(root / (stem + "_Input"))) {
      layout.notes.push_back("no " + stem + "_Input");
      continue;
    }
    NEVUS_TRY(auto read, read_isic_part(part, root / (stem + "_Input"), unpacked(root, stem + "_GroundTruth.csv"),
                                        root / (stem + "_LesionGroupings.csv")));
    layout.parts.push_back(std::move(read));
  }
  return layout;
}

Result<Layout> read_isic2019_layout(fs::path const& root) {
  Layout layout{LayoutKind::kIsic2019, root, {}, kIsic2019Photos, {}};
  NEVUS_TRY(auto part, read_isic_part("train", root / "ISIC_2019_Training_Input",
                                      unpacked(root, "ISIC_2019_Training_GroundTruth.csv"),
                                      root / "ISIC_2019_Training_Metadata.csv"));
  layout.parts.push_back(std::move(part));
  return layout;
}

std::optional<LesionClass> class_of_folder(fs::path const& folder) {
  auto word = folder.filename().string();
  std::ranges::transform(word, word.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return lesion_class_from_id(word);
}

/// Photos in a folder and in those below it.
std::size_t photos_below(fs::path const& folder) {
  std::size_t photos = photos_in(folder);
  for (auto const& inside : folders_in(folder)) photos += photos_below(inside);
  return photos;
}

std::string photos_text(std::size_t photos) { return std::to_string(photos) + (photos == 1 ? " photo" : " photos"); }

/// Names what lies in `root`, which should hold a folder for each class, and is not read.
void name_strays(fs::path const& root, Layout& layout) {
  for (auto const& folder : folders_in(root)) {
    auto const shown = folder.lexically_relative(layout.root).string();
    if (!class_of_folder(folder)) {
      if (auto const photos = photos_below(folder); photos > 0)
        layout.problems.push_back(shown + ": " + photos_text(photos) +
                                  " in a folder that is named for none of the seven classes");
      continue;
    }
    if (photos_in(folder) == 0) layout.problems.push_back(shown + ": a folder for a class without a photo in it");
    for (auto const& inside : folders_in(folder)) {
      if (auto const photos = photos_below(inside); photos > 0)
        layout.problems.push_back(inside.lexically_relative(layout.root).string() + ": " + photos_text(photos) +
                                  " in a folder inside that of a class, which are not read");
    }
  }
  if (auto const photos = photos_in(root); photos > 0)
    layout.problems.push_back(photos_text(photos) + " beside the folders for the classes");
}

/// The classes that `trained` has no photo of.
void name_absent_classes(LayoutPart const& trained, Layout& layout) {
  auto const counts = class_counts(trained.samples);
  std::string absent;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (counts[c] == 0) absent += (absent.empty() ? "" : ", ") + std::string(kLesionClasses[c].id);
  }
  if (!absent.empty())
    layout.notes.push_back("no photo of " + absent + " in " + trained.name + "; training needs all seven classes");
}

LayoutPart read_class_folders(std::string part, fs::path const& root) {
  LayoutPart read{std::move(part), {}, {}, 0};
  for (auto const& folder : folders_in(root)) {
    auto const label = class_of_folder(folder);
    if (!label) continue;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      if (!image::has_photo_ending(entry->path())) continue;
      auto& sample = read.samples.emplace_back();
      sample.image_id = entry->path().stem().string();
      sample.label = *label;
      sample.path = entry->path();
    }
  }
  std::ranges::sort(read.samples, {}, &Sample::path);
  return read;
}

Layout read_class_layout(fs::path const& root) {
  Layout layout{LayoutKind::kClassFolders, root, {}, std::nullopt, {}};
  std::vector<fs::path> part_folders;
  for (auto const* part : {"train", "val", "test"}) {
    auto read = read_class_folders(part, root / part);
    if (read.samples.empty()) continue;
    layout.parts.push_back(std::move(read));
    part_folders.push_back(root / part);
    name_strays(root / part, layout);
  }
  if (layout.parts.empty()) {
    auto read = read_class_folders("all", root);
    if (read.samples.empty()) return layout;
    layout.parts.push_back(std::move(read));
    name_strays(root, layout);
  } else {
    // Folders for classes beside those of the parts are as lost as any other.
    for (auto const& folder : folders_in(root)) {
      auto const photos = std::ranges::find(part_folders, folder) == part_folders.end() ? photos_below(folder) : 0;
      if (photos > 0)
        layout.problems.push_back(folder.filename().string() + ": " + photos_text(photos) +
                                  " beside train, val and test, which are not read");
    }
  }
  name_absent_classes(layout.parts.front(), layout);
  return layout;
}

}  // namespace

Result<Layout> read_layout(fs::path const& root) {
  if (!is_folder(root)) return fail(ErrorCode::kNotFound, root.string() + ": no such folder");
  if (is_file(root / "HAM10000_metadata.csv")) return read_ham10000_layout(root);
  if (is_folder(root / "ISIC2018_Task3_Training_Input") || is_folder(root / "ISIC2018_Task3_Test_Input"))
    return read_isic2018_layout(root);
  if (is_folder(root / "ISIC_2019_Training_Input")) return read_isic2019_layout(root);
  auto layout = read_class_layout(root);
  if (!layout.parts.empty()) return layout;
  return fail(
      ErrorCode::kData,
      root.string() +
          ": holds no data set that Nevus knows: neither HAM10000_metadata.csv, ISIC2018_Task3_Training_Input nor "
          "ISIC_2019_Training_Input, nor a folder of photos for a class (akiec, bcc, bkl, df, mel, nv, vasc)");
}

}  // namespace dataset
}  // namespace nevus
