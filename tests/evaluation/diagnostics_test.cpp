// SPDX-License-Identifier: MIT
#include "nevus/evaluation/diagnostics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/made_up_predictions.h"
#include "nevus/evaluation/charts.h"
#include "nevus/image/decode.h"

namespace nevus {
namespace {

constexpr PerClass<double> kEvenPrior{1, 1, 1, 1, 1, 1, 1};

double area_under(std::vector<double> const& x, std::vector<double> const& y) {
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area;
}

TEST(Diagnostics, TheAreaUnderARocCurveIsItsAuc) {
  auto photos = testing::made_up_predictions(400, 1, 1.5);
  for (auto& photo : photos) {
    for (auto& logit : photo.logits) logit = std::round(logit);  // ties
  }
  auto const curves = evaluation::roc_curves(photos, 1);
  auto const figures = evaluation::measure(photos, 1, kEvenPrior);
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const& curve = curves[i];
    EXPECT_NEAR(area_under(curve.false_positive_share, curve.true_positive_share), figures.auc[i], 1e-12);
    EXPECT_EQ(curve.true_positive_share.front(), 0);
    EXPECT_EQ(curve.false_positive_share.back(), 1);
  }
}

TEST(Diagnostics, AClassThatDoesNotOccurHasNoRocCurve) {
  std::vector<Prediction> photos(3);
  EXPECT_TRUE(evaluation::roc_curves(photos, 1)[0].true_positive_share.empty());
}

TEST(Diagnostics, BinsHoldEveryPhotoAndMakeTheCalibrationError) {
  auto const photos = testing::made_up_predictions(700, 2, 2);
  std::size_t held = 0;
  double error = 0;
  for (auto const& bin : evaluation::reliability(photos, .7)) {
    held += bin.photos;
    if (bin.photos == 0) continue;
    EXPECT_GT(bin.confidence, bin.low);
    EXPECT_LE(bin.confidence, bin.high + 1e-12);
    error += double(bin.photos) / double(photos.size()) * std::abs(bin.accuracy - bin.confidence);
  }
  EXPECT_EQ(held, photos.size());
  EXPECT_NEAR(error, evaluation::measure(photos, .7, kEvenPrior).ece, 1e-12);
}

TEST(Diagnostics, AnsweringTheSurestLeavesFewerErrors) {
  auto const photos = testing::made_up_predictions(2000, 3, 2);
  auto const curve = evaluation::risk_coverage(photos, 1);
  EXPECT_DOUBLE_EQ(curve.answered_share.back(), 1);
  EXPECT_NEAR(curve.error_share.back(), 1 - evaluation::measure(photos, 1, kEvenPrior).accuracy, 1e-12);
  auto const half = curve.error_share.size() / 2;
  EXPECT_LT(curve.error_share[half], .7 * curve.error_share.back());
}

TEST(Diagnostics, PhotosOfEqualConfidenceAreAnsweredTogether) {
  std::vector<Prediction> photos(4);
  photos[0].logits[0] = 3;
  auto const curve = evaluation::risk_coverage(photos, 1);
  EXPECT_EQ(curve.answered_share, (std::vector<double>{.25, 1}));
}

TEST(Charts, AreDrawnWhateverTheSetHolds) {
  for (auto const& photos : {testing::made_up_predictions(300, 4, 2), std::vector<Prediction>(1)}) {
    auto const metrics = evaluation::measure_with_intervals(photos, 1, kEvenPrior, 20);
    auto const figures = evaluation::measure(photos, 1, kEvenPrior);
    for (auto const& chart :
         {evaluation::draw_roc(photos, 1), evaluation::draw_reliability(photos, 1),
          evaluation::draw_risk_coverage(photos, 1), evaluation::draw_recall(metrics, figures.support)}) {
      ASSERT_TRUE(chart) << chart.error().message;
      EXPECT_TRUE(image::decode(chart->png));
      EXPECT_TRUE(chart->svg.ends_with("</svg>\n"));
    }
  }
}

}  // namespace
}  // namespace nevus
