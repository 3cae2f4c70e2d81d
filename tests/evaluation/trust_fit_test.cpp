// SPDX-License-Identifier: MIT
#include "nevus/evaluation/trust_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "nevus/base/file.h"
#include "nevus/evaluation/trust_measures.h"
#include "nevus/evaluation/trust_tables.h"
#include "nevus/risk/risk.h"

namespace nevus {
namespace {

/// Photos whose truth is drawn from softmax(scale * logits + bias), two to a lesion.
std::vector<Prediction> drawn(std::size_t photos, Calibration const& truth, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 2);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < photos; ++i) {
    Prediction prediction;
    prediction.image_id = "p" + std::to_string(i);
    prediction.lesion_id = "l" + std::to_string(i / 2);
    for (auto& logit : prediction.logits) logit = normal(random);
    auto const prob = risk::calibrate(prediction.logits, truth);
    double left = uniform(random);
    std::size_t c = 0;
    while (c + 1 < kLesionClassCount && left >= prob[c]) left -= prob[c++];
    prediction.truth = static_cast<LesionClass>(c);
    predictions.push_back(prediction);
  }
  return predictions;
}

TEST(ChooseCalibration, TakesATemperatureWhereThatIsTheTruth) {
  auto const choice = evaluation::choose_calibration(drawn(3000, Calibration(2.0), 1));
  EXPECT_NEAR(choice.chosen.temperature(), 2, .15);
  EXPECT_LT(choice.temperature_log_loss, choice.raw_log_loss);
}

TEST(ChooseCalibration, TakesVectorScalingWhereClassesAreShifted) {
  Calibration truth;
  truth.bias = {2, -2, 0, 1, 0, -1, 0};
  auto const choice = evaluation::choose_calibration(drawn(3000, truth, 2));
  EXPECT_LT(choice.vector_log_loss, choice.temperature_log_loss - .05);
  EXPECT_EQ(choice.chosen.temperature(), 0);
  EXPECT_GT(choice.chosen.bias[0] - choice.chosen.bias[1], 1.5);
}

TEST(SetLimits, CoverEachClassOnNewPhotos) {
  Calibration const calibration;
  auto const fitted = drawn(4000, calibration, 3);
  auto const fresh = drawn(4000, calibration, 4);
  for (double const level : {.90, .95}) {
    auto const limits = evaluation::fit_set_limits(fitted, calibration, level);
    EXPECT_TRUE(limits.pooled.empty());
    PerClass<double> cases{};
    PerClass<double> covered{};
    for (auto const& photo : fresh) {
      auto const c = std::size_t(photo.truth);
      cases[c] += 1;
      if (risk::calibrate(photo.logits, calibration)[c] >= limits.min_prob[c]) covered[c] += 1;
    }
    // Three standard deviations of both samples of about 570 photos a class.
    for (std::size_t c = 0; c < kLesionClassCount; ++c) EXPECT_NEAR(covered[c] / cases[c], level, .055) << c;
  }
}

TEST(SetLimits, RareClassesShareALimitAndTheRarestAreNeverExcluded) {
  std::vector<Prediction> few = drawn(4000, {}, 5);
  std::size_t df = 0;
  std::size_t vasc = 0;
  std::erase_if(few, [&](Prediction const& photo) {
    return (photo.truth == LesionClass::kDf && ++df > 12) || (photo.truth == LesionClass::kVasc && ++vasc > 15);
  });
  auto const limits = evaluation::fit_set_limits(few, {}, .90);
  EXPECT_EQ(limits.pooled, (std::vector{LesionClass::kDf, LesionClass::kVasc}));
  EXPECT_EQ(limits.min_prob[3], limits.min_prob[6]);
  EXPECT_GT(limits.min_prob[3], 0);
  std::erase_if(few, [](Prediction const& photo) { return photo.truth == LesionClass::kVasc; });
  std::erase_if(few, [&](Prediction const& photo) { return photo.truth == LesionClass::kDf && --df > 5; });
  EXPECT_EQ(evaluation::fit_set_limits(few, {}, .95).min_prob[3], 0);
}

TEST(SetLimits, HoldTheirLevelOnLesionsThatNothingWasFittedOn) {
  Calibration shifted;
  shifted.bias = {1, -1, 0, .5, 0, -.5, 0};
  auto const photos = drawn(3000, shifted, 8);
  for (auto const& calibration : {Calibration(1.0), evaluation::fit_vector(photos)}) {
    auto const coverage = evaluation::held_out_coverage(photos, calibration, .90, 50);
    EXPECT_NEAR(coverage.value, .90, .02);
    EXPECT_LT(coverage.low, coverage.value);
  }
  // Of photos that say nothing of their class, the level is kept by sets that hold nearly all classes.
  auto ignorant = photos;
  for (std::size_t i = 0; i < ignorant.size(); ++i) ignorant[i].logits = photos[(i + 2) % photos.size()].logits;
  EXPECT_NEAR(evaluation::held_out_coverage(ignorant, Calibration(1.0), .90, 50).value, .90, .02);
}

