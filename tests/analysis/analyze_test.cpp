// SPDX-License-Identifier: MIT
#include "nevus/analysis/analyze.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "inference/tiny_network.h"
#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/image/encode.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus {
namespace {

class Analyze : public ::testing::Test {
 protected:
  /// A real photo, 256x256.
  ByteVector const photo_ = read_file(NEVUS_SOURCE_DIR "/examples/nevus-ISIC_0000496.jpg").value();
  ModelBundle const bundle_ = testing::TinyNetwork().bundle();
  Classifier const classifier_ = Classifier::load(bundle_).value();
};

TEST_F(Analyze, APhotoGoesThroughEveryStage) {
  auto const analysis = analysis::analyze(photo_, classifier_);
  ASSERT_TRUE(analysis.has_value()) << analysis.error().message;
  EXPECT_EQ(analysis->photo.sha256, sha256_hex(photo_));
  EXPECT_EQ(analysis->photo.format, PhotoFormat::kJpeg);
  EXPECT_EQ(analysis->photo.width_px, 256);
  EXPECT_EQ(analysis->photo.height_px, 256);
  EXPECT_EQ(analysis->photo.size_bytes, photo_.size());
  EXPECT_EQ(analysis->quality.measures.size(), 12U);
  ASSERT_TRUE(analysis->assessment.has_value());
}

TEST_F(Analyze, ProbabilitiesAreTheNetworksLogitsAtTheCardsTemperature) {
  auto bundle = bundle_;
  bundle.card.calibration = 2.5;
  auto const classifier = Classifier::load(bundle).value();
  auto const image = image::decode(photo_).value();
  auto const logits = testing::TinyNetwork().expected(model::preprocess(image, bundle.card.preprocess)).logits;
  auto const expected = risk::calibrate(logits, 2.5);
  auto const assessment = analysis::analyze(photo_, classifier).value().assessment.value();
  for (std::size_t i = 0; i < kLesionClassCount; ++i) EXPECT_NEAR(assessment.calibrated_prob[i], expected[i], 1e-4);
}

TEST_F(Analyze, TheSamePhotoGetsTheSameAnswer) {
  auto const first = analysis::analyze(photo_, classifier_).value();
  auto const second = analysis::analyze(photo_, classifier_).value();
  EXPECT_EQ(first.assessment->calibrated_prob, second.assessment->calibrated_prob);
}

TEST_F(Analyze, AUselessPhotoIsDeclinedBeforeTheNetworkIsAsked) {
  Image const black(300, 225, std::vector<std::uint8_t>(std::size_t{3} * 300 * 225, 4));
  auto const analysis = analysis::analyze(image::encode_png(black).value(), classifier_);
  ASSERT_TRUE(analysis.has_value()) << "a photo that is declined is no error";
  EXPECT_FALSE(analysis->assessment.has_value());
  EXPECT_FALSE(analysis->quality.usable());
  EXPECT_EQ(analysis->times.network_ms.count(), 0);
  EXPECT_EQ(analysis->photo.format, PhotoFormat::kPng);
}

TEST_F(Analyze, TheStagesTakeNoLongerThanTheWhole) {
  auto const times = analysis::analyze(photo_, classifier_).value().times;
  EXPECT_GT(times.decode_ms.count(), 0);
  EXPECT_GT(times.quality_ms.count(), 0);
  EXPECT_GT(times.network_ms.count(), 0);
  EXPECT_LE((times.decode_ms + times.quality_ms + times.network_ms).count(), times.total_ms.count());
}

TEST_F(Analyze, LimitsAreTheCallers) {
  auto const too_large =
      analysis::analyze(photo_, classifier_, {.limits = {.max_bytes = photo_.size() - 1}, .explain = {}});
  ASSERT_FALSE(too_large.has_value());
  EXPECT_EQ(too_large.error().code, ErrorCode::kPhotoTooLarge);

  auto const half = Bytes(photo_).first(photo_.size() / 2);
  auto const damaged = analysis::analyze(half, classifier_);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, ErrorCode::kDamagedPhoto);
}

}  // namespace
}  // namespace nevus
