// SPDX-License-Identifier: MIT
#include "nevus/quality/quality.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "quality/defects.h"
#include "quality/drawings.h"

namespace nevus {
namespace {

constexpr std::array<std::string_view, 12> kNames{"focus",      "brightness", "contrast", "colour_cast",
                                                  "glare",      "resolution", "framing",  "lesion_size",
                                                  "lesion_cut", "hair",       "ink",      "ruler"};

QualityMeasure measure(QualityReport const& report, std::string_view name) {
  return *std::ranges::find(report.measures, name, &QualityMeasure::name);
}

std::vector<std::string_view> failed(QualityReport const& report, Severity severity) {
  std::vector<std::string_view> names;
  for (auto const& measure : report.measures) {
    if (!measure.passed && measure.severity == severity) names.push_back(measure.name);
  }
  return names;
}

std::vector<std::string_view> failed(QualityReport const& report) { return failed(report, Severity::kRefuses); }
std::vector<std::string_view> warnings(QualityReport const& report) { return failed(report, Severity::kWarns); }

Image uniform(int width_px, int height_px, std::array<std::uint8_t, 3> colour) {
  std::vector<std::uint8_t> pixels(std::size_t{3} * width_px * height_px);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = colour[i % 3];
  return {width_px, height_px, std::move(pixels)};
}

/// In parts of the photo's width.
struct Spot {
  double x_frac = 0.5;
  double y_frac = 0.375;
  double radius_frac = 0.18;
};

/// Pinkish skin with a grain of about 1 % of the width and a brown spot.
Image skin_with_spot(int width_px = 600, int height_px = 450, Spot where = {}) {
  auto photo = uniform(width_px, height_px, {0, 0, 0});
  auto pixels = photo.pixels();
  std::mt19937 random(1);
  constexpr int kGrainColumns = 100;
  std::vector<double> grain(std::size_t{kGrainColumns} * (kGrainColumns * height_px / width_px + 1));
  for (auto& value : grain) value = static_cast<double>(random() % 2001) / 1000 - 1;
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      auto const distance_frac = std::hypot(x - where.x_frac * width_px, y - where.y_frac * width_px) / width_px;
      auto const spot = 1 / (1 + std::exp((distance_frac - where.radius_frac) / 0.01));
      auto const shade = 8 * grain[kGrainColumns * (y * kGrainColumns / width_px) + x * kGrainColumns / width_px];
      std::array const skin{205.0, 150.0, 145.0};
      std::array const brown{110.0, 70.0, 60.0};
      for (int c = 0; c < 3; ++c) {
        pixels[std::size_t{3} * (y * width_px + x) + c] =
            quality::defects::to_byte(spot * brown[c] + (1 - spot) * skin[c] + shade);
      }
    }
  }
  return {width_px, height_px, std::move(pixels)};
}

/// Black outside a circle in the middle with this share of the photo's height as its diameter.
Image seen_through_circle(Image const& photo, double diameter_frac) {
  auto pixels = photo.pixels();
  for (int y = 0; y < photo.height_px(); ++y) {
    for (int x = 0; x < photo.width_px(); ++x) {
      auto const distance_px = std::hypot(x - photo.width_px() / 2.0, y - photo.height_px() / 2.0);
      if (distance_px <= diameter_frac * photo.height_px() / 2) continue;
      for (int c = 0; c < 3; ++c) pixels[std::size_t{3} * (y * photo.width_px() + x) + c] = 4;
    }
  }
  return {photo.width_px(), photo.height_px(), std::move(pixels)};
}

std::vector<Image> assorted_photos() {
  std::vector<Image> photos{skin_with_spot(), uniform(300, 225, {0, 0, 0}), uniform(300, 225, {255, 255, 255}),
                            uniform(64, 64, {200, 150, 140})};
  for (auto const& defect : quality::defects::kStrongDefects) photos.push_back(defect.spoil(skin_with_spot(300, 225)));
  return photos;
}

TEST(Quality, ReportsElevenMeasuresInOneOrder) {
  for (auto const& photo : assorted_photos()) {
    std::vector<std::string_view> names;
    for (auto const& measure : quality::assess(photo).measures) names.push_back(measure.name);
    EXPECT_EQ(names, std::vector<std::string_view>(kNames.begin(), kNames.end()));
  }
}

TEST(Quality, AdvisesExactlyWhatFailed) {
  for (auto const& photo : assorted_photos()) {
    auto const report = quality::assess(photo);
    for (auto const& measure : report.measures) {
      EXPECT_EQ(measure.passed, measure.value >= measure.min && measure.value <= measure.max) << measure.name;
      EXPECT_EQ(measure.advice.empty(), measure.passed) << measure.name;
    }
    EXPECT_EQ(report.usable(), failed(report).empty()) << "warnings do not count";
  }
}

