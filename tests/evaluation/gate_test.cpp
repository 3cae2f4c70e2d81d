// SPDX-License-Identifier: MIT
#include "nevus/evaluation/gate.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "evaluation/made_up_predictions.h"

namespace nevus {
namespace {

std::optional<std::string> refusal_of(std::vector<Prediction> const& photos) {
  auto const prior = testing::class_frequencies(photos);
  return evaluation::majority_refusal(evaluation::measure_with_intervals(photos, 1, prior, 200),
                                      evaluation::majority_baseline(photos));
}

bool says(std::optional<std::string> const& refusal, std::string const& words) {
  return refusal && refusal->find(words) != std::string::npos;
}

TEST(Gate, ANetworkThatHardlyTellsPhotosApartIsUntrained) {
  auto photos = testing::made_up_predictions(100, 1, 0);
  EXPECT_EQ(evaluation::untrained_refusal(photos), std::nullopt) << "wrong, but trained";
  for (auto& photo : photos) {
    for (auto& logit : photo.logits) logit = .02F * logit - 3;  // whatever the prior has moved them by
  }
  auto const refusal = evaluation::untrained_refusal(photos);
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("nearly the same of every photo"), std::string::npos) << *refusal;
  EXPECT_EQ(evaluation::untrained_refusal({photos.front()}), std::nullopt) << "one photo tells nothing";
  photos[7].logits[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(evaluation::untrained_refusal(photos));
}

TEST(Gate, ANetworkThatSeesTheLesionPasses) {
  EXPECT_EQ(refusal_of(testing::made_up_predictions(1500, 1, 4)), std::nullopt);
}

TEST(Gate, AlwaysNevusDoesNotPass) {
  auto photos = testing::made_up_predictions(1500, 1, 0);
  for (auto& photo : photos) {
    photo.logits.fill(0);
    photo.logits[static_cast<std::size_t>(LesionClass::kNv)] = 5;
  }
  EXPECT_TRUE(says(refusal_of(photos), "accuracy of 0.6")) << *refusal_of(photos);
}

TEST(Gate, AnswersThatKnowNothingOfThePhotoDoNotPass) {
  auto photos = testing::made_up_predictions(1500, 2, 0);
  for (auto& photo : photos) photo.logits[static_cast<std::size_t>(LesionClass::kNv)] += 1.2F;
  EXPECT_TRUE(refusal_of(photos));
}

TEST(Gate, AccuracyMadeOfNeviAloneDoesNotPass) {
  // The accuracy is far above the share of nevi, but all other classes are hardly ever found.
  auto const photos = testing::made_up_predictions(1500, 3, 0);
  std::map<std::string, Metric> const metrics{
      {"accuracy", {.75, .73, .77}}, {"balanced_accuracy", {.2, .19, .21}}, {"macro_auc", {.9, .88, .92}}};
  EXPECT_TRUE(says(evaluation::majority_refusal(metrics, evaluation::majority_baseline(photos)), "balanced accuracy"));
  std::map<std::string, Metric> const blind{
      {"accuracy", {.75, .73, .77}}, {"balanced_accuracy", {.5, .4, .6}}, {"macro_auc", {.58, .55, .61}}};
  EXPECT_TRUE(says(evaluation::majority_refusal(blind, evaluation::majority_baseline(photos)), "macro AUC"));
}

TEST(Gate, TheIntervalCountsAndNotTheFigureAlone) {
  Figures majority;
  majority.accuracy = .67;
  majority.balanced_accuracy = 1.0 / 7;
  std::map<std::string, Metric> metrics{
      {"accuracy", {.70, .66, .74}}, {"balanced_accuracy", {.6, .5, .7}}, {"macro_auc", {.9, .8, .95}}};
  EXPECT_TRUE(says(evaluation::majority_refusal(metrics, majority), "not clearly above 0.670"));
  metrics["accuracy"].low = .68;
  EXPECT_EQ(evaluation::majority_refusal(metrics, majority), std::nullopt);
  metrics.erase("macro_auc");
  EXPECT_TRUE(says(evaluation::majority_refusal(metrics, majority), "cannot be measured"));
}

Judged judged(std::vector<Prediction> photos) {
  auto const prior = testing::class_frequencies(photos);
  return {std::move(photos), 1, prior};
}

TEST(Gate, TheBetterOfTwoNetworksIsKnown) {
  auto const weak = judged(testing::made_up_predictions(900, 4, 2));
  auto strong = weak;
  for (auto& photo : strong.predictions) photo.logits[static_cast<std::size_t>(photo.truth)] += 1;
  auto const better = evaluation::compare(strong, weak, 200);
  EXPECT_LT(better.log_loss.high, 0);
  EXPECT_GT(better.balanced_accuracy.low, 0);
  EXPECT_EQ(evaluation::incumbent_refusal(better), std::nullopt);
  auto const worse = evaluation::compare(weak, strong, 200);
  EXPECT_DOUBLE_EQ(worse.log_loss.value, -better.log_loss.value);
  EXPECT_TRUE(says(evaluation::incumbent_refusal(worse), "log loss on val is"));
}

TEST(Gate, TheSameNetworkAgainIsNoBetter) {
  auto const network = judged(testing::made_up_predictions(300, 5, 2));
  auto const difference = evaluation::compare(network, network, 50);
  EXPECT_EQ(difference.log_loss.value, 0);
  EXPECT_EQ(difference.log_loss.high, 0) << "both are measured on the same resamples";
  EXPECT_TRUE(says(evaluation::incumbent_refusal(difference), "no better"));
}

TEST(Gate, TheNoiseOfTwoRuntimesIsNoDifference) {
  for (double const noise : {-1e-6, 1e-6}) {
    PairedDifference difference;
    difference.log_loss.value = noise;
    EXPECT_TRUE(says(evaluation::incumbent_refusal(difference), "no better")) << noise;
    difference.balanced_accuracy.value = .01;
    EXPECT_EQ(evaluation::incumbent_refusal(difference), std::nullopt) << noise;
  }
}

TEST(Gate, OneFigureMayNotBeBoughtWithTheOther) {
  PairedDifference difference;
  difference.log_loss.value = -.01;
  difference.balanced_accuracy.value = -.001;
  EXPECT_TRUE(says(evaluation::incumbent_refusal(difference), "balanced accuracy on val is 0.0010 lower"));
  difference.balanced_accuracy.value = 0;
  EXPECT_EQ(evaluation::incumbent_refusal(difference), std::nullopt) << "one is better, the other the same";
}

TEST(Gate, OtherPhotosAreNotCompared) {
  auto const network = judged(testing::made_up_predictions(30, 6, 2));
  auto other = network;
  other.predictions[3].image_id = "another";
  EXPECT_THROW((void)evaluation::compare(network, other, 1), std::logic_error);
  other.predictions.pop_back();
  EXPECT_THROW((void)evaluation::compare(network, other, 1), std::logic_error);
}

}  // namespace
}  // namespace nevus
