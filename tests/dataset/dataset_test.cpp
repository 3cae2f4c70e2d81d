// SPDX-License-Identifier: MIT
#include "nevus/dataset/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace nevus {
namespace {

Sample sample(std::string image_id, std::string lesion_id, LesionClass label = LesionClass::kNv) {
  Sample made;
  made.image_id = std::move(image_id);
  made.lesion_id = std::move(lesion_id);
  made.label = label;
  return made;
}

TEST(Dataset, LeakedShareCountsPhotosOfKnownLesions) {
  std::vector<Sample> const train{sample("a", "L1"), sample("b", "L2"), sample("c", "L2")};
  EXPECT_DOUBLE_EQ(dataset::leaked_share(train, {sample("d", "L3")}), 0);
  EXPECT_DOUBLE_EQ(dataset::leaked_share(train, {sample("d", "L2"), sample("e", "L2"), sample("f", "L3")}), 2.0 / 3);
  EXPECT_DOUBLE_EQ(dataset::leaked_share({}, {sample("d", "L1")}), 0);
  EXPECT_DOUBLE_EQ(dataset::leaked_share({sample("a", "")}, {sample("d", "")}), 0) << "not the same unknown lesion";
  EXPECT_DOUBLE_EQ(dataset::leaked_share(train, {}), 0);
}

TEST(Dataset, ContentHashIsOfTheSortedListOfImagesAndClasses) {
  auto const first = sample("ISIC_1", "L1", LesionClass::kMel);
  auto const second = sample("ISIC_2", "L2");
  // printf 'ISIC_1,mel\nISIC_2,nv\n' | sha256sum
  EXPECT_EQ(dataset::content_sha256({second, first}),
            "2231a52725bae0ce059ff61e1739235b7a18407ee466dd8c364850e9f85c0444");
  EXPECT_EQ(dataset::content_sha256({first, second}), dataset::content_sha256({second, first}));
  EXPECT_NE(dataset::content_sha256({first, second}),
            dataset::content_sha256({sample("ISIC_1", "L1", LesionClass::kBkl), second}));
}

TEST(Dataset, SyntheticLesionsFillEachPartEvenlyAndNeverRepeat) {
  auto const data = dataset::synthetic(8, 3);
  PerClass<std::size_t> eight{};
  PerClass<std::size_t> two{};
  eight.fill(8);
  two.fill(2);
  EXPECT_EQ(dataset::class_counts(data.train), eight);
  EXPECT_EQ(dataset::class_counts(data.val), two);
  EXPECT_EQ(dataset::class_counts(data.test), two);
  EXPECT_EQ(dataset::leaked_share(data.train, data.val), 0);
  EXPECT_EQ(dataset::leaked_share(data.train, data.test), 0);
  EXPECT_EQ(dataset::leaked_share(data.val, data.test), 0);
  std::set<std::uint64_t> seeds;
  for (auto const* part : {&data.train, &data.val, &data.test}) {
    for (auto const& drawing : *part) seeds.insert(drawing.synthetic_seed.value());
  }
  EXPECT_EQ(seeds.size(), 12U * kLesionClassCount) << "every photo is another drawing";
}

TEST(Dataset, SyntheticPhotosAreTheSameForTheSameSeedOnly) {
  auto const data = dataset::synthetic(1, 3);
  auto const photo = dataset::load_photo(data.train[0]).value();
  EXPECT_EQ(photo.pixels(), dataset::load_photo(dataset::synthetic(1, 3).train[0])->pixels());
  EXPECT_NE(photo.pixels(), dataset::load_photo(dataset::synthetic(1, 4).train[0])->pixels());
  EXPECT_EQ(data.val.size(), kLesionClassCount) << "a quarter of one is rounded up, so that there is something to test";
}

TEST(Dataset, APhotoThatCannotBeReadIsNamed) {
  auto missing = sample("a", "L1");
  missing.path = "/nowhere/a.jpg";
  auto const photo = dataset::load_photo(missing);
  ASSERT_FALSE(photo);
  EXPECT_EQ(photo.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(photo.error().message.starts_with("/nowhere/a.jpg")) << photo.error().message;

  auto damaged = sample("b", "L1");
  damaged.path = ::testing::TempDir() + "nevus-damaged-" + std::to_string(::getpid()) + ".jpg";
  std::ofstream(damaged.path) << "not a photo at all";
  auto const refused = dataset::load_photo(damaged);
  std::filesystem::remove(damaged.path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupportedFormat);
  EXPECT_TRUE(refused.error().message.starts_with(damaged.path.string())) << refused.error().message;
}

}  // namespace
}  // namespace nevus
