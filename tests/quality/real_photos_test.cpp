// SPDX-License-Identifier: MIT
// The promises of docs/quality.md, on real photos. bench/quality measures them on thousands; here a fixed sample is
// enough to notice a change.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "nevus/base/file.h"
#include "nevus/image/decode.h"
#include "nevus/quality/quality.h"
#include "quality/defects.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

fs::path data_folder() {
  auto const* const set = std::getenv("NEVUS_DATA");
  return set != nullptr ? fs::path(set) : fs::path(NEVUS_SOURCE_DIR).parent_path() / "shared/data";
}

std::vector<Image> load(std::vector<fs::path> const& paths) {
  std::vector<Image> photos;
  for (auto const& path : paths) {
    auto const bytes = read_file(path);
    if (!bytes) throw std::runtime_error(bytes.error().message);
    auto photo = image::decode(*bytes);
    if (!photo) throw std::runtime_error(path.string() + ": " + photo.error().message);
    photos.push_back(*std::move(photo));
  }
  return photos;
}

/// Ids of the validation split, in the order of split.csv.
std::vector<std::string> validation_ids() {
  std::ifstream file(data_folder() / "ham10000/split.csv");
  std::vector<std::string> ids;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with(",val")) ids.push_back(line.substr(0, line.find(',')));
  }
  return ids;
}

/// About `wanted` validation photos of a view, evenly spread over the split.
std::vector<Image> validation_photos(std::string const& view, std::size_t wanted) {
  std::vector<fs::path> present;
  for (auto const& id : validation_ids()) {
    auto const path = data_folder() / "ham10000" / view / (id + ".jpg");
    if (fs::exists(path)) present.push_back(path);
  }
  std::vector<fs::path> chosen;
  for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(present.at(i * present.size() / wanted));
  return load(chosen);
}

/// The originals' file names; each exists in images-200x150 too.
std::vector<fs::path> original_names() {
  std::vector<fs::path> names;
  for (auto const& entry : fs::directory_iterator(data_folder() / "ham10000/samples-600x450")) {
    if (entry.path().extension() == ".jpg") names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<Image> originals_in(std::string const& view) {
  std::vector<fs::path> paths;
  for (auto const& name : original_names()) paths.push_back(data_folder() / "ham10000" / view / name);
  return load(paths);
}

double flagged_frac(std::vector<Image> const& photos, Image (*change)(Image const&)) {
  auto const flagged = [change](Image const& photo) { return !quality::assess(change(photo)).usable(); };
  return static_cast<double>(std::ranges::count_if(photos, flagged)) / static_cast<double>(photos.size());
}

class QualityOfRealPhotos : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(data_folder() / "ham10000/split.csv")) {
      GTEST_SKIP() << "no HAM10000 in " << data_folder() << " (NEVUS_DATA)";
    }
  }

  static void expect_promises(std::vector<Image> const& photos) {
    EXPECT_LE(flagged_frac(photos, [](Image const& photo) { return photo; }), 0.03);
    for (auto const& defect : quality::defects::kStrongDefects) {
      EXPECT_GE(flagged_frac(photos, defect.spoil), 0.90) << defect.name;
    }
  }
};

TEST_F(QualityOfRealPhotos, PassAt200x150AndFailOnceSpoilt) {
  expect_promises(validation_photos("images-200x150", 150));
}

TEST_F(QualityOfRealPhotos, PassAt300x225AndFailOnceSpoilt) {
  expect_promises(validation_photos("images-300x225", 100));
}

TEST_F(QualityOfRealPhotos, PassAt600x450AndFailOnceSpoilt) { expect_promises(originals_in("samples-600x450")); }

/// How far a figure may move, as a part of itself and beside it.
struct Tolerance {
  double absolute;
  double relative;
  double outline = 0.02;  ///< absolute, for what rests on the lesion's outline
};

void expect_same_figures(Image const& photo, Image const& smaller, Tolerance tolerance) {
  auto const expected = quality::assess(photo);
  auto const actual = quality::assess(smaller);
  for (std::size_t i = 0; i < expected.measures.size(); ++i) {
    auto const& measure = expected.measures[i];
    if (measure.name == "resolution") continue;
    if (measure.name == "ruler") {  // a count, of which a stroke of skin more or less is nothing
      EXPECT_EQ(actual.measures[i].passed, measure.passed);
      continue;
    }
    EXPECT_NEAR(actual.measures[i].value, measure.value,
                (measure.name == "lesion_cut" ? tolerance.outline : tolerance.absolute) +
                    tolerance.relative * std::abs(measure.value))
        << measure.name;
  }
}

TEST_F(QualityOfRealPhotos, FiguresDoNotDependOnSize) {
  for (auto const& photo : originals_in("samples-600x450")) {
    for (auto const factor : {2, 3}) {
      expect_same_figures(photo, quality::defects::reduced(photo, factor), {.absolute = 0.02, .relative = 0.03});
    }
  }
}

TEST_F(QualityOfRealPhotos, FiguresAgreeWithTheDataSetsOwnReduction) {
  auto const originals = originals_in("samples-600x450");
  auto const reductions = originals_in("images-200x150");
  for (std::size_t i = 0; i < originals.size(); ++i) {
    expect_same_figures(originals[i], reductions[i],
                        {.absolute = 0.01, .relative = 0.08, .outline = 0.06});  // compressed again
  }
}

}  // namespace
}  // namespace nevus
