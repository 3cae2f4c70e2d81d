// SPDX-License-Identifier: MIT
#include "nevus/training/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "training/labelled.h"

namespace nevus {
namespace {

using testing::samples;

constexpr auto kNv = std::size_t(LesionClass::kNv);
constexpr auto kMel = std::size_t(LesionClass::kMel);

/// A recipe that draws with this power.
TrainingConfig drawn(double power) {
  TrainingConfig config;
  config.optimization.sampling_power = power;
  return config;
}

TEST(SampleOrder, RareClassesComeMoreOftenThanTheyAre) {
  auto const all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  auto const order = training::sample_order(all, 0.5, 1, 0);
  ASSERT_EQ(order.size(), all.size());
  std::map<std::size_t, int> times;
  int melanomas = 0;
  for (auto index : order) {
    ++times[index];
    melanomas += all[index].label == LesionClass::kMel ? 1 : 0;
  }
  EXPECT_EQ(melanomas, 250);  // sqrt(100) : sqrt(900) = 1 : 3
  for (auto const& [index, count] : times) {
    bool const rare = all[index].label == LesionClass::kMel;
    EXPECT_TRUE(rare ? count == 2 || count == 3 : count == 1) << count;
  }
}

TEST(SampleOrder, SharpnessTellsNothingOfTheClass) {
  auto all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  auto const plain = all;
  std::map<LesionClass, int> left{{LesionClass::kNv, 90}, {LesionClass::kMel, 80}};  // a tenth, four fifths
  for (auto const& sample : plain) {
    if (left[sample.label]-- <= 0) continue;
    all.push_back(sample);
    all.back().sharper = true;
  }
  std::map<LesionClass, int> draws;
  std::map<LesionClass, int> sharper;
  for (auto index : training::sample_order(all, 0.5, 1, 0)) {
    ++draws[all[index].label];
    sharper[all[index].label] += all[index].sharper ? 1 : 0;
  }
  EXPECT_EQ(draws[LesionClass::kNv] + draws[LesionClass::kMel], int(all.size()));
  for (auto const& [label, count] : draws) EXPECT_EQ(sharper[label], count / 2);
  EXPECT_NEAR(draws[LesionClass::kMel], 0.25 * double(all.size()), 1) << "sharper views are no further photos";
  EXPECT_EQ(training::prior_shift(plain, all, drawn(0.5)), training::prior_shift(plain, plain, drawn(0.5)));
}

TEST(SampleOrder, DependsOnSeedAndEpochAlone) {
  auto const all = samples({{LesionClass::kNv, 50}, {LesionClass::kMel, 20}});
  EXPECT_EQ(training::sample_order(all, 0.5, 1, 3), training::sample_order(all, 0.5, 1, 3));
  EXPECT_NE(training::sample_order(all, 0.5, 1, 3), training::sample_order(all, 0.5, 1, 4));
  EXPECT_NE(training::sample_order(all, 0.5, 1, 3), training::sample_order(all, 0.5, 2, 3));
}

TEST(PriorShift, UndoesTheSampling) {
  auto const all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  auto const shift = training::prior_shift(all, all, drawn(0.5));
  EXPECT_NEAR(shift[std::size_t(LesionClass::kNv)], std::log(0.9 / 0.75), 1e-6);
  EXPECT_NEAR(shift[std::size_t(LesionClass::kMel)], std::log(0.1 / 0.25), 1e-6);
  for (float value : training::prior_shift(all, all, drawn(0))) EXPECT_EQ(value, 0);
  auto const more_melanomas = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 900}});
  EXPECT_NEAR(training::prior_shift(all, more_melanomas, drawn(0))[std::size_t(LesionClass::kMel)], std::log(0.1 / 0.5),
              1e-6);
}

TEST(PriorShift, ClassWeightsCountLikeDraws) {
  auto const all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  auto weighted = drawn(0);
  weighted.loss.class_weight_power = 0.5;
  auto const weights = training::class_weights(all, weighted);
  EXPECT_NEAR(0.9 * weights[kNv] + 0.1 * weights[kMel], 1, 1e-12);
  EXPECT_NEAR(weights[kMel] / weights[kNv], 3, 1e-9);
  // A class that counts three times as much looks three times as frequent, as if it were drawn so.
  auto const shift = training::prior_shift(all, all, weighted);
  auto const as_drawn = training::prior_shift(all, all, drawn(0.5));
  EXPECT_NEAR(shift[kNv], as_drawn[kNv], 1e-6);
  EXPECT_NEAR(shift[kMel], as_drawn[kMel], 1e-6);
}

TEST(PriorShift, FullLogitAdjustmentLeavesOnlyTheNaturalPriorToAdd) {
  auto const all = samples({{LesionClass::kNv, 900}, {LesionClass::kMel, 100}});
  for (double power : {0.0, 0.5}) {
    auto config = drawn(power);
    config.loss.logit_adjustment = 1;
    auto const shift = training::prior_shift(all, all, config);
    EXPECT_NEAR(shift[kNv], std::log(0.9), 1e-6);
    EXPECT_NEAR(shift[kMel], std::log(0.1), 1e-6);
  }
}

}  // namespace
}  // namespace nevus
