// SPDX-License-Identifier: MIT
#include "nevus/dataset/check.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/image/decode.h"

namespace nevus::dataset {
namespace {

constexpr std::size_t kShown = 5;

/// One photo of the data set and what reading it showed.
struct Seen {
  LayoutPart const* part = nullptr;
  Sample const* sample = nullptr;
  std::string sha256;
  std::string defect;  ///< empty: none
};

void look_at(Seen& photo) {
  auto const bytes = read_file(photo.sample->path, DecodeLimits{}.max_bytes);
  if (!bytes) {
    photo.defect = bytes.error().message;
    return;
  }
  photo.sha256 = sha256_hex(*bytes);
  auto const decoded = image::decode(*bytes);
  if (!decoded) photo.defect = photo.sample->path.string() + ": " + decoded.error().message;
}

std::vector<Seen> look_at_all(Layout const& layout, std::function<void(std::size_t, std::size_t)> const& on_photo) {
  std::vector<Seen> photos;
  for (auto const& part : layout.parts) {
    for (auto const& sample : part.samples) photos.push_back({&part, &sample, {}, {}});
  }
  std::atomic<std::size_t> next = 0;
  std::size_t done = 0;
  std::mutex mutex;
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < std::max(1U, std::thread::hardware_concurrency()); ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < photos.size(); i = next++) {
        look_at(photos[i]);
        std::lock_guard const lock(mutex);
        on_photo(++done, photos.size());
      }
    });
  }
  threads.clear();  // waits for them
  return photos;
}

std::vector<SameBytes> find_duplicates(std::vector<Seen> const& photos) {
  std::map<std::string_view, std::vector<Seen const*>> by_bytes;
  for (auto const& photo : photos) {
    if (!photo.sha256.empty()) by_bytes[photo.sha256].push_back(&photo);
  }
  std::vector<SameBytes> duplicates;
  for (auto const& [sha256, same] : by_bytes) {
    if (same.size() < 2) continue;
    SameBytes group;
    for (auto const* photo : same) {
      group.files.push_back(photo->sample->path.string());
      group.other_labels |= photo->sample->label != same.front()->sample->label;
      group.other_parts |= photo->part != same.front()->part;
    }
    duplicates.push_back(std::move(group));
  }
  return duplicates;
}

/// "7 photos are missing: a, b, …"
std::string some_of(std::vector<std::string> const& names, std::string const& what) {
  std::string text = std::to_string(names.size()) + (names.size() == 1 ? " photo " : " photos ") + what + ": ";
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) text += (i == 0 ? "" : "; ") + names[i];
  return text + (names.size() > kShown ? "; …" : "");
}

std::size_t lesions_of(LayoutPart const& part) {
  std::set<std::string_view> lesions;
  for (auto const& sample : part.samples) lesions.insert(sample.lesion_id);
  lesions.erase("");
  return lesions.size();
}

void add_row(std::string& text, std::string const& first, std::vector<std::string> const& cells) {
  std::array<char, 64> cell{};
  std::snprintf(cell.data(), cell.size(), "  %-12s", first.c_str());
  text += cell.data();
  for (auto const& one : cells) {
    std::snprintf(cell.data(), cell.size(), "%9s", one.c_str());
    text += cell.data();
  }
  text += '\n';
}

std::string counts_table(Layout const& layout) {
  std::vector<std::string> head{"photos", "lesions"};
  for (auto const& lesion_class : kLesionClasses) head.emplace_back(lesion_class.id);
  std::string text;
  add_row(text, "", head);
  auto const add = [&](std::string const& name, std::size_t photos, std::string const& lesions,
                       PerClass<std::size_t> const& counts) {
    std::vector<std::string> cells{std::to_string(photos), lesions};
    for (auto const count : counts) cells.push_back(std::to_string(count));
    add_row(text, name, cells);
  };
  for (auto const& part : layout.parts) {
    auto const lesions = lesions_of(part);
    add(part.name, part.samples.size(), lesions == 0 ? "unknown" : std::to_string(lesions), class_counts(part.samples));
  }
  if (layout.official) {
    std::size_t photos = 0;
    for (auto const count : *layout.official) photos += count;
    add("official", photos, "", *layout.official);
  }
  return text;
}