TEST(Quality, SkinWithASpotIsUsable) {
  EXPECT_EQ(failed(quality::assess(skin_with_spot())), std::vector<std::string_view>{});
  EXPECT_EQ(warnings(quality::assess(skin_with_spot())), std::vector<std::string_view>{});
}

TEST(Quality, TheLesionsShareOfThePhotoIsMeasured) {
  for (double const radius_frac : {0.06, 0.1, 0.18, 0.25}) {
    auto const report = quality::assess(skin_with_spot(600, 450, {.radius_frac = radius_frac}));
    auto const measured_radius_frac = std::sqrt(measure(report, "lesion_size").value * 450 / 600 / std::acos(-1));
    EXPECT_GT(measured_radius_frac, radius_frac) << "drawn wide, as HAM10000's masks are";
    EXPECT_LT(measured_radius_frac, radius_frac + 0.035);
  }
}

TEST(Quality, ASmallLesionIsWarnedOf) {
  auto const small = measure(quality::assess(skin_with_spot(600, 450, {.radius_frac = 0.03})), "lesion_size");
  EXPECT_FALSE(small.passed);
  EXPECT_EQ(small.severity, Severity::kWarns);
  EXPECT_TRUE(measure(quality::assess(skin_with_spot(600, 450, {.radius_frac = 0.08})), "lesion_size").passed);
}

TEST(Quality, ALesionThatTheFrameCutsIsAnsweredWithAWarning) {
  auto const report = quality::assess(skin_with_spot(600, 450, {.x_frac = 0.12}));
  EXPECT_TRUE(report.usable());
  EXPECT_EQ(warnings(report), std::vector<std::string_view>{"lesion_cut"});
  EXPECT_EQ(measure(quality::assess(skin_with_spot()), "lesion_cut").value, 0);
}

TEST(Quality, HairIsMeasuredAndWarnedOf) {
  auto const photo = skin_with_spot();
  EXPECT_LT(measure(quality::assess(photo), "hair").value, 0.001);
  for (int const count : {10, 30, 60}) {
    auto const drawn = quality::drawings::hairy(photo, count, 1);
    auto const report = quality::assess(drawn.photo);
    EXPECT_NEAR(measure(report, "hair").value / drawn.covered_frac, 1, 0.3) << count;
    EXPECT_EQ(measure(report, "hair").passed, count < 30) << count;
    EXPECT_EQ(failed(report), std::vector<std::string_view>{});
  }
}

TEST(Quality, InkBesideTheLesionIsWarnedOf) {
  auto const photo = skin_with_spot();
  EXPECT_EQ(measure(quality::assess(photo), "ink").value, 0);
  for (auto const ink : {quality::drawings::Ink::kBlue, quality::drawings::Ink::kViolet}) {
    auto const report = quality::assess(quality::drawings::inked(photo, ink, 1).photo);
    EXPECT_TRUE(report.usable());
    EXPECT_FALSE(measure(report, "ink").passed);
  }
}

TEST(Quality, AScaleAtAnyAngleIsWarnedOf) {
  auto const photo = skin_with_spot();
  EXPECT_LT(measure(quality::assess(photo), "ruler").value, 4);
  for (double const angle_rad : {0.0, 0.4, 0.8, 1.2, 1.57}) {
    quality::drawings::Scale const scale{.x_frac = .2, .y_frac = .2, .angle_rad = angle_rad, .ticks = 8};
    auto const report = quality::assess(quality::drawings::ruled(photo, scale).photo);
    EXPECT_TRUE(report.usable());
    EXPECT_EQ(measure(report, "ruler").value, 8) << angle_rad;
    EXPECT_FALSE(measure(report, "ruler").passed);
  }
}

TEST(Quality, HairAndStrokesThatAreNotEquallySpacedAreNoScale) {
  for (int const count : {10, 30, 60, 100}) {
    for (unsigned seed = 0; seed < 5; ++seed) {
      auto const report = quality::assess(quality::drawings::hairy(skin_with_spot(), count, seed).photo);
      EXPECT_TRUE(measure(report, "ruler").passed) << count << ' ' << seed;
    }
  }
}

TEST(Quality, EachStrongDefectIsNoticedByTheMeasureMadeForIt) {
  for (auto const& defect : quality::defects::kStrongDefects) {
    EXPECT_FALSE(measure(quality::assess(defect.spoil(skin_with_spot())), defect.measure).passed) << defect.name;
  }
}

