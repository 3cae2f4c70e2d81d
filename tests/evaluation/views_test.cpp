// SPDX-License-Identifier: MIT
#include "nevus/evaluation/views.h"

#include <gtest/gtest.h>

#include "evaluation/made_up_predictions.h"

namespace nevus {
namespace {

TEST(Views, TheSameAnswersDoNotDiffer) {
  auto const photos = testing::made_up_predictions(1000, 1, 1.5);
  auto const differences = evaluation::recall_differences(photos, photos, 1, 50);
  EXPECT_EQ(differences.size(), kLesionClassCount);
  for (auto const& [name, metric] : differences) {
    EXPECT_EQ(metric.value, 0) << name;
    EXPECT_EQ(metric.low, 0);
    EXPECT_EQ(metric.high, 0);
  }
}

TEST(Views, AViewInWhichEveryMelanomaIsFoundDiffersForMelanomaAlone) {
  auto const base = testing::made_up_predictions(600, 2, 1);
  auto sharper = base;
  for (auto& photo : sharper) {
    if (photo.truth == LesionClass::kMel) photo.logits[std::size_t(LesionClass::kMel)] += 100;
  }
  auto const prior = testing::class_frequencies(base);
  auto const recall = evaluation::measure(base, 1, prior).recall[std::size_t(LesionClass::kMel)];
  auto const differences = evaluation::recall_differences(sharper, base, 1, 200);
  auto const& mel = differences.at("recall_difference.mel");
  EXPECT_NEAR(mel.value, 1 - recall, 1e-12);
  EXPECT_LT(mel.low, mel.value);
  EXPECT_GT(mel.high, mel.value);
  EXPECT_GT(mel.low, 0);
  EXPECT_EQ(differences.at("recall_difference.nv").value, 0);
}

TEST(Views, OtherPhotosDoNotCompare) {
  auto const photos = testing::made_up_predictions(30, 1, 1);
  auto fewer = photos;
  fewer.pop_back();
  EXPECT_THROW((void)evaluation::recall_differences(photos, fewer, 1), std::logic_error);
}

}  // namespace
}  // namespace nevus
