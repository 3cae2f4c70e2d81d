// SPDX-License-Identifier: MIT
#include "nevus/dataset/folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>

namespace nevus {
namespace {

namespace fs = std::filesystem;

/// Empty files: a data set is divided without a look at its photos.
class Folder : public ::testing::Test {
 protected:
  ~Folder() override { fs::remove_all(root_); }

  void put(std::string const& file, std::string const& text = "") const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  void put_classes(std::string const& below, int photos) const {
    for (auto const& lesion_class : kLesionClasses) {
      for (int i = 0; i < photos; ++i) {
        auto const id = std::string(lesion_class.id);
        put(below + id + "/" + id + std::to_string(i) + ".jpg");
      }
    }
  }
  [[nodiscard]] std::string problem() const {
    auto const data = dataset::read_folder(root_, {});
    return data ? "none" : data.error().message;
  }

  fs::path const root_ = fs::temp_directory_path() / ("nevus_folder_" + std::to_string(::getpid()));
};

TEST_F(Folder, WithoutPartsATenthOfEachClassIsKeptApartForValAndTest) {
  put_classes("", 20);
  auto const data = dataset::read_folder(root_, {});
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->source, "folders");
  EXPECT_EQ(data->split, "grouped");
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    EXPECT_EQ(dataset::class_counts(data->train)[c], 16U);
    EXPECT_EQ(dataset::class_counts(data->val)[c], 2U);
    EXPECT_EQ(dataset::class_counts(data->test)[c], 2U);
  }
  auto const again = dataset::read_folder(root_, {});
  EXPECT_EQ(dataset::content_sha256(again->train), dataset::content_sha256(data->train));
  EXPECT_NE(dataset::describe_split(*data).find("without lesion ids nobody can know that"), std::string::npos);
}

TEST_F(Folder, PartsThatAreThereStay) {
  put_classes("train/", 12);
  put_classes("val/", 3);
  put_classes("test/", 2);
  auto const data = dataset::read_folder(root_, {});
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->split, "fixed");
  EXPECT_EQ(data->train.size(), 84U);
  EXPECT_EQ(data->val.size(), 21U);
  EXPECT_EQ(data->test.size(), 14U);
}

TEST_F(Folder, AFoldLeavesTheTestPartAlone) {
  put_classes("", 20);
  auto const whole = dataset::read_folder(root_, {});
  for (int fold = 0; fold < 3; ++fold) {
    auto const data = dataset::read_folder(root_, {.kind = SplitKind::kFold, .fold = fold, .folds = 3});
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->split, "fold");
    EXPECT_EQ(dataset::content_sha256(data->test), dataset::content_sha256(whole->test));
    EXPECT_EQ(data->train.size() + data->val.size(), 126U);
  }
}

TEST_F(Folder, Isic2019IsDividedByItsLesions) {
  std::string truth = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n";
  std::string lesions = "image,age_approx,anatom_site_general,lesion_id,sex\n";
  for (int i = 0; i < 240; ++i) {
    auto const id = "ISIC_" + std::to_string(i);
    truth += id;
    for (int column = 0; column < 9; ++column) truth += column == i / 2 % 8 ? ",1.0" : ",0.0";
    truth += '\n';
    lesions += id + ",50,,BCN_" + std::to_string(i / 2) + ",male\n";
    put("ISIC_2019_Training_Input/" + id + ".jpg");
  }
  put("ISIC_2019_Training_GroundTruth.csv", truth);
  put("ISIC_2019_Training_Metadata.csv", lesions);
  auto const data = dataset::read_folder(root_, {});
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->source, "isic2019");
  EXPECT_EQ(dataset::leaked_share(data->train, data->val), 0);
  EXPECT_EQ(dataset::leaked_share(data->train, data->test), 0);
  EXPECT_EQ(data->train.size() + data->val.size() + data->test.size(), 240U);
  EXPECT_GE(data->val.size(), 16U);
}

TEST_F(Folder, WhatCannotBeTrainedOnIsNamed) {
  put_classes("", 20);
  fs::remove_all(root_ / "df");
  EXPECT_NE(problem().find("no photo of df to train on"), std::string::npos) << problem();
  fs::remove_all(root_);
  put("HAM10000_metadata.csv", "lesion_id,image_id,dx\nL1,ISIC_1,mel\n");
  put("images/other.jpg");
  EXPECT_NE(problem().find("1 photos of all are missing, the first is ISIC_1"), std::string::npos) << problem();
}

}  // namespace
}  // namespace nevus
