// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "nevus/evaluation/metrics.h"

namespace nevus {
namespace {

constexpr PerClass<double> kEvenPrior{1, 1, 1, 1, 1, 1, 1};

/// Labels drawn from the softmax of normal logits, which are then multiplied by `overconfidence`.
std::vector<Prediction> photos(double overconfidence) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0, 2);
  std::vector<Prediction> made(20000);
  for (auto& photo : made) {
    PerClass<double> odds{};
    for (std::size_t k = 0; k < kLesionClassCount; ++k) {
      double const logit = normal(random);
      odds[k] = std::exp(logit);
      photo.logits[k] = float(logit * overconfidence);
    }
    photo.truth = static_cast<LesionClass>(std::discrete_distribution<int>(odds.begin(), odds.end())(random));
  }
  return made;
}

TEST(Temperature, IsTheFactorThatTheLogitsWereScaledBy) {
  double const fitted_unscaled = evaluation::fit_temperature(photos(1));
  EXPECT_NEAR(fitted_unscaled, 1, .03) << "20,000 drawn labels";
  for (double const factor : {.25, 1.7, 6.0}) {
    EXPECT_NEAR(evaluation::fit_temperature(photos(factor)) / factor, fitted_unscaled, 1e-4) << factor;
  }
}

TEST(Temperature, NoOtherHasALowerLogLoss) {
  auto const overconfident = photos(2.5);
  double const fitted = evaluation::fit_temperature(overconfident);
  double const least = evaluation::measure(overconfident, fitted, kEvenPrior).log_loss;
  for (double const factor : {.5, .9, .99, 1.01, 1.1, 2.0}) {
    EXPECT_LT(least, evaluation::measure(overconfident, fitted * factor, kEvenPrior).log_loss) << factor;
  }
  EXPECT_LT(evaluation::measure(overconfident, fitted, kEvenPrior).ece, .015);
  EXPECT_GT(evaluation::measure(overconfident, 1, kEvenPrior).ece, .10);
}

TEST(Temperature, StaysInItsRange) {
  Prediction right;
  right.truth = LesionClass::kNv;
  right.logits[static_cast<std::size_t>(LesionClass::kNv)] = 1;
  EXPECT_NEAR(evaluation::fit_temperature({right}), .05, 1e-6) << "always right: the colder the better";
  Prediction wrong = right;
  wrong.truth = LesionClass::kMel;
  EXPECT_NEAR(evaluation::fit_temperature({wrong}), 20, 1e-4) << "always wrong: the warmer the better";
}

}  // namespace
}  // namespace nevus
