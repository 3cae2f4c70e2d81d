// SPDX-License-Identifier: MIT
#include "nevus/risk/ood.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nevus {
namespace {

/// In three dimensions: one axis along x of variance 4, variance 0.25 in y and z, mean (1, 0, 0).
FeatureStatistics const kStatistics{"", {1, 0, 0}, {4}, {1, 0, 0}, .25, 1.5, 3};

TEST(FeatureDistance, IsMahalanobisOverTheDimensions) {
  auto const distance = [](std::vector<float> const& embedding) {
    return risk::feature_distance(embedding, kStatistics);
  };
  EXPECT_DOUBLE_EQ(distance({1, 0, 0}), 0);
  EXPECT_DOUBLE_EQ(distance({5, 0, 0}), std::sqrt(16 / 4.0 / 3));
  EXPECT_DOUBLE_EQ(distance({1, 0, 2}), std::sqrt(4 / .25 / 3));
  EXPECT_DOUBLE_EQ(distance({5, 3, 4}), std::sqrt((16 / 4.0 + 25 / .25) / 3));
}

TEST(FeatureDistance, TheLimitsThemselvesCount) {
  auto const state = [](float z) { return risk::judge_features(std::vector<float>{1, 0, z}, kStatistics).state; };
  // distance = z * 2 / sqrt(3)
  EXPECT_EQ(state(1.29F), OodState::kInDistribution);
  EXPECT_EQ(state(1.31F), OodState::kDoubtful);
  EXPECT_EQ(state(2.59F), OodState::kDoubtful);
  EXPECT_EQ(state(2.61F), OodState::kRejected);
  EXPECT_FALSE(risk::judge_features(std::vector<float>{1, 0, 2}, kStatistics).reason.empty());
  EXPECT_EQ(risk::judge_features(std::vector<float>{1, 0, 3}, kStatistics).cause, "distance");
  EXPECT_TRUE(risk::judge_features(std::vector<float>{1, 0, 1}, kStatistics).cause.empty());
}

}  // namespace
}  // namespace nevus
