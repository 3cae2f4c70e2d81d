// SPDX-License-Identifier: MIT
#include "nevus/dataset/check.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "nevus/image/encode.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// A folder in which tiny data sets are made up from drawings.
class Folders : public ::testing::Test {
 protected:
  Folders() { fs::create_directories(root_); }
  ~Folders() override { fs::remove_all(root_); }

  void write(std::string const& name, std::string const& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  /// A drawing of `seed`: the same seed gives the same bytes.
  void draw(std::string const& name, std::uint64_t seed, LesionClass label = LesionClass::kNv) const {
    auto const jpeg = image::encode_jpeg(model::synthetic_lesion(seed, label, 80, 72), 80);
    ASSERT_TRUE(jpeg);
    write(name, {jpeg->begin(), jpeg->end()});
  }
  Layout layout() const {
    auto read = dataset::read_layout(root_);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : Layout{};
  }
  DataCheck check() const {
    return dataset::check(layout(), [](std::size_t, std::size_t) {});
  }
  static bool has_problem(DataCheck const& found, std::string const& words) {
    return std::ranges::any_of(found.problems, [&](std::string const& problem) { return holds(problem, words); });
  }

  fs::path const root_ = fs::temp_directory_path() / ("nevus_layout_" + std::to_string(::getpid()));
};

TEST_F(Folders, Ham10000AsItIsPublished) {
  write("HAM10000_metadata.csv",
        "lesion_id,image_id,dx,dx_type,age,sex,localization\nL1,ISIC_1,mel,histo,50,male,back\n"
        "L1,ISIC_2,mel,histo,50,male,back\nL2,ISIC_3,nv,histo,,female,face\n");
  draw("HAM10000_images_part_1/ISIC_1.jpg", 1);
  draw("HAM10000_images_part_2/ISIC_2.jpg", 2);
  auto const found = layout();
  EXPECT_EQ(found.kind, LayoutKind::kHam10000);
  ASSERT_EQ(found.parts.size(), 1U);
  EXPECT_EQ(found.parts[0].name, "all");
  EXPECT_EQ(found.parts[0].samples.size(), 2U);
  EXPECT_EQ(found.parts[0].missing, std::vector<std::string>{"ISIC_3"});
  auto const checked = check();
  EXPECT_TRUE(has_problem(checked, "1 photo of all is missing: ISIC_3")) << checked.report;
  EXPECT_TRUE(has_problem(checked, "2 photos of mel, but the complete data set has 1113"));
  EXPECT_TRUE(holds(checked.report, "HAM10000_images_part_2")) << checked.report;
}

TEST_F(Folders, ALesionInTwoPartsIsALeak) {
  write("HAM10000_metadata.csv",
        "lesion_id,image_id,dx\nL1,ISIC_1,mel\nL1,ISIC_2,mel\nL2,ISIC_3,nv\nL3,ISIC_4,nv\nL3,ISIC_5,nv\n");
  write("split.csv", "image_id,split\nISIC_1,train\nISIC_2,val\nISIC_3,val\nISIC_4,test\nISIC_5,excluded\n");
  for (int i = 1; i <= 5; ++i) draw("images-small/ISIC_" + std::to_string(i) + ".jpg", std::uint64_t(i));
  auto const checked = check();
  EXPECT_TRUE(has_problem(checked, "50.0 % of val show a lesion that is also in train")) << checked.report;
  EXPECT_FALSE(has_problem(checked, "test show")) << checked.report;
  EXPECT_FALSE(has_problem(checked, "excluded")) << "that is what they are excluded for";
}

TEST_F(Folders, Isic2018WithItsTestPhotos) {
  std::string const header = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n";
  write("ISIC2018_Task3_Training_GroundTruth/ISIC2018_Task3_Training_GroundTruth.csv", header + "a,1,0,0,0,0,0,0\n");
  write("ISIC2018_Task3_Training_LesionGroupings.csv",
        "image,lesion_id,diagnosis_confirm_type\na,HAM_7,histopathology\n");
  write("ISIC2018_Task3_Test_GroundTruth.csv", header + "b,0,0,0,0,1,0,0\n");
  draw("ISIC2018_Task3_Training_Input/a.jpg", 1);
  draw("ISIC2018_Task3_Test_Input/b.jpg", 2);
  auto const found = layout();
  EXPECT_EQ(found.kind, LayoutKind::kIsic2018);
  ASSERT_EQ(found.parts.size(), 2U);
  EXPECT_EQ(found.parts[0].samples[0].lesion_id, "HAM_7");
  EXPECT_EQ(found.parts[1].name, "test");
  EXPECT_EQ(found.parts[1].samples[0].label, LesionClass::kBkl);
  EXPECT_TRUE(holds(check().report, "whether test shows lesions of train is not known")) << check().report;
}

TEST_F(Folders, Isic2019) {
  write("ISIC_2019_Training_GroundTruth.csv",
        "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\na,0,0,0,0,0,0,0,1,0\nb,0,0,0,0,0,0,0,0,1\n");
  write("ISIC_2019_Training_Metadata.csv", "image,age_approx,anatom_site_general,lesion_id,sex\na,50,,BCN_1,male\n");
  draw("ISIC_2019_Training_Input/a.jpg", 1);
  auto const found = layout();
  EXPECT_EQ(found.kind, LayoutKind::kIsic2019);
  EXPECT_EQ(found.parts[0].samples[0].label, LesionClass::kAkiec);
  EXPECT_EQ(found.parts[0].samples[0].lesion_id, "BCN_1");
  EXPECT_EQ(found.parts[0].outside_classes, 1U);
}

TEST_F(Folders, AFolderForEachClassIsCleanWhenNothingIsWrong) {
  draw("train/nv/a.jpg", 1);
  draw("train/MEL/b.jpg", 2);
  draw("test/nv/c.jpg", 3);
  auto const checked = check();
  EXPECT_TRUE(checked.problems.empty()) << checked.report;
  EXPECT_TRUE(holds(checked.report, "complete and clean")) << checked.report;
  EXPECT_TRUE(holds(checked.report, "3 of 3 photos can be decoded")) << checked.report;
  EXPECT_EQ(dataset::class_counts(layout().parts[0].samples)[static_cast<std::size_t>(LesionClass::kMel)], 1U);
}

TEST_F(Folders, PhotosOutsideTheClassesAndEmptyClassesAreProblems) {
  draw("nv/a.jpg", 1);
  draw("melanoma/b.jpg", 2);
  draw("melanoma/more/c.jpg", 3);
  draw("nv/again/d.jpg", 4);
  draw("loose.jpg", 5);
  fs::create_directory(root_ / "vasc");
  auto const checked = check();
  EXPECT_TRUE(has_problem(checked, "melanoma: 2 photos in a folder that is named for none of the seven classes"));
  EXPECT_TRUE(has_problem(checked, "vasc: a folder for a class without a photo in it")) << checked.report;
  EXPECT_TRUE(has_problem(checked, "nv/again: 1 photo in a folder inside that of a class"));
  EXPECT_TRUE(has_problem(checked, "1 photo beside the folders for the classes"));
  EXPECT_TRUE(holds(checked.report, "no photo of akiec, bcc, bkl, df, mel, vasc in all")) << checked.report;
  EXPECT_FALSE(holds(checked.report, "complete and clean"));
}

TEST_F(Folders, ClassesBesideThePartsAreLost) {
  draw("train/nv/a.jpg", 1);
  draw("train/naevus/b.jpg", 2);
  draw("mel/c.jpg", 3);
  EXPECT_TRUE(has_problem(check(), "train/naevus: 1 photo in a folder that is named for none"));
  EXPECT_TRUE(has_problem(check(), "mel: 1 photo beside train, val and test"));
}

TEST_F(Folders, DamagedAndDoubledPhotosAreNamed) {
  draw("train/nv/a.jpg", 1);
  draw("train/mel/same.jpg", 1);
  draw("train/nv/twin.jpg", 1);
  draw("test/nv/again.jpg", 1);
  write("train/nv/broken.jpg", "\xFF\xD8\xFF no photo");
  auto const checked = check();
  ASSERT_EQ(checked.damaged.size(), 1U);
  EXPECT_TRUE(holds(checked.damaged[0], "broken.jpg: "));
  ASSERT_EQ(checked.duplicates.size(), 1U);
  EXPECT_EQ(checked.duplicates[0].files.size(), 4U);
  EXPECT_TRUE(has_problem(checked, "the same bytes under two labels"));
  EXPECT_TRUE(has_problem(checked, "the same bytes in two parts"));
}

TEST_F(Folders, EveryPhotoIsCountedWhileItGoesOn) {
  for (int i = 0; i < 9; ++i) draw("nv/" + std::to_string(i) + ".jpg", std::uint64_t(i));
  std::size_t calls = 0;
  std::size_t last = 0;
  (void)dataset::check(layout(), [&](std::size_t done, std::size_t all) {
    ++calls;
    EXPECT_EQ(done, last + 1);
    EXPECT_EQ(all, 9U);
    last = done;
  });
  EXPECT_EQ(calls, 9U);
}

TEST_F(Folders, WhatIsNoDataSetIsRefusedWithWhatWasLookedFor) {
  write("notes.txt", "nothing here");
  auto const read = dataset::read_layout(root_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kData);
  EXPECT_TRUE(holds(read.error().message, "HAM10000_metadata.csv")) << read.error().message;
  EXPECT_EQ(dataset::read_layout(root_ / "nowhere").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace nevus
