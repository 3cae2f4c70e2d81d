// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "nevus/dataset/dataset.h"
#include "nevus/image/encode.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

class ForeignPhotos : public testing::Test {
 protected:
  ForeignPhotos() { fs::create_directories(root_ / "images"); }
  ~ForeignPhotos() override { fs::remove_all(root_); }

  void write_labels(std::string const& text) const { std::ofstream(root_ / "labels.csv") << text; }
  void write_photo(std::string const& name, int width_px, int height_px) const {
    Image const photo(width_px, height_px, std::vector<std::uint8_t>(std::size_t{3} * width_px * height_px, 150));
    auto const png = image::encode_png(photo);
    ASSERT_TRUE(png);
    std::ofstream(root_ / name, std::ios::binary)
        .write(reinterpret_cast<char const*>(png->data()), std::streamsize(png->size()));
  }

  fs::path const root_ = fs::temp_directory_path() / ("nevus_isic_" + std::to_string(::getpid()));
};

TEST_F(ForeignPhotos, SquashedFramesGetTheirShapeBack) {
  write_labels("image_id,split,diagnosis\nISIC_1,training,seborrheic_keratosis\n");
  write_photo("images/ISIC_1.jpg", 256, 256);
  auto const samples = dataset::read_isic2017(root_);
  ASSERT_TRUE(samples) << samples.error().message;
  ASSERT_EQ(samples->size(), 1U);
  EXPECT_EQ(samples->front().label, LesionClass::kBkl);
  auto const photo = dataset::load_photo(samples->front());
  ASSERT_TRUE(photo) << photo.error().message;
  EXPECT_EQ(photo->width_px(), 256);
  EXPECT_EQ(photo->height_px(), 192);
}

TEST_F(ForeignPhotos, MissingPhotosAndUnknownClassesAreNamed) {
  write_labels("image_id,diagnosis\nISIC_1,wart\n");
  auto samples = dataset::read_isic2017(root_);
  ASSERT_FALSE(samples);
  EXPECT_NE(samples.error().message.find("line 2: \"wart\""), std::string::npos) << samples.error().message;
  write_labels("image_id,class7\nISIC_1,bcc\n");
  samples = dataset::read_isic2019(root_);
  ASSERT_FALSE(samples);
  EXPECT_NE(samples.error().message.find("ISIC_1.jpg is missing"), std::string::npos) << samples.error().message;
}

TEST_F(ForeignPhotos, MayNotBeOnesOfTheEvaluatedParts) {
  Sample sample;
  sample.image_id = "ISIC_1";
  Dataset data;
  EXPECT_TRUE(dataset::add_foreign(data, {sample}, {}));
  data.test.push_back(sample);
  EXPECT_EQ(dataset::add_foreign(data, {sample}, {}).error().code, ErrorCode::kData);
  data.test.clear();
  data.excluded_ids = {"ISIC_1"};
  EXPECT_EQ(dataset::add_foreign(data, {}, {sample}).error().code, ErrorCode::kData);
}

TEST(ForeignPhotosHere, AreCompleteAndOutsideHam10000) {
  char const* const set = std::getenv("NEVUS_DATA");
  fs::path const root = set != nullptr ? fs::path(set) : fs::path(NEVUS_SOURCE_DIR) / "../shared/data";
  if (!fs::exists(root / "isic2019-84px")) GTEST_SKIP() << root << ": the data sets are not here";
  auto data = dataset::read_ham10000(root / "ham10000", "images-200x150");
  ASSERT_TRUE(data);
  auto extra = dataset::read_isic2017(root / "isic2017");
  auto pretraining = dataset::read_isic2019(root / "isic2019-84px");
  ASSERT_TRUE(extra) << extra.error().message;
  ASSERT_TRUE(pretraining) << pretraining.error().message;
  EXPECT_EQ(extra->size(), 2150U - 6U) << "all but the examples";
  for (auto const& example : fs::directory_iterator(NEVUS_SOURCE_DIR "/examples")) {
    auto const name = example.path().stem().string();
    auto const is_it = [&](Sample const& sample) { return name.ends_with(sample.image_id); };
    EXPECT_TRUE(std::ranges::none_of(*extra, is_it)) << name << " would be trained on";
  }
  EXPECT_EQ(dataset::class_counts(*pretraining), (PerClass<std::size_t>{1136, 2809, 1139, 124, 2886, 4331, 111}));
  auto const added = dataset::add_foreign(*data, std::move(*extra), std::move(*pretraining));
  EXPECT_TRUE(added) << added.error().message;
}

}  // namespace
}  // namespace nevus
