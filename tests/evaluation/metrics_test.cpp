// SPDX-License-Identifier: MIT
#include "nevus/evaluation/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "nevus/evaluation/scores.h"

namespace nevus {
namespace {

using enum LesionClass;

constexpr PerClass<double> kEvenPrior{1, 1, 1, 1, 1, 1, 1};

std::size_t index(LesionClass lesion_class) { return static_cast<std::size_t>(lesion_class); }

/// A photo whose probabilities at temperature 1 are those given; all others are as good as 0.
Prediction prediction(LesionClass truth, std::initializer_list<std::pair<LesionClass, double>> probabilities) {
  Prediction made;
  made.truth = truth;
  made.logits.fill(-60);
  for (auto const& [lesion_class, prob] : probabilities) made.logits[index(lesion_class)] = float(std::log(prob));
  return made;
}

/// Photos whose labels are drawn from the probabilities that the logits stand for: calibrated at temperature 1.
std::vector<Prediction> calibrated_photos(std::size_t photos, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 1.5F);
  std::vector<Prediction> made(photos);
  for (std::size_t i = 0; i < photos; ++i) {
    std::array<double, kLesionClassCount> odds{};
    for (std::size_t k = 0; k < kLesionClassCount; ++k) {
      made[i].logits[k] = normal(random);
      odds[k] = std::exp(made[i].logits[k]);
    }
    made[i].truth = static_cast<LesionClass>(std::discrete_distribution<int>(odds.begin(), odds.end())(random));
    made[i].image_id = "photo_" + std::to_string(i);
    made[i].lesion_id = "lesion_" + std::to_string(i);
  }
  return made;
}

/// The test part of HAM10000 by its class counts, all photos with the same logits.
std::vector<Prediction> ham10000_test_part() {
  constexpr PerClass<int> kCounts{49, 77, 165, 17, 168, 1006, 21};
  std::vector<Prediction> made;
  for (std::size_t k = 0; k < kLesionClassCount; ++k) {
    for (int i = 0; i < kCounts[k]; ++i) made.push_back(prediction(static_cast<LesionClass>(k), {{kNv, 1.0}}));
  }
  return made;
}

TEST(Metrics, PerfectAnswersReachEveryBound) {
  std::vector<Prediction> photos;
  for (std::size_t k = 0; k < kLesionClassCount; ++k) {
    photos.push_back(prediction(static_cast<LesionClass>(k), {{static_cast<LesionClass>(k), 1.0}}));
  }
  auto const figures = evaluation::measure(photos, 1, kEvenPrior);
  for (double const best :
       {figures.accuracy, figures.balanced_accuracy, figures.plain_balanced_accuracy, figures.macro_auc,
        figures.malignant_auc, figures.mel_sensitivity_at_90_specificity, figures.macro_f1, figures.weighted_f1}) {
    EXPECT_DOUBLE_EQ(best, 1);
  }
  for (double const least : {figures.log_loss, figures.ece, figures.brier}) EXPECT_NEAR(least, 0, 1e-12);
}

TEST(Metrics, FourPhotosByHand) {
  std::vector<Prediction> const photos{
      prediction(kMel, {{kMel, .8}, {kNv, .2}}), prediction(kMel, {{kMel, .4}, {kNv, .6}}),
      prediction(kNv, {{kMel, .5}, {kNv, .5}}), prediction(kNv, {{kMel, .1}, {kNv, .9}})};
  auto const figures = evaluation::measure(photos, 1, kEvenPrior);
  // Answers: mel, nv, mel (the first of two equal classes), nv.
  EXPECT_DOUBLE_EQ(figures.accuracy, .5);
  EXPECT_EQ(figures.confusion[index(kMel)][index(kMel)], 1U);
  EXPECT_EQ(figures.confusion[index(kMel)][index(kNv)], 1U);
  EXPECT_EQ(figures.confusion[index(kNv)][index(kMel)], 1U);
  EXPECT_EQ(figures.confusion[index(kNv)][index(kNv)], 1U);
  // p(mel) of the melanomas .8, .4 against .5, .1: three of four pairs are in order.
  EXPECT_NEAR(figures.macro_auc, .75, 1e-12);
  EXPECT_NEAR(figures.malignant_auc, .75, 1e-12);
  EXPECT_NEAR(figures.mel_sensitivity_at_90_specificity, .5, 1e-12) << "the threshold must pass over .5";
  EXPECT_NEAR(figures.log_loss, -(std::log(.8) + std::log(.4) + std::log(.5) + std::log(.9)) / 4, 1e-6);
  EXPECT_NEAR(figures.brier, 2 * (.04 + .36 + .25 + .01) / 4, 1e-6);
  // Each photo has a bin of its own: .8 right, .6 wrong, .5 wrong, .9 right.
  EXPECT_NEAR(figures.ece, (.2 + .6 + .5 + .1) / 4, 1e-6);
  EXPECT_DOUBLE_EQ(figures.recall[index(kMel)], .5);
  EXPECT_DOUBLE_EQ(figures.precision[index(kMel)], .5);
  EXPECT_DOUBLE_EQ(figures.macro_f1, .5);
}

TEST(Metrics, MeansAreTakenOverTheClassesThatOccur) {
  std::vector<Prediction> const photos{
      prediction(kMel, {{kMel, .9}, {kNv, .1}}), prediction(kMel, {{kVasc, .9}, {kNv, .1}}),
      prediction(kMel, {{kMel, .9}, {kNv, .1}}), prediction(kNv, {{kNv, .9}, {kMel, .1}})};
  auto const figures = evaluation::measure(photos, 1, kEvenPrior);
  EXPECT_NEAR(figures.plain_balanced_accuracy, (2.0 / 3 + 1) / 2, 1e-12);
  EXPECT_NEAR(figures.macro_f1, (.8 + 1) / 2, 1e-12) << "mel: 2*2/(3+2)";
  EXPECT_NEAR(figures.weighted_f1, (3 * .8 + 1 * 1) / 4, 1e-12);
  EXPECT_TRUE(std::isnan(figures.recall[index(kVasc)])) << "there is no vascular lesion to recall";
  EXPECT_EQ(figures.precision[index(kVasc)], 0) << "it was answered once, wrongly";
  EXPECT_TRUE(std::isnan(figures.precision[index(kDf)])) << "it was never answered";
  EXPECT_EQ(figures.support[index(kMel)], 3U);
}

TEST(Metrics, BalancedAnswerDividesByThePrior) {
  // .6/.9 < .4/.1, so nevus gives way to melanoma where nevus is nine times as common.
  std::vector<Prediction> const photos{prediction(kMel, {{kMel, .4}, {kNv, .6}}),
                                       prediction(kNv, {{kMel, .05}, {kNv, .95}})};
  PerClass<double> prior{};
  prior[index(kMel)] = .1;
  prior[index(kNv)] = .9;
  auto const figures = evaluation::measure(photos, 1, prior);
  EXPECT_DOUBLE_EQ(figures.plain_balanced_accuracy, .5);
  EXPECT_DOUBLE_EQ(figures.balanced_accuracy, 1);
}

TEST(Metrics, AClassThatWasNeverTrainedIsNotTheBalancedAnswer) {
  PerClass<double> prior = kEvenPrior;
  prior[index(kDf)] = 0;
  std::vector<Prediction> const photos{prediction(kNv, {{kDf, .5}, {kNv, .4}, {kMel, .1}})};
  EXPECT_DOUBLE_EQ(evaluation::measure(photos, 1, prior).balanced_accuracy, 1);
}

TEST(Metrics, AucCountsTiesHalf) {
  // p(nv): nevi .7 .5 .5, others .5 .3. Pairs: .7 wins 2, each .5 wins 1 and ties 1: (2 + 1.5 + 1.5) / 6.
  std::vector<Prediction> photos;
  for (double const p : {.7, .5, .5}) photos.push_back(prediction(kNv, {{kNv, p}, {kMel, 1 - p}}));
  for (double const p : {.5, .3}) photos.push_back(prediction(kMel, {{kNv, p}, {kMel, 1 - p}}));
  EXPECT_NEAR(evaluation::measure(photos, 1, kEvenPrior).macro_auc, 5.0 / 6, 1e-12);
}

TEST(Metrics, AucIsTheShareOfPairsInOrder) {
  auto const photos = calibrated_photos(300, 7);
  auto const malignant = [](Prediction const& photo) {
    double sum = 0;
    double all = 0;
    for (std::size_t k = 0; k < kLesionClassCount; ++k) {
      all += std::exp(photo.logits[k]);
      if (kLesionClasses[k].malignant) sum += std::exp(photo.logits[k]);
    }
    return sum / all;
  };
  double ordered = 0;
  double pairs = 0;
  for (auto const& a : photos) {
    for (auto const& b : photos) {
      if (!info(a.truth).malignant || info(b.truth).malignant) continue;
      ordered += malignant(a) > malignant(b) ? 1 : 0;
      pairs += 1;
    }
  }
  EXPECT_NEAR(evaluation::measure(photos, 1, kEvenPrior).malignant_auc, ordered / pairs, 1e-12);
}

TEST(Metrics, SensitivityIsTheMostThatTenPercentFalseAlarmsAllow) {
  // Twenty nevi with p(mel) .01 … .20: two may pass, so the threshold stands above .18.
  std::vector<Prediction> photos;
  for (int i = 1; i <= 20; ++i) photos.push_back(prediction(kNv, {{kMel, i * .01}, {kNv, 1 - i * .01}}));
  for (double const p : {.175, .185, .195, .5}) photos.push_back(prediction(kMel, {{kMel, p}, {kNv, 1 - p}}));
  EXPECT_NEAR(evaluation::measure(photos, 1, kEvenPrior).mel_sensitivity_at_90_specificity, .75, 1e-12);
}

TEST(Metrics, SpecificityIsTheMostThatTenPercentMissedMelanomasAllow) {
  // Ten melanomas with p(mel) .10 … .19: one may be missed, so the threshold stands at .11 and a nevus of .11 is above
  // it.
  std::vector<Prediction> photos;
  for (int i = 10; i < 20; ++i) photos.push_back(prediction(kMel, {{kMel, i * .01}, {kNv, 1 - i * .01}}));
  for (double const p : {.05, .105, .11, .5}) photos.push_back(prediction(kNv, {{kMel, p}, {kNv, 1 - p}}));
  auto const figures = evaluation::measure(photos, 1, kEvenPrior);
  EXPECT_NEAR(figures.mel_specificity_at_90_sensitivity, .5, 1e-12);
  EXPECT_NEAR(figures.mel_specificity_at_95_sensitivity, .25, 1e-12) << "none may be missed";
}

TEST(Metrics, MacroFiguresAreTheMeansOfTheClasses) {
  auto const photos = calibrated_photos(400, 9);
  auto const figures = evaluation::measure(photos, 1, kEvenPrior);
  double auc = 0;
  double f1 = 0;
  for (std::size_t k = 0; k < kLesionClassCount; ++k) {
    auc += figures.auc[k] / 7;
    f1 += figures.f1[k] / 7;
    EXPECT_NEAR(figures.f1[k],
                2 * figures.precision[k] * figures.recall[k] / (figures.precision[k] + figures.recall[k]), 1e-12);
  }
  EXPECT_NEAR(figures.macro_auc, auc, 1e-12);
  EXPECT_NEAR(figures.macro_f1, f1, 1e-12);
}

TEST(Metrics, ProbabilitiesAsOftenRightAsTheySayHaveNoCalibrationError) {
  std::vector<Prediction> photos;
  for (auto const& [confidence, right, of] : {std::tuple{.6, 3, 5}, {.75, 3, 4}, {.9, 9, 10}}) {
    for (int i = 0; i < of; ++i) {
      photos.push_back(prediction(i < right ? kNv : kMel, {{kNv, confidence}, {kMel, 1 - confidence}}));
    }
  }
  EXPECT_NEAR(evaluation::measure(photos, 1, kEvenPrior).ece, 0, 1e-6);
  EXPECT_GT(evaluation::measure(photos, .5, kEvenPrior).ece, .05) << "sharper probabilities claim too much";
}

TEST(Metrics, UnderflownProbabilitiesStillHaveAFiniteLogLoss) {
  Prediction photo;
  photo.truth = kMel;
  photo.logits = {0, 0, 0, 0, -500, 500, 0};
  EXPECT_DOUBLE_EQ(evaluation::measure({photo}, .5, kEvenPrior).log_loss, 2000);
}

TEST(Metrics, NoPhotosDefineNoFigure) {
  auto const figures = evaluation::measure({}, 1, kEvenPrior);
  EXPECT_TRUE(std::isnan(figures.accuracy));
  EXPECT_TRUE(std::isnan(figures.macro_auc));
  EXPECT_TRUE(evaluation::measure_with_intervals({}, 1, kEvenPrior, 10).empty());
  EXPECT_EQ(evaluation::fit_temperature({}), 1);
}

TEST(Metrics, TwoThirdsOfHam10000sTestPartAreNevi) {
  auto const photos = ham10000_test_part();
  auto const figures = evaluation::majority_baseline(photos);
  double const nevi = 1006.0 / 1503;
  EXPECT_NEAR(figures.accuracy, .6693, 5e-5);
  EXPECT_NEAR(figures.weighted_f1, .5367, 5e-5);
  EXPECT_NEAR(figures.macro_f1, 2 * nevi / (1 + nevi) / 7, 1e-12);
  EXPECT_NEAR(figures.balanced_accuracy, 1.0 / 7, 1e-12);
  EXPECT_NEAR(figures.plain_balanced_accuracy, 1.0 / 7, 1e-12);
  EXPECT_DOUBLE_EQ(figures.macro_auc, .5);
  EXPECT_DOUBLE_EQ(figures.malignant_auc, .5);
  EXPECT_EQ(figures.mel_sensitivity_at_90_specificity, 0);
  EXPECT_NEAR(figures.ece, 0, 1e-9) << "it is right as often as it says";
  EXPECT_EQ(figures.support, (PerClass<std::size_t>{49, 77, 165, 17, 168, 1006, 21}));

  // The same answers from a network that always says nevus.
  auto const constant = evaluation::measure(photos, 1, kEvenPrior);
  EXPECT_DOUBLE_EQ(constant.accuracy, figures.accuracy);
  EXPECT_DOUBLE_EQ(constant.weighted_f1, figures.weighted_f1);
  EXPECT_EQ(constant.confusion, figures.confusion);
}

TEST(Metrics, EveryConfidenceHasABin) {
  EXPECT_EQ(evaluation::calibration_bin(0), 0U) << "the baseline's, where no photo is a nevus";
  EXPECT_EQ(evaluation::calibration_bin(1e-9), 0U);
  EXPECT_EQ(evaluation::calibration_bin(1.0 / 15), 0U) << "upper ends are included";
  EXPECT_EQ(evaluation::calibration_bin(1.1 / 15), 1U);
  EXPECT_EQ(evaluation::calibration_bin(1), 14U);
}

TEST(Metrics, TheBaselinesLogLossIsTheEntropyOfTheClasses) {
  auto const log_loss = evaluation::majority_baseline(ham10000_test_part()).log_loss;
  PerClass<double> const frequency{49 / 1503.,  77 / 1503.,   165 / 1503., 17 / 1503.,
                                   168 / 1503., 1006 / 1503., 21 / 1503.};
  double entropy = 0;
  for (double const share : frequency) entropy -= share * std::log(share);
  EXPECT_NEAR(log_loss, entropy, 1e-12);
}

}  // namespace
}  // namespace nevus
