// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "nevus/dataset/splits.h"

namespace nevus {
namespace {

/// A data folder with the class counts of HAM10000, a lesion for each photo and every third photo in val; the photos
/// are empty files. A test spoils one thing of it.
class MadeUpHam10000 : public ::testing::Test {
 protected:
  struct Row {
    std::string image_id, lesion_id, dx, part;
    std::string age = "55.0";
  };

  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "nevus-ham-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    for (auto const& lesion_class : kLesionClasses) {
      for (int i = 0; i < lesion_class.ham10000_photos; ++i) {
        auto const number = std::to_string(rows_.size());
        rows_.push_back(
            {"ISIC_" + number, "HAM_" + number, std::string(lesion_class.id), rows_.size() % 3 == 0 ? "val" : "train"});
      }
    }
    split_ = rows_;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  Result<Dataset> read() const {
    std::ofstream metadata(root_ / "HAM10000_metadata.csv");
    metadata << "lesion_id,image_id,dx,dx_type,age,sex,localization\n";
    for (auto const& row : rows_) {
      metadata << row.lesion_id << ',' << row.image_id << ',' << row.dx << ",histo," << row.age << ",male,back\n";
    }
    std::ofstream split(root_ / "split.csv");
    split << "image_id,lesion_id,dx,split\n";
    for (auto const& row : split_) {
      split << row.image_id << ',' << row.lesion_id << ',' << row.dx << ',' << row.part << '\n';
    }
    metadata.close();
    split.close();
    return dataset::read_ham10000(root_, "photos");
  }

  /// Links to one empty file: ten times quicker than as many files.
  void make_photos() const {
    std::filesystem::create_directory(root_ / "photos");
    std::ofstream(root_ / "empty").flush();
    for (auto const& row : rows_) {
      std::filesystem::create_hard_link(root_ / "empty", root_ / "photos" / (row.image_id + ".jpg"));
    }
  }

  void expect_refused(std::string const& reason) const {
    auto const data = read();
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().code, ErrorCode::kData);
    EXPECT_TRUE(data.error().message.starts_with(root_.string())) << data.error().message;
    EXPECT_NE(data.error().message.find(reason), std::string::npos) << data.error().message;
  }

  std::filesystem::path root_;
  std::vector<Row> rows_;
  std::vector<Row> split_;
};

TEST_F(MadeUpHam10000, IsReadWhenItIsComplete) {
  rows_[1].age = "";
  split_[2].part = "excluded";
  make_photos();
  auto const data = read();
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->train.size() + data->val.size(), 10014U);
  EXPECT_EQ(data->excluded_ids.size(), 1U);
  EXPECT_EQ(data->val[0].image_id, "ISIC_0");
  EXPECT_EQ(data->val[0].path, root_ / "photos" / "ISIC_0.jpg");
  EXPECT_EQ(data->val[0].age_years, 55.0);
  EXPECT_EQ(data->val[0].label, LesionClass::kAkiec);
  EXPECT_EQ(data->train[0].image_id, "ISIC_1");
  EXPECT_EQ(data->train[0].age_years, std::nullopt) << "an age that nobody wrote down is not 0";
}

TEST_F(MadeUpHam10000, AnotherViewShowsThePhotosThatItHas) {
  make_photos();
  auto const data = read();
  ASSERT_TRUE(data) << data.error().message;
  std::filesystem::create_directory(root_ / "sharp");
  for (auto const* name : {"ISIC_1.jpg", "ISIC_0.jpg", "ISIC_4.jpg"})  // 0 is a photo of val
    std::filesystem::create_hard_link(root_ / "empty", root_ / "sharp" / name);
  auto const sharper = dataset::in_sharper_view(data->train, root_, "sharp");
  ASSERT_TRUE(sharper) << sharper.error().message;
  ASSERT_EQ(sharper->size(), 2U);
  EXPECT_EQ(sharper->front().image_id, "ISIC_1");
  EXPECT_EQ(sharper->front().path, root_ / "sharp" / "ISIC_1.jpg");
  EXPECT_TRUE(sharper->front().sharper);
  EXPECT_FALSE(data->train[0].sharper);
  EXPECT_EQ(dataset::in_sharper_view(data->train, root_, "absent").error().code, ErrorCode::kData);
}

