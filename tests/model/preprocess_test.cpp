// SPDX-License-Identifier: MIT
#include "nevus/model/preprocess.h"

#include <gtest/gtest.h>

#include <numbers>
#include <stdexcept>

#include "model/pictures.h"
#include "nevus/image/decode.h"
#include "nevus/image/encode.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus {
namespace {

using testing::at;
using testing::difference;
using testing::picture;
using testing::Rgb;

constexpr Rgb kBlack{0, 0, 0};
constexpr Rgb kWhite{255, 255, 255};
constexpr PreprocessSpec kPlain{.width_px = 64, .height_px = 64, .detail_px = 0};

Image lesion() { return model::synthetic_lesion(5, LesionClass::kMel, 300, 225); }

/// Black, with a white square of 20 px at the middle of one side of 100x100.
Image mark_at_top() {
  return picture(100, 100, [](int x, int y) { return x >= 40 && x < 60 && y < 20 ? kWhite : kBlack; });
}

bool is_light(Rgb colour) { return colour[0] > 200; }
bool is_dark(Rgb colour) { return colour[0] < 55; }

TEST(Preprocess, APhotoOfTheInputsOwnSizeIsLeftAsItIs) {
  auto const photo = model::synthetic_lesion(3, LesionClass::kNv, 96, 64);
  auto const rendered = model::render(photo, {.width_px = 96, .height_px = 64, .detail_px = 0});
  EXPECT_EQ(rendered.width_px(), 96);
  EXPECT_EQ(rendered.height_px(), 64);
  EXPECT_EQ(rendered.pixels(), photo.pixels());
}

TEST(Preprocess, TheTensorIsPlanarInTheOrderRedGreenBlue) {
  auto const photo = picture(80, 80, [](int, int) { return Rgb{255, 0, 51}; });
  PreprocessSpec const spec{
      .width_px = 32, .height_px = 24, .detail_px = 0, .mean = {0.5F, 0.4F, 0.2F}, .std = {0.25F, 0.5F, 1}};
  auto const tensor = model::preprocess(photo, spec);
  EXPECT_EQ(tensor.shape, (std::array<std::int64_t, 4>{1, 3, 24, 32}));
  constexpr std::size_t kPlane = std::size_t{24} * 32;
  ASSERT_EQ(tensor.values.size(), 3 * kPlane);
  for (std::size_t i = 0; i < kPlane; ++i) {
    ASSERT_NEAR(tensor.values[i], 2.0F, 1e-6F);               // (1 - 0.5) / 0.25
    ASSERT_NEAR(tensor.values[kPlane + i], -0.8F, 1e-6F);     // (0 - 0.4) / 0.5
    ASSERT_NEAR(tensor.values[2 * kPlane + i], 0.0F, 1e-6F);  // (0.2 - 0.2) / 1
  }
}

TEST(Preprocess, RowsOfTheTensorAreRowsOfThePhoto) {
  auto const photo = picture(64, 64, [](int x, int y) { return x == 5 && y == 40 ? kWhite : kBlack; });
  auto const tensor = model::preprocess(photo, kPlain);
  EXPECT_GT(tensor.values[40 * 64 + 5], 0.9F);
  EXPECT_LT(tensor.values[5 * 64 + 40], -0.9F);
}

TEST(Preprocess, TheDefaultConstantsBringBlackAndWhiteToAboutMinusAndPlusOne) {
  auto const half = picture(64, 64, [](int x, int) { return x < 32 ? kBlack : kWhite; });
  auto const tensor = model::preprocess(half, kPlain);
  EXPECT_NEAR(tensor.values[0], -0.498F / 0.502F, 1e-6F);
  EXPECT_NEAR(tensor.values[63], 1.0F, 1e-6F);
}

TEST(Preprocess, ASquareInputSeesTheCentralSquareOfAWidePhoto) {
  // The square is black, what is left and right of it white, and its corners are marked.
  auto const photo = picture(304, 228, [](int x, int y) {
    if (x < 38 || x >= 266) return kWhite;
    bool const corner = (x < 58 || x >= 246) && (y < 20 || y >= 208);
    return corner ? Rgb{255, 0, 0} : kBlack;
  });
  auto const rendered = model::render(photo, {});
  for (int y : {30, 96, 160}) {
    for (int x : {1, 96, 190}) EXPECT_EQ(at(rendered, x, y), kBlack) << x << ' ' << y;
  }
  for (int y : {2, 189}) {
    for (int x : {2, 189}) EXPECT_EQ(at(rendered, x, y), (Rgb{255, 0, 0})) << x << ' ' << y;
  }
}

TEST(Preprocess, AWideInputSeesTheWholeWidthOfAWidePhoto) {
  auto const photo = picture(400, 300, [](int x, int) { return x < 20 || x >= 380 ? kWhite : kBlack; });
  auto const rendered = model::render(photo, {.width_px = 80, .height_px = 60, .detail_px = 0});
  EXPECT_TRUE(is_light(at(rendered, 0, 30)));
  EXPECT_TRUE(is_light(at(rendered, 79, 30)));
  EXPECT_TRUE(is_dark(at(rendered, 40, 30)));
}

TEST(Preprocess, ASharpPhotoAndItsReductionLookTheSameToTheNetwork) {
  auto const sharp = model::synthetic_lesion(11, LesionClass::kBkl, 600, 450);
  auto const small = testing::reduced(sharp, 3);
  EXPECT_LT(difference(model::render(sharp, {}), model::render(small, {})), 0.1);
  // Without the limit the network would see a sharper lesion in the larger photo.
  PreprocessSpec const no_limit{.detail_px = 0};
  EXPECT_GT(difference(model::render(sharp, no_limit), model::render(small, no_limit)), 1.0);
}

TEST(Preprocess, WhatWasAveragedDownGetsTheTracesOfASmallJpeg) {
  auto const sharp = model::synthetic_lesion(11, LesionClass::kBkl, 600, 450);
  auto const small = testing::reduced(sharp, 3);
  auto const coded = image::decode(*image::encode_jpeg(small, 75));
  ASSERT_TRUE(coded);
  PreprocessSpec const spec{.detail_jpeg_quality = 75};
  EXPECT_LT(difference(model::render(sharp, spec), model::render(*coded, spec)), 0.3);
  EXPECT_GT(difference(model::render(sharp, spec), model::render(small, spec)), 0.6);
}

TEST(Preprocess, APhotoBelowTheLimitOfDetailIsNotTouchedByIt) {
  auto const photo = model::synthetic_lesion(11, LesionClass::kBkl, 160, 120);
  EXPECT_EQ(model::render(photo, {.detail_px = 120}).pixels(), model::render(photo, {.detail_px = 5000}).pixels());
}

TEST(Preprocess, AReductionAveragesInsteadOfSkippingPixels) {
  // Lines of one pixel: a reduction that skips pixels shows stripes, one that averages shows grey.
  auto const lines = picture(640, 640, [](int x, int) { return x % 2 == 0 ? kBlack : kWhite; });
  auto const rendered = model::render(lines, kPlain);
  for (int x = 1; x < 63; ++x) EXPECT_NEAR(at(rendered, x, 32)[0], 127.5, 2) << x;
}

TEST(Preprocess, ServingIsTheViewOfTrainingWithoutAugmentation) {
  View const plain{.rotation_rad = 0, .scale = 1, .stretch = 1, .shear_rad = 0, .shift_x_frac = 0, .shift_y_frac = 0};
  auto const rendered = model::render(lesion(), {}, plain);
  std::vector<float> normalized(std::size_t{3} * 192 * 192);
  model::normalize(rendered, {}, normalized);
  EXPECT_EQ(model::preprocess(lesion(), {}).values, normalized);
}

TEST(Preprocess, AMirroredViewIsThePlainOneFromRightToLeft) {
  auto const plain = model::render(lesion(), {});
  auto const mirrored = model::render(lesion(), {}, {.mirrored = true});
  auto const back = picture(192, 192, [&](int x, int y) { return at(mirrored, 191 - x, y); });
  EXPECT_LT(difference(plain, back), 0.5);
  EXPECT_GT(difference(plain, mirrored), 2.0);
}

TEST(Preprocess, APositiveRotationTurnsThePhotoCounterClockwise) {
  auto const quarter = model::render(mark_at_top(), kPlain, {.rotation_rad = std::numbers::pi_v<float> / 2});
  EXPECT_TRUE(is_light(at(quarter, 3, 32)));
  EXPECT_TRUE(is_dark(at(quarter, 60, 32)));
  EXPECT_TRUE(is_dark(at(quarter, 32, 3)));
  auto const half = model::render(mark_at_top(), kPlain, {.rotation_rad = std::numbers::pi_v<float>});
  EXPECT_TRUE(is_light(at(half, 32, 60)));
  EXPECT_TRUE(is_dark(at(half, 32, 3)));
}

TEST(Preprocess, AFullTurnIsNoTurn) {
  auto const turned = model::render(lesion(), {}, {.rotation_rad = 2 * std::numbers::pi_v<float>});
  EXPECT_LT(difference(turned, model::render(lesion(), {})), 0.5);
}

TEST(Preprocess, AScaleAboveOneShowsTheMiddleLarger) {
  auto const photo =
      picture(128, 128, [](int x, int y) { return x >= 32 && x < 96 && y >= 32 && y < 96 ? kWhite : kBlack; });
  auto const larger = model::render(photo, kPlain, {.scale = 2});
  EXPECT_TRUE(is_light(at(larger, 2, 2)));
  EXPECT_TRUE(is_light(at(larger, 61, 61)));
  auto const plain = model::render(photo, kPlain);
  EXPECT_TRUE(is_dark(at(plain, 2, 2)));
}

TEST(Preprocess, AStretchMakesThingsWiderThanHigh) {
  auto const disc =
      picture(100, 100, [](int x, int y) { return (x - 50) * (x - 50) + (y - 50) * (y - 50) < 400 ? kWhite : kBlack; });
  auto const stretched = model::render(disc, kPlain, {.stretch = 2});
  int width = 0;
  int height = 0;
  for (int i = 0; i < 64; ++i) {
    width += is_light(at(stretched, i, 32)) ? 1 : 0;
    height += is_light(at(stretched, 32, i)) ? 1 : 0;
  }
  EXPECT_NEAR(double(width) / height, 2, 0.25);
  EXPECT_NEAR(width * height, 25.6 * 25.6, 80);  // as much is shown as before
}

TEST(Preprocess, AShiftMovesTheViewByAShareOfTheShownSide) {
  auto const right_half = picture(100, 100, [](int x, int) { return x >= 75 ? kWhite : kBlack; });
  auto const shifted = model::render(right_half, kPlain, {.shift_x_frac = 0.25F});
  EXPECT_TRUE(is_light(at(shifted, 34, 32)));
  EXPECT_TRUE(is_dark(at(shifted, 29, 32)));
  auto const bottom = picture(100, 100, [](int, int y) { return y >= 75 ? kWhite : kBlack; });
  EXPECT_TRUE(is_light(at(model::render(bottom, kPlain, {.shift_y_frac = 0.25F}), 32, 34)));
}

TEST(Preprocess, OutsideTheFrameThePhotoIsMirroredAndNeverBlack) {
  auto const skin = picture(90, 70, [](int, int) { return Rgb{220, 180, 160}; });
  auto const far = model::render(skin, kPlain, {.rotation_rad = 0.7F, .scale = 0.4F, .shift_x_frac = 0.3F});
  for (int i = 0; i < 64 * 64; ++i) ASSERT_EQ(at(far, i % 64, i / 64), (Rgb{220, 180, 160})) << i;
}

TEST(Preprocess, NormalizingIntoTheWrongSizeIsABugThatIsFound) {
  std::vector<float> small(10);
  EXPECT_THROW(model::normalize(lesion(), {}, small), std::logic_error);
}

}  // namespace
}  // namespace nevus