TEST(OperatingPoints, ReachTheirShares) {
  auto const photos = drawn(2000, {}, 6);
  auto const points = evaluation::fit_operating_points(photos, {});
  EXPECT_LT(points[0], points[1]);
  EXPECT_LT(points[1], points[2]);
  double malignant = 0, benign = 0, found = 0, spared = 0;
  for (auto const& photo : photos) {
    double const prob = risk::malignant_prob(risk::calibrate(photo.logits, {}));
    bool const is = info(photo.truth).malignant;
    (is ? malignant : benign) += 1;
    if (is && prob >= points[0]) found += 1;
    if (!is && prob < points[2]) spared += 1;
  }
  EXPECT_GE(found / malignant, .95);
  EXPECT_LT(found / malignant, .955);
  EXPECT_GE(spared / benign, .95);
  EXPECT_LT(spared / benign, .955);
}

TEST(MeasureTrust, SaysWhatTheAnswersSay) {
  ModelCard card;
  card.class_prior.fill(1.0 / 7);
  auto const photos = drawn(400, {}, 7);
  card.limits.sets = {evaluation::fit_set_limits(photos, {}, .90)};
  card.limits.thresholds = evaluation::fit_operating_points(photos, {});
  auto const metrics = evaluation::measure_trust(photos, card, 20);
  double covered = 0, critical = 0;
  for (auto const& photo : photos) {
    auto const answer = risk::assess(photo.logits, card);
    covered += answer.prediction_sets[0].holds(photo.truth) ? 1 : 0;
    critical += answer.urgency.urgency == Urgency::kCritical ? 1 : 0;
  }
  EXPECT_DOUBLE_EQ(metrics.at("set90.coverage").value, covered / 400);
  EXPECT_DOUBLE_EQ(metrics.at("urgency.CRITICAL").value, critical / 400);
  EXPECT_GE(metrics.at("rule_out.sensitivity").value, .95);
  EXPECT_LE(metrics.at("set90.coverage").low, metrics.at("set90.coverage").value);
}

TEST(MeasureTrust, TellsNeviThatWereCutOutFromOthers) {
  ModelCard card;
  card.class_prior.fill(1.0 / 7);
  auto photos = drawn(700, {}, 9);
  card.limits.sets = {evaluation::fit_set_limits(photos, {}, .90)};
  card.limits.thresholds = evaluation::fit_operating_points(photos, {});
  EXPECT_FALSE(evaluation::measure_trust(photos, card, 5).contains("nv_histo")) << "nobody wrote it down";
  double nevi = 0, cut_out = 0, covered = 0;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    photos[i].about.dx_type = i % 3 == 0 ? "histo" : "follow_up";
    if (photos[i].truth != LesionClass::kNv) continue;
    nevi += 1;
    if (i % 3 != 0) continue;
    cut_out += 1;
    if (risk::assess(photos[i].logits, card).prediction_sets[0].holds(LesionClass::kNv)) covered += 1;
  }
  auto const metrics = evaluation::measure_trust(photos, card, 5);
  EXPECT_DOUBLE_EQ(metrics.at("nv_histo").value, cut_out / nevi);
  EXPECT_DOUBLE_EQ(metrics.at("set90.coverage.nv_histo").value, covered / cut_out);
}

TEST(MeasureLikeness, CountsFromEachLimit) {
  auto const photos = drawn(5, {}, 10);
  FeatureStatistics features;
  features.doubtful_from = 1.5;
  features.rejected_from = 2;
  auto const metrics = evaluation::measure_likeness(photos, {1, 1.4, 1.5, 1.9, 2}, features, 50);
  EXPECT_DOUBLE_EQ(metrics.at("ood.rejected").value, .2);
  EXPECT_DOUBLE_EQ(metrics.at("ood.doubtful_or_rejected").value, .6);
  EXPECT_LT(metrics.at("ood.rejected").low, .2);
}

TEST(Docs, RiskPolicyPageIsThePolicyAndItsFigures) {
  std::vector<ModelCard> cards;
  for (auto const& folder : model::find_bundles(NEVUS_SOURCE_DIR "/models")) {
    auto const bundle = model::load_bundle(folder);
    ASSERT_TRUE(bundle) << bundle.error().message;
    cards.push_back(bundle->card);
  }
  auto const made = evaluation::risk_policy_markdown(risk::policy(), cards);
  std::filesystem::path const path = NEVUS_SOURCE_DIR "/docs/risk-policy.md";
  if (std::getenv("NEVUS_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, made));
  }
  auto const bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(std::string(bytes->begin(), bytes->end()), made)
      << "NEVUS_UPDATE_DOCS=1 ./test -R Docs rewrites docs/risk-policy.md";
}

}  // namespace
}  // namespace nevus