TEST_F(MadeUpHam10000, IsRefusedWhenAPhotoOfAClassIsTooMany) {
  rows_.push_back({"ISIC_new", "HAM_new", "mel", "train"});
  expect_refused("1114 photos of mel, but the complete data set has 1113");
}

TEST_F(MadeUpHam10000, IsRefusedWhenALabelWasChanged) {
  rows_.back().dx = "nv";
  expect_refused("6706 photos of nv, but the complete data set has 6705");
}

TEST_F(MadeUpHam10000, IsRefusedWhenALesionStandsOnBothSides) {
  rows_[1].lesion_id = split_[1].lesion_id = "HAM_0";
  expect_refused("photos of the lesion HAM_0 stand in two of train, val and test");
}

TEST_F(MadeUpHam10000, IsRefusedWhenSplitAndMetadataDisagree) {
  split_[5].dx = "mel";
  expect_refused("split.csv, line 7: ISIC_5 is HAM_5 mel here, but HAM_5 akiec in the metadata");
  split_[5] = rows_[5];
  split_[5].lesion_id = "HAM_6";
  expect_refused("split.csv, line 7: ISIC_5 is HAM_6 akiec here, but HAM_5 akiec in the metadata");
}

TEST_F(MadeUpHam10000, IsRefusedWhenTheSplitLacksOrInventsOrRepeatsAPhoto) {
  split_.pop_back();
  expect_refused("split.csv: ISIC_10014 is missing");
  split_.push_back({"ISIC_other", "HAM_1", "nv", "train"});
  expect_refused("split.csv, line 10016: ISIC_other is not in the metadata");
  split_.back() = split_.front();
  expect_refused("split.csv, line 10016: ISIC_0 stands twice");
}

TEST_F(MadeUpHam10000, IsRefusedWhenAWordIsUnknown) {
  split_[0].part = "validation";
  expect_refused("split.csv, line 2: \"validation\" is not train, val, test or excluded");
  rows_[3].age = "old";
  expect_refused("HAM10000_metadata.csv, line 5: the age \"old\" is not a number");
  rows_[2].dx = "melanoma";
  expect_refused("HAM10000_metadata.csv, line 4: \"melanoma\" is none of the seven classes");
  rows_[1].image_id = "ISIC_0";
  rows_[2].dx = "akiec";
  expect_refused("HAM10000_metadata.csv, line 3: ISIC_0 stands twice");
}

TEST_F(MadeUpHam10000, IsRefusedWhenPhotosAreMissing) {
  expect_refused("photos: No such file or directory");
  make_photos();
  std::filesystem::remove(root_ / "photos" / "ISIC_7.jpg");
  std::filesystem::remove(root_ / "photos" / "ISIC_9.jpg");
  expect_refused("photos: 2 of 10015 photos are missing, the first is ISIC_7.jpg");
}

TEST_F(MadeUpHam10000, IsReadAsItIsPublishedInTwoFolders) {
  make_photos();
  std::filesystem::rename(root_ / "photos", root_ / "photos_part_1");
  std::filesystem::create_directory(root_ / "photos_part_2");
  std::filesystem::rename(root_ / "photos_part_1" / "ISIC_0.jpg", root_ / "photos_part_2" / "ISIC_0.jpg");
  auto const data = read();
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->val[0].path, root_ / "photos_part_2" / "ISIC_0.jpg");
  EXPECT_EQ(data->train[0].path, root_ / "photos_part_1" / "ISIC_1.jpg");
}

