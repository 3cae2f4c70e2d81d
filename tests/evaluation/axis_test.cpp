// SPDX-License-Identifier: MIT
#include "nevus/evaluation/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nevus::evaluation {
namespace {

std::vector<std::string> labels(Axis const& axis) {
  std::vector<std::string> texts;
  for (auto const& tick : axis.ticks) texts.push_back(tick.label);
  return texts;
}

using Labels = std::vector<std::string>;

TEST(Axis, MarksAreRound) {
  EXPECT_EQ(labels(make_axis({0, 1}, AxisEnds::kAtTicks, 5)), (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels(make_axis({.513, .887}, AxisEnds::kAtTicks, 4)), (Labels{"0.5", "0.6", "0.7", "0.8", "0.9"}));
  EXPECT_EQ(labels(make_axis({-3, 4}, AxisEnds::kAtTicks, 4)), (Labels{"-4", "-2", "0", "2", "4"}));
  EXPECT_EQ(labels(make_axis({0, 3e6}, AxisEnds::kAtTicks, 3)), (Labels{"0", "1e+06", "2e+06", "3e+06"}));
  EXPECT_EQ(labels(make_axis({0, 2e-5}, AxisEnds::kAtTicks, 2)), (Labels{"0", "1e-05", "2e-05"}));
}

TEST(Axis, EpochsAreMarkedWithWholeNumbersOnly) {
  EXPECT_EQ(labels(make_axis({1, 2, 3}, AxisEnds::kAtData, 7)), (Labels{"1", "2", "3"}));
  EXPECT_EQ(labels(make_axis({1, 14}, AxisEnds::kAtData, 7)), (Labels{"2", "4", "6", "8", "10", "12", "14"}));
  EXPECT_EQ(labels(make_axis({1}, AxisEnds::kAtData, 7)), (Labels{"1"}));
}

TEST(Axis, HoldsEveryFiniteValueOfAnySize) {
  double const gap = std::numeric_limits<double>::quiet_NaN();
  for (std::vector<double> const& values :
       {std::vector<double>{-1e-9, 3e-9}, {5, 5}, {0, 0}, {-7}, {1e9, 1.1e9, gap}, {.1, .7}, {-.3, .3}}) {
    for (auto const ends : {AxisEnds::kAtData, AxisEnds::kAtTicks}) {
      auto const axis = make_axis(values, ends, 6);
      EXPECT_LT(axis.low, axis.high);
      for (double const value : values) {
        if (std::isnan(value)) continue;
        EXPECT_GE(axis.place(value), -1e-12) << value;
        EXPECT_LE(axis.place(value), 1 + 1e-12) << value;
      }
      EXPECT_GE(axis.ticks.size(), 1U);
      EXPECT_LE(axis.ticks.size(), 9U);
      for (auto const& tick : axis.ticks) {
        EXPECT_GE(axis.place(tick.value), -1e-6);
        EXPECT_LE(axis.place(tick.value), 1 + 1e-6);
      }
    }
  }
}

TEST(Axis, WithoutValuesGoesFromZeroToOne) {
  auto const axis = make_axis({std::numeric_limits<double>::infinity()}, AxisEnds::kAtTicks, 5);
  EXPECT_EQ(axis.low, 0);
  EXPECT_EQ(axis.high, 1);
}

}  // namespace
}  // namespace nevus::evaluation
