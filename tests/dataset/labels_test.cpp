// SPDX-License-Identifier: MIT
#include "nevus/dataset/labels.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace nevus {
namespace {

namespace fs = std::filesystem;
using enum LesionClass;

class Labels : public ::testing::Test {
 protected:
  Labels() { fs::create_directories(root_); }
  ~Labels() override { fs::remove_all(root_); }

  Result<LabelList> read(std::string const& text) const {
    std::ofstream(root_ / "labels.csv") << text;
    return dataset::read_label_list(root_ / "labels.csv");
  }
  LabelList list_of(std::string const& text) const {
    auto list = read(text);
    EXPECT_TRUE(list) << list.error().message;
    return list ? *list : LabelList{};
  }
  std::string problem_of(std::string const& text) const {
    auto const list = read(text);
    if (list) return "no problem";
    EXPECT_EQ(list.error().code, ErrorCode::kData);
    return list.error().message.substr(root_.string().size() + 1);
  }
  void touch(std::string const& name) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name).flush();
  }

  fs::path const root_ = fs::temp_directory_path() / ("nevus_labels_" + std::to_string(::getpid()));
};

std::vector<LesionClass> classes_of(LabelList const& list) {
  std::vector<LesionClass> classes;
  for (auto const& sample : list.samples) classes.push_back(sample.label);
  return classes;
}

TEST_F(Labels, OfHam10000) {
  auto const list = list_of(
      "lesion_id,image_id,dx,dx_type,age,sex,localization\nHAM_1,ISIC_1,bkl,histo,80.0,male,scalp\n"
      "HAM_2,ISIC_2,df,consensus,,female,back\n");
  EXPECT_EQ(list.form, LabelForm::kHam10000);
  EXPECT_EQ(classes_of(list), (std::vector{kBkl, kDf}));
  EXPECT_EQ(list.samples[0].lesion_id, "HAM_1");
  EXPECT_EQ(list.samples[0].age_years, 80.0);
  EXPECT_EQ(list.samples[0].localization, "scalp");
  EXPECT_EQ(list.samples[1].age_years, std::nullopt);
  auto const bare = list_of("image_id,dx\nISIC_1,mel\n");
  EXPECT_EQ(bare.samples[0].lesion_id, "") << "nobody said so";
}

TEST_F(Labels, OfIsic2018) {
  auto const list =
      list_of("image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\nISIC_1,0.0,1.0,0.0,0.0,0.0,0.0,0.0\nISIC_2,0,0,0,1,0,0,0\n");
  EXPECT_EQ(list.form, LabelForm::kIsic2018);
  EXPECT_EQ(classes_of(list), (std::vector{kNv, kAkiec}));
}

TEST_F(Labels, OfIsic2019WithTwoKindsOfKeratosisAndUnknownLesions) {
  auto const list = list_of(
      "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\nISIC_1,0,0,0,1,0,0,0,0,0\nISIC_2,0,0,0,0,0,0,0,1,0\n"
      "ISIC_3,0,0,0,0,0,0,0,0,1\nISIC_4,0,0,0,0,0,0,1.0,0,0\n");
  EXPECT_EQ(list.form, LabelForm::kIsic2019);
  EXPECT_EQ(classes_of(list), (std::vector{kAkiec, kAkiec, kVasc}));
  EXPECT_EQ(list.outside_classes, 1U);
}

TEST_F(Labels, AsImageAndLabel) {
  auto const list = list_of("image,label\nmole.1.JPG,nv\nmole.2,mel\n");
  EXPECT_EQ(list.form, LabelForm::kSimple);
  EXPECT_EQ(list.samples[0].image_id, "mole.1") << "named with the file's ending";
  EXPECT_EQ(list.samples[1].image_id, "mole.2");
}

TEST_F(Labels, DefectsAreNamedWithTheirLine) {
  EXPECT_EQ(
      problem_of("photo,diagnosis\na,mel\n").find("labels.csv, line 1: the header is of no form that Nevus reads"), 0U);
  EXPECT_EQ(problem_of("image,label\na,mel\nb,melanoma\n"),
            "labels.csv, line 3: \"melanoma\" is none of the classes akiec, bcc, bkl, df, mel, nv, vasc");
  EXPECT_EQ(problem_of("image,label\na,mel\na.png,nv\n"), "labels.csv: a stands twice");
  EXPECT_EQ(problem_of("image,label\n"), "labels.csv: holds no photo of the seven classes");
  std::string const one_hot = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n";
  EXPECT_EQ(problem_of(one_hot + "a,1,0,0,0,0,0,1\n"), "labels.csv, line 2: a is marked as two classes");
  EXPECT_EQ(problem_of(one_hot + "a,0,0,0,0,0,0,0\n"), "labels.csv, line 2: a is marked as no class");
  EXPECT_EQ(problem_of(one_hot + "a,0.5,0,0,0,0,0,0\n"),
            "labels.csv, line 2: \"0.5\" in column MEL is neither 0 nor 1");
  EXPECT_EQ(dataset::read_label_list(root_ / "none.csv").error().code, ErrorCode::kNotFound);
}

TEST_F(Labels, PhotosAreFoundByIdWhateverTheirFormatAndFolder) {
  touch("photos/a.JPEG");
  touch("photos/deep/b.webp");
  touch("photos/c.txt");
  auto list = list_of("image,label\na,mel\nb,nv\nc,df\n");
  auto const found = dataset::find_photos(list.samples, root_ / "photos");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->samples.size(), 2U);
  EXPECT_EQ(found->samples[1].path, root_ / "photos/deep/b.webp");
  EXPECT_EQ(found->missing, std::vector<std::string>{"c"});
  EXPECT_EQ(dataset::find_photos(list.samples, root_ / "nowhere").error().code, ErrorCode::kNotFound);
}

TEST_F(Labels, TwoPhotosOfOneIdAreNotGuessedBetween) {
  touch("photos/part_1/a.jpg");
  touch("photos/part_2/a.jpg");
  auto const found = dataset::find_photos(list_of("image,label\na,mel\n").samples, root_ / "photos");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kData);
  EXPECT_NE(found.error().message.find("part_1/a.jpg and "), std::string::npos) << found.error().message;
}

}  // namespace
}  // namespace nevus
