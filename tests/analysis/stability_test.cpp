// SPDX-License-Identifier: MIT
#include "nevus/analysis/stability.h"

#include <gtest/gtest.h>

#include "nevus/model/synthetic_lesion.h"

namespace nevus {
namespace {

ModelBundle fast() { return model::load_bundle(NEVUS_SOURCE_DIR "/models/fast").value(); }

TEST(Stability, IsTheSameHoweverManyStreamsWork) {
  auto const photo = model::synthetic_lesion(5, LesionClass::kMel);
  auto const one = Classifier::load(fast(), {.threads = 1}).value();
  auto const several = Classifier::load(fast(), {.mode = ServingMode::kThroughput, .threads = 3}).value();
  auto const expected = analysis::measure_stability(photo, one).value();
  auto const measured = analysis::measure_stability(photo, several).value();
  EXPECT_EQ(measured.views, 8);
  EXPECT_EQ(measured.perturbations, 8);
  EXPECT_NEAR(measured.spread_prob, expected.spread_prob, 1e-4);
  EXPECT_NEAR(measured.mean_malignant_prob, expected.mean_malignant_prob, 1e-4);
  EXPECT_EQ(measured.view_flip_frac, expected.view_flip_frac);
  EXPECT_EQ(measured.perturbed_flip_frac, expected.perturbed_flip_frac);
  EXPECT_GT(measured.spread_prob, 1e-6) << "turning a lesion changes something";
}

TEST(Stability, APhotoOfOneColourLooksTheSameFromAllSides) {
  std::vector<std::uint8_t> pixels(std::size_t{3} * 200 * 150, 170);
  auto const classifier = Classifier::load(fast(), {.threads = 1}).value();
  auto const stability = analysis::measure_stability(Image(200, 150, std::move(pixels)), classifier).value();
  EXPECT_NEAR(stability.spread_prob, 0, 1e-6);
  EXPECT_EQ(stability.view_flip_frac, 0);
}

}  // namespace
}  // namespace nevus
