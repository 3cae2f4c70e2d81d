// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "nevus/evaluation/metrics.h"

namespace nevus {
namespace {

constexpr PerClass<double> kEvenPrior{1, 1, 1, 1, 1, 1, 1};
constexpr double kTwoSided95 = 1.959964;

/// `photos` nevi, each the only photo of its lesion unless `photos_per_lesion` is more; of ten lesions `right_of_ten`
/// are answered rightly.
std::vector<Prediction> nevi(int photos, int right_of_ten, int photos_per_lesion = 1) {
  std::vector<Prediction> made(photos);
  for (int i = 0; i < photos; ++i) {
    int const lesion = i / photos_per_lesion;
    made[i].lesion_id = "lesion_" + std::to_string(lesion);
    auto const answer = lesion % 10 < right_of_ten ? LesionClass::kNv : LesionClass::kMel;
    made[i].logits[static_cast<std::size_t>(answer)] = 1;
  }
  return made;
}

TEST(Interval, OfAMeanIsTheAnalyticOne) {
  auto const metrics = evaluation::measure_with_intervals(nevi(1000, 8), 1, kEvenPrior, 4000);
  auto const accuracy = metrics.at("accuracy");
  double const half_width = kTwoSided95 * std::sqrt(.8 * .2 / 1000);
  EXPECT_DOUBLE_EQ(accuracy.value, .8);
  EXPECT_NEAR(accuracy.low, .8 - half_width, .1 * half_width);
  EXPECT_NEAR(accuracy.high, .8 + half_width, .1 * half_width);
}

TEST(Interval, GrowsWhereLesionsHaveSeveralPhotos) {
  // Four photos of a lesion that are right or wrong together tell as much as one.
  auto const accuracy = evaluation::measure_with_intervals(nevi(4000, 8, 4), 1, kEvenPrior, 4000).at("accuracy");
  double const half_width = kTwoSided95 * std::sqrt(.8 * .2 / 1000);
  EXPECT_NEAR((accuracy.high - accuracy.low) / 2, half_width, .1 * half_width);
}

TEST(Interval, PhotosWithoutALesionAreLesionsOfTheirOwn) {
  auto anonymous = nevi(1000, 8);
  for (auto& photo : anonymous) photo.lesion_id.clear();
  auto const named = evaluation::measure_with_intervals(nevi(1000, 8), 1, kEvenPrior, 500).at("accuracy");
  auto const accuracy = evaluation::measure_with_intervals(anonymous, 1, kEvenPrior, 500).at("accuracy");
  EXPECT_EQ(accuracy.low, named.low);
  EXPECT_EQ(accuracy.high, named.high);
}

TEST(Interval, IsThatOfTheSeed) {
  auto const photos = nevi(500, 7);
  auto const first = evaluation::measure_with_intervals(photos, 1, kEvenPrior, 200, 5).at("log_loss");
  auto const again = evaluation::measure_with_intervals(photos, 1, kEvenPrior, 200, 5).at("log_loss");
  auto const other = evaluation::measure_with_intervals(photos, 1, kEvenPrior, 200, 6).at("log_loss");
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_NE(first.low, other.low);
  EXPECT_EQ(first.value, other.value) << "the figure itself is not drawn";
}

TEST(Interval, FiguresThatTheSetDoesNotDefineAreLeftOut) {
  auto photos = nevi(200, 8);
  EXPECT_FALSE(evaluation::measure_with_intervals(photos, 1, kEvenPrior, 50).contains("macro_auc"));
  // One melanoma: absent from a third of the resamples, which then do not count for its recall.
  photos[0].truth = LesionClass::kMel;
  auto const metrics = evaluation::measure_with_intervals(photos, 1, kEvenPrior, 200);
  EXPECT_TRUE(metrics.contains("macro_auc"));
  EXPECT_EQ(metrics.at("recall.mel").low, 0);
  EXPECT_EQ(metrics.at("recall.mel").high, 0);
  EXPECT_FALSE(metrics.contains("recall.df"));
  for (auto const& [name, metric] : metrics) {
    EXPECT_LE(metric.low, metric.high) << name;
    EXPECT_TRUE(std::isfinite(metric.low) && std::isfinite(metric.high)) << name;
  }
}

TEST(Interval, ValuesAreThoseOfMeasure) {
  auto photos = nevi(300, 6);
  for (std::size_t i = 0; i < photos.size(); i += 5) photos[i].truth = LesionClass::kMel;
  auto const figures = evaluation::measure(photos, 1.5, kEvenPrior);
  auto const metrics = evaluation::measure_with_intervals(photos, 1.5, kEvenPrior, 20);
  EXPECT_EQ(metrics.at("accuracy").value, figures.accuracy);
  EXPECT_EQ(metrics.at("balanced_accuracy").value, figures.balanced_accuracy);
  EXPECT_EQ(metrics.at("plain_balanced_accuracy").value, figures.plain_balanced_accuracy);
  EXPECT_EQ(metrics.at("macro_auc").value, figures.macro_auc);
  EXPECT_EQ(metrics.at("malignant_auc").value, figures.malignant_auc);
  EXPECT_EQ(metrics.at("mel_sensitivity_at_90_specificity").value, figures.mel_sensitivity_at_90_specificity);
  EXPECT_EQ(metrics.at("log_loss").value, figures.log_loss);
  EXPECT_EQ(metrics.at("ece").value, figures.ece);
  EXPECT_EQ(metrics.at("brier").value, figures.brier);
  EXPECT_EQ(metrics.at("macro_f1").value, figures.macro_f1);
  EXPECT_EQ(metrics.at("weighted_f1").value, figures.weighted_f1);
  EXPECT_EQ(metrics.at("recall.mel").value, figures.recall[static_cast<std::size_t>(LesionClass::kMel)]);
  EXPECT_EQ(metrics.at("precision.nv").value, figures.precision[static_cast<std::size_t>(LesionClass::kNv)]);
}

}  // namespace
}  // namespace nevus