void check_counts(Layout const& layout, DataCheck& found) {
  if (!layout.official) return;
  PerClass<std::size_t> counts{};
  for (auto const& part : layout.parts) {
    // ISIC 2018's validation and test photos are other ones than HAM10000's.
    if (layout.kind == LayoutKind::kIsic2018 && part.name != "train") continue;
    auto const of_part = class_counts(part.samples);
    for (std::size_t i = 0; i < kLesionClassCount; ++i) counts[i] += of_part[i];
  }
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (counts[i] == (*layout.official)[i]) continue;
    found.problems.push_back(std::to_string(counts[i]) + " photos of " + std::string(kLesionClasses[i].id) +
                             ", but the complete data set has " + std::to_string((*layout.official)[i]));
  }
}

/// What stands in training and in another part. The excluded photos are those of test lesions, so they may share
/// theirs.
void check_leaks(Layout const& layout, DataCheck& found) {
  for (auto const& first : layout.parts) {
    for (auto const& second : layout.parts) {
      bool const apart = first.name == "train" || (first.name == "val" && second.name != "train");
      if (&first == &second || !apart) continue;
      double const share = leaked_share(first.samples, second.samples);
      std::array<char, 160> text{};
      std::snprintf(text.data(), text.size(), "%.1f %% of %s show a lesion that is also in %s", 100 * share,
                    second.name.c_str(), first.name.c_str());
      auto const known = lesions_of(first) > 0 && lesions_of(second) > 0;
      found.report += "  " +
                      (known ? std::string(text.data())
                             : "whether " + second.name + " shows lesions of " + first.name +
                                   " is not known: there are no lesion ids") +
                      "\n";
      if (share > 0) found.problems.emplace_back(text.data());
    }
  }
}

void check_duplicates(DataCheck& found) {
  for (auto const& same : found.duplicates) {
    std::string const names = same.files[0] + " and " + same.files[1];
    if (same.other_labels) found.problems.push_back(names + ": the same bytes under two labels");
    if (same.other_parts) found.problems.push_back(names + ": the same bytes in two parts");
  }
  found.report += "  " + std::to_string(found.duplicates.size()) + " groups of photos with the same bytes";
  for (std::size_t i = 0; i < std::min(kShown, found.duplicates.size()); ++i)
    found.report += (i == 0 ? ": " : "; ") + found.duplicates[i].files[0] + " and " + found.duplicates[i].files[1];
  found.report += '\n';
}

}  // namespace

DataCheck check(Layout const& layout, std::function<void(std::size_t, std::size_t)> const& on_photo) {
  auto const photos = look_at_all(layout, on_photo);
  DataCheck found;
  found.report = layout.root.string() + ": " + std::string(name(layout.kind)) + "\n";
  for (auto const& note : layout.notes) found.report += "  " + note + "\n";
  found.report += counts_table(layout);
  for (auto const& photo : photos) {
    if (!photo.defect.empty()) found.damaged.push_back(photo.defect);
  }
  found.report += "  " + std::to_string(photos.size() - found.damaged.size()) + " of " + std::to_string(photos.size()) +
                  " photos can be decoded\n";
  found.problems = layout.problems;
  if (!found.damaged.empty()) found.problems.push_back(some_of(found.damaged, "cannot be read"));
  for (auto const& part : layout.parts) {
    if (!part.missing.empty())
      found.problems.push_back(
          some_of(part.missing, "of " + part.name + (part.missing.size() == 1 ? " is" : " are") + " missing"));
    if (part.outside_classes > 0)
      found.report += "  " + std::to_string(part.outside_classes) + " photos of " + part.name +
                      " are labelled as none of the seven classes\n";
  }
  check_counts(layout, found);
  check_leaks(layout, found);
  found.duplicates = find_duplicates(photos);
  check_duplicates(found);
  for (auto const& problem : found.problems) found.report += "  PROBLEM: " + problem + "\n";
  if (found.problems.empty()) found.report += "  complete and clean\n";
  return found;
}

}  // namespace nevus::dataset
