// SPDX-License-Identifier: MIT
#include "nevus/training/pixel_effects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "model/pictures.h"
#include "nevus/model/synthetic_lesion.h"
#include "nevus/training/colour_map.h"
#include "nevus/training/mix.h"
#include "nevus/training/random.h"

namespace nevus {
namespace {

using testing::Rgb;

/// A copy of a photo's pixels to work on.
struct Work {
  explicit Work(Image const& image) : pixels(image.pixels()), picture{image.width_px(), image.height_px(), nullptr} {
    picture.rgb = pixels.data();
  }
  std::vector<std::uint8_t> pixels;
  PixelsInPlace picture;
};

Image lesion() { return model::synthetic_lesion(7, LesionClass::kMel, 128, 128); }
Image grey(int level) {
  return testing::picture(64, 64, [=](int, int) {
    auto const value = static_cast<std::uint8_t>(level);
    return Rgb{value, value, value};
  });
}

/// Mean absolute step between neighbours: what blur takes away and sharpening adds.
double detail(Work const& work) {
  double sum = 0;
  for (std::size_t i = 3; i < work.pixels.size(); ++i) sum += std::abs(int(work.pixels[i]) - int(work.pixels[i - 3]));
  return sum / double(work.pixels.size());
}

double mean(Work const& work) {
  double sum = 0;
  for (auto value : work.pixels) sum += value;
  return sum / double(work.pixels.size());
}

TEST(PixelEffects, AtZeroNothingChanges) {
  Work work(lesion());
  training::blur(work.picture, 0);
  training::sharpen(work.picture, 0);
  training::add_noise(work.picture, 0, 5);
  training::apply_colours(work.picture, training::colour_map({}, training::mean_colour(work.picture)));
  EXPECT_EQ(work.pixels, lesion().pixels());
}

TEST(PixelEffects, BlurLowersDetailAndSharpeningRaisesIt) {
  Work const plain(lesion());
  Work blurred(lesion());
  training::blur(blurred.picture, 2);
  Work reduced(lesion());
  training::reduce_and_enlarge(reduced.picture, 0.5);
  Work sharp(lesion());
  training::sharpen(sharp.picture, 1);
  EXPECT_LT(detail(blurred), 0.8 * detail(plain));
  EXPECT_LT(detail(reduced), 0.9 * detail(plain));
  EXPECT_GT(detail(sharp), 1.1 * detail(plain));
  for (auto const* work : {&blurred, &reduced, &sharp}) EXPECT_NEAR(mean(*work), mean(plain), 1);
}

TEST(PixelEffects, ClaheRaisesLocalContrastAndKeepsGreyGrey) {
  // A weak pattern on a slope: the eye sees it, the global contrast hides it.
  auto const faint = testing::picture(128, 128, [](int x, int y) {
    auto const value = static_cast<std::uint8_t>(60 + x / 2 + ((x / 4 + y / 4) % 2 == 0 ? 6 : 0));
    return Rgb{value, value, value};
  });
  Work work(faint);
  training::raise_local_contrast(work.picture, 4);
  EXPECT_GT(detail(work), 1.5 * detail(Work(faint)));
  for (std::size_t i = 0; i < work.pixels.size(); i += 3) {
    ASSERT_NEAR(work.pixels[i], work.pixels[i + 1], 1);
    ASSERT_NEAR(work.pixels[i], work.pixels[i + 2], 1);
  }
}

TEST(PixelEffects, NoiseHasTheDeviationThatWasAskedForAndNoMean) {
  Work work(grey(128));
  training::add_noise(work.picture, 10, 7);
  double sum = 0;
  double squares = 0;
  for (auto value : work.pixels) {
    sum += value - 128.0;
    squares += std::pow(value - 128.0, 2);
  }
  double const count = double(work.pixels.size());
  EXPECT_NEAR(sum / count, 0, 0.4);
  EXPECT_NEAR(std::sqrt(squares / count), 10, 0.3);
}

TEST(PixelEffects, JpegKeepsTheSizeAndLosesMoreAtLowQuality) {
  auto const loss = [](int quality) {
    Work work(lesion());
    training::compress(work.picture, quality);
    EXPECT_EQ(work.pixels.size(), lesion().pixels().size());
    return testing::difference(lesion(), Image(128, 128, work.pixels));
  };
  EXPECT_GT(loss(10), 2 * loss(90));
  EXPECT_GT(loss(90), 0);
  Work tiny(testing::picture(32, 32, [](int x, int) { return Rgb{static_cast<std::uint8_t>(8 * x), 0, 0}; }));
  training::compress(tiny.picture, 50);  // smaller than any photo that nevus accepts, but the smallest input
}

TEST(PixelEffects, CoarseDropoutFillsSquaresOfTheAreaThatWasAskedFor) {
  auto random = generator(1, 0, 3, Purpose::kAugment);
  auto const holes = training::draw_holes(100, 80, 50, 0.25, random);
  ASSERT_EQ(holes.size(), 50U);
  for (auto const& hole : holes) {
    EXPECT_EQ(hole.width_px, 20);
    EXPECT_EQ(hole.height_px, 20);
    EXPECT_GE(hole.x_px, 0);
    EXPECT_GE(hole.y_px, 0);
    EXPECT_LE(hole.x_px + 20, 100);
    EXPECT_LE(hole.y_px + 20, 80);
  }
  Work work(testing::picture(100, 80, [](int, int) { return Rgb{250, 250, 250}; }));
  training::fill(work.picture, holes.front(), {127, 127, 127});
  EXPECT_EQ(std::count(work.pixels.begin(), work.pixels.end(), 127), 3 * 20 * 20);
}

TEST(ColourMap, ATurnOfTheHueKeepsTheLuma) {
  auto const luma = [](double r, double g, double b) { return 0.299 * r + 0.587 * g + 0.114 * b; };
  for (double angle : {-1.0, 0.3, 2.0}) {
    auto const map = training::colour_map({.hue_rad = angle}, {});
    double const r = 120;
    double const g = 90;
    double const b = 80;
    std::array<double, 3> turned{};
    for (std::size_t c = 0; c < 3; ++c) turned[c] = map[c][0] * r + map[c][1] * g + map[c][2] * b + map[c][3];
    EXPECT_NEAR(luma(turned[0], turned[1], turned[2]), luma(r, g, b), 0.01);
    EXPECT_GT(std::abs(turned[0] - r) + std::abs(turned[1] - g) + std::abs(turned[2] - b), 5);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(map[c][0] + map[c][1] + map[c][2], 1, 1e-4) << "grey stays grey";
  }
  auto const whole = training::colour_map({.hue_rad = 2 * std::numbers::pi}, {});
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(whole[c][c], 1, 1e-5);
}

TEST(ColourMap, WithoutSaturationEveryPixelIsItsLuma) {
  Work work(testing::picture(64, 64, [](int, int) { return Rgb{200, 100, 50}; }));
  training::apply_colours(work.picture, training::colour_map({.saturation = 0}, training::mean_colour(work.picture)));
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(work.pixels[c], 0.299 * 200 + 0.587 * 100 + 0.114 * 50, 0.6);
}

TEST(ColourMap, BrightnessMultipliesAndContrastSpreadsAboutTheMean) {
  Work bright(grey(100));
  training::apply_colours(bright.picture,
                          training::colour_map({.brightness = 1.5}, training::mean_colour(bright.picture)));
  EXPECT_EQ(bright.pixels.front(), 150);
  Work halves(testing::picture(64, 64, [](int x, int) { return x < 32 ? Rgb{80, 80, 80} : Rgb{120, 120, 120}; }));
  training::apply_colours(halves.picture, training::colour_map({.contrast = 2}, training::mean_colour(halves.picture)));
  EXPECT_EQ(halves.pixels.front(), 60);
  EXPECT_EQ(halves.pixels.back(), 140);
}

TEST(Mix, MixupIsTheWeightedSumOfPartners) {
  std::vector<float> values{1, 10, 2, 20, 3, 30};
  training::mix_rows({values.data(), 3, 2}, 0.75F);
  EXPECT_EQ(values, (std::vector<float>{1.5F, 15, 2, 20, 2.5F, 25}));
}

TEST(Mix, CutmixSwapsTheBoxAndLabelsFollowItsExactArea) {
  constexpr int kWidth = 40;
  constexpr int kHeight = 30;
  constexpr std::size_t kPlane = std::size_t{kWidth} * kHeight;
  auto random = generator(1, 0, 9, Purpose::kMix);
  for (int draw = 0; draw < 50; ++draw) {
    auto const box = training::draw_box(kWidth, kHeight, 0.6F, random);
    EXPECT_GE(box.x_px, 0);
    EXPECT_GE(box.y_px, 0);
    EXPECT_LE(box.x_px + box.width_px, kWidth);
    EXPECT_LE(box.y_px + box.height_px, kHeight);
    std::vector<float> pictures(std::size_t{2} * 3 * kPlane, 0);
    std::fill(pictures.begin() + 3 * kPlane, pictures.end(), 1.0F);
    training::swap_boxes({pictures.data(), 2, 3 * kPlane}, kWidth, kHeight, box);
    std::vector<float> targets{1, 0, 0, 1};  // row 0 is of class 0, row 1 of class 1
    training::mix_rows({targets.data(), 2, 2}, training::share_outside(box, kWidth, kHeight));
    for (std::size_t plane = 0; plane < 3; ++plane) {
      auto const start = pictures.begin() + std::ptrdiff_t(plane * kPlane);
      auto const foreign = double(std::count(start, start + kPlane, 1.0F));
      ASSERT_NEAR(foreign / kPlane, targets[1], 1e-6);
    }
    ASSERT_FLOAT_EQ(targets[0] + targets[1], 1);
    ASSERT_FLOAT_EQ(targets[2], targets[1]) << "the partner gets what the other gave";
  }
}

TEST(Mix, AWholeShareLeavesThePictures) {
  auto random = generator(1, 0, 9, Purpose::kMix);
  auto const box = training::draw_box(40, 30, 1, random);
  EXPECT_EQ(box.width_px * box.height_px, 0);
  EXPECT_EQ(training::share_outside(box, 40, 30), 1);
}

}  // namespace
}  // namespace nevus