TEST(Quality, ABlurredPhotoFailsByNothingButItsFocus) {
  EXPECT_EQ(failed(quality::assess(quality::defects::blurred(skin_with_spot(), 0.03))),
            std::vector<std::string_view>{"focus"});
}

TEST(Quality, ABlankPhotoHasNothingInFocusAndNoContrast) {
  EXPECT_EQ(failed(quality::assess(uniform(600, 450, {205, 150, 145}))),
            (std::vector<std::string_view>{"focus", "contrast"}));
}

TEST(Quality, AdviceTellsTooDarkFromTooBright) {
  auto const dark = measure(quality::assess(uniform(300, 225, {30, 22, 20})), "brightness");
  auto const bright = measure(quality::assess(uniform(300, 225, {252, 250, 249})), "brightness");
  EXPECT_NE(dark.advice.find("too dark"), std::string_view::npos);
  EXPECT_NE(bright.advice.find("too bright"), std::string_view::npos);
}

TEST(Quality, TheCircleOfADermatoscopeThatTouchesTheFrameIsAllowed) {
  auto const report = quality::assess(seen_through_circle(skin_with_spot(), 1));
  EXPECT_EQ(failed(report), std::vector<std::string_view>{});
  EXPECT_NEAR(measure(report, "framing").value, std::acos(-1) / 4 * 450 / 600, 0.01);
}

TEST(Quality, ASmallCircleInABlackFrameIsNotAllowed) {
  EXPECT_EQ(failed(quality::assess(seen_through_circle(skin_with_spot(), 0.6))),
            std::vector<std::string_view>{"framing"});
}

TEST(Quality, DarkCornersChangeNoOtherFigure) {
  auto const whole = quality::assess(skin_with_spot());
  auto const circle = quality::assess(seen_through_circle(skin_with_spot(), 1.3));
  EXPECT_NEAR(measure(circle, "brightness").value, measure(whole, "brightness").value, 0.03);
  EXPECT_NEAR(measure(circle, "contrast").value, measure(whole, "contrast").value, 0.03);
  EXPECT_NEAR(measure(circle, "focus").value, measure(whole, "focus").value, 0.1);
  EXPECT_NEAR(measure(circle, "colour_cast").value, measure(whole, "colour_cast").value, 0.03);
}

TEST(Quality, TheBlurredEdgeOfTheCircleIsNotDetail) {
  auto const blurred = quality::defects::blurred(seen_through_circle(skin_with_spot(), 1), 0.03);
  EXPECT_EQ(failed(quality::assess(blurred)), std::vector<std::string_view>{"focus"});
}

TEST(Quality, ABlackLesionIsNotADarkCorner) {
  auto photo = skin_with_spot();
  auto pixels = photo.pixels();
  for (int y = 150; y < 300; ++y) {
    for (int x = 200; x < 400; ++x) {
      for (int c = 0; c < 3; ++c) pixels[std::size_t{3} * (y * 600 + x) + c] = 10;
    }
  }
  EXPECT_EQ(measure(quality::assess(Image(600, 450, std::move(pixels))), "framing").value, 1);
}

TEST(Quality, ResolutionCountsTheShortSide) {
  EXPECT_TRUE(measure(quality::assess(skin_with_spot(200, 150)), "resolution").passed);
  EXPECT_FALSE(measure(quality::assess(skin_with_spot(400, 149)), "resolution").passed);
  EXPECT_FALSE(measure(quality::assess(skin_with_spot(149, 400)), "resolution").passed);
}

TEST(Quality, EveryFigureIsANumberWhateverTheShape) {
  for (auto const& [width_px, height_px] : {std::pair{1, 1}, {64, 64}, {64, 20000}, {20000, 64}, {3, 500}}) {
    for (auto const& measure : quality::assess(uniform(width_px, height_px, {90, 60, 50})).measures) {
      EXPECT_TRUE(std::isfinite(measure.value)) << measure.name << " of " << width_px << "x" << height_px;
    }
  }
}

TEST(Quality, ThreadsThatShareAPhotoGetTheSameFigures) {
  auto const photo = skin_with_spot();
  auto const alone = quality::assess(photo);
  std::array<QualityReport, 4> reports;
  {
    std::vector<std::jthread> threads;
    for (auto& report : reports) threads.emplace_back([&] { report = quality::assess(photo); });
  }
  for (auto const& report : reports) {
    for (std::size_t i = 0; i < kNames.size(); ++i) EXPECT_EQ(report.measures[i].value, alone.measures[i].value);
  }
}

}  // namespace
}  // namespace nevus