TEST_F(MadeUpHam10000, WithoutTheFixedListOnlyAFoldOrTheLeakySplitCanBeTrained) {
  make_photos();
  (void)read();
  std::filesystem::remove(root_ / "split.csv");
  EXPECT_EQ(
      dataset::read_ham10000(root_, "photos").error().message,
      (root_ / "split.csv").string() +
          ": no such file, and the fixed split is its list; without it `fit --fold 0` divides the photos by lesion");
  auto const fold = dataset::read_ham10000(root_, "photos", {.kind = SplitKind::kFold, .fold = 1});
  ASSERT_TRUE(fold) << fold.error().message;
  EXPECT_NEAR(double(fold->val.size()), 2003, 4);
  EXPECT_EQ(fold->train.size() + fold->val.size(), 10015U);
  auto const leaky = dataset::read_ham10000(root_, "photos", {.kind = SplitKind::kLeaky8515});
  ASSERT_TRUE(leaky) << leaky.error().message;
  EXPECT_EQ(leaky->train.size(), 8512U);
}

TEST_F(MadeUpHam10000, ExcludedPhotosAreTrainedOnUnderTheLeakySplitAlone) {
  split_[0].part = split_[1].part = "excluded";
  make_photos();
  ASSERT_TRUE(read());
  auto const has = [](std::vector<Sample> const& samples, std::string const& id) {
    return std::ranges::any_of(samples, [&](Sample const& sample) { return sample.image_id == id; });
  };
  for (int fold = 0; fold < 5; ++fold) {
    auto const data = dataset::read_ham10000(root_, "photos", {.kind = SplitKind::kFold, .fold = fold}).value();
    EXPECT_FALSE(has(data.train, "ISIC_0") || has(data.val, "ISIC_0"));
  }
  auto const leaky = dataset::read_ham10000(root_, "photos", {.kind = SplitKind::kLeaky8515}).value();
  EXPECT_TRUE(has(leaky.train, "ISIC_0") || has(leaky.test, "ISIC_0"));
}

TEST(Ham10000, AFolderWithoutDataIsNamed) {
  auto const data = dataset::read_ham10000("/nowhere", "images-200x150");
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kData);
  EXPECT_EQ(data.error().message, "/nowhere/HAM10000_metadata.csv: no such file");
}

class RealHam10000 : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* const set = std::getenv("NEVUS_DATA");
    auto const root = set != nullptr ? std::filesystem::path(set)
                                     : std::filesystem::path(NEVUS_SOURCE_DIR).parent_path() / "shared" / "data";
    if (!std::filesystem::exists(root / "ham10000")) GTEST_SKIP() << "no HAM10000 in " << root << " (NEVUS_DATA)";
    auto data = dataset::read_ham10000(root / "ham10000", "images-200x150");
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
  }
  Dataset data_;
};

TEST_F(RealHam10000, PartsHaveThePublishedSizesAndClasses) {
  EXPECT_EQ(data_.train.size(), 6644U);
  EXPECT_EQ(data_.val.size(), 1090U);
  EXPECT_EQ(data_.test.size(), 1503U);
  EXPECT_EQ(data_.excluded_ids.size(), 778U);
  EXPECT_EQ(dataset::class_counts(data_.test), (PerClass<std::size_t>{49, 77, 165, 17, 168, 1006, 21}));
}

TEST_F(RealHam10000, NoLesionStandsOnTwoSides) {
  EXPECT_EQ(dataset::leaked_share(data_.train, data_.val), 0);
  EXPECT_EQ(dataset::leaked_share(data_.train, data_.test), 0);
  EXPECT_EQ(dataset::leaked_share(data_.val, data_.test), 0);
}

TEST_F(RealHam10000, EveryMelanomaIsConfirmedByHistology) {
  std::set<std::string> types;
  for (auto const* part : {&data_.train, &data_.val, &data_.test}) {
    for (auto const& one : *part) {
      if (one.label == LesionClass::kMel) types.insert(one.dx_type);
    }
  }
  EXPECT_EQ(types, std::set<std::string>{"histo"});
}

TEST_F(RealHam10000, PhotosAreDecodedWhole) {
  for (std::size_t i = 0; i < data_.test.size(); i += 100) {
    auto const photo = dataset::load_photo(data_.test[i]);
    ASSERT_TRUE(photo) << photo.error().message;
    EXPECT_EQ(photo->width_px(), 200);
    EXPECT_EQ(photo->height_px(), 150);
  }
}

}  // namespace
}  // namespace nevus
