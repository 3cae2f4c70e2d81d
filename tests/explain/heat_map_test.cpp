// SPDX-License-Identifier: MIT
#include "nevus/explain/heat_map.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace nevus {
namespace {

/// A 4x4 map that speaks for melanoma in one cell, and weakly against it elsewhere.
NetworkOutput hot_in(int x, int y, float value = 2.0F) {
  NetworkOutput output;
  output.map_width = 4;
  output.map_height = 4;
  output.class_maps.assign(kLesionClassCount * 16, -0.25F);
  output.class_maps[std::size_t(LesionClass::kMel) * 16 + std::size_t(y * 4 + x)] = value;
  return output;
}

Image grey(int width_px, int height_px, std::uint8_t value = 100) {
  return {width_px, height_px, std::vector<std::uint8_t>(std::size_t{3} * width_px * height_px, value)};
}

std::array<int, 3> pixel(Image const& picture, int x, int y) {
  auto const* const p = picture.pixels().data() + std::size_t{3} * (std::size_t(y) * picture.width_px() + x);
  return {p[0], p[1], p[2]};
}

PreprocessSpec spec(int side_px, int detail_px) {
  return {.width_px = side_px, .height_px = side_px, .detail_px = detail_px};
}

TEST(HeatMap, KeepsWhatSpeaksForTheClass) {
  auto output = hot_in(1, 2);
  output.class_maps[std::size_t(LesionClass::kMel) * 16] = 0.5F;
  auto const map = explain::heat_map(output, LesionClass::kMel);
  ASSERT_TRUE(map);
  EXPECT_FLOAT_EQ(float(map->peak_logit), 2.0F);
  EXPECT_FLOAT_EQ(map->heat[9], 1.0F);
  EXPECT_FLOAT_EQ(map->heat[0], 0.25F);
  EXPECT_FLOAT_EQ(std::accumulate(map->heat.begin(), map->heat.end(), 0.0F), 1.25F);
}

TEST(HeatMap, AFaintMapLooksFaint) {
  auto output = hot_in(1, 2, 0.5F);
  output.class_maps[std::size_t(LesionClass::kNv) * 16] = 2.0F;
  auto const map = explain::heat_map(output, LesionClass::kMel);
  ASSERT_TRUE(map);
  EXPECT_FLOAT_EQ(map->heat[9], 0.25F);
  EXPECT_FLOAT_EQ(float(map->scale_logit), 2.0F);
}

TEST(HeatMap, IsNothingWhereNothingSpeaksForTheClass) {
  EXPECT_FALSE(explain::heat_map(hot_in(1, 2), LesionClass::kNv));
  EXPECT_FALSE(explain::heat_map(hot_in(1, 2, 0.0F), LesionClass::kMel));
}

TEST(Placement, MapsTheInputsCornersOntoTheCentredSquare) {
  // 600x450 is brought to 200x150, of which the centred 150x150 is enlarged to 300x300.
  auto const p = model::placement(600, 450, spec(300, 150));
  EXPECT_NEAR(p.origin_x_px - 0.5 * p.px_per_input_x, 75 - 0.5, 1.5);  // left edge of the square
  EXPECT_NEAR(p.origin_x_px + 299.5 * p.px_per_input_x, 525 - 0.5, 1.5);
  EXPECT_NEAR(p.origin_y_px - 0.5 * p.px_per_input_y, -0.5, 1.5);
  EXPECT_NEAR(p.origin_y_px + 299.5 * p.px_per_input_y, 449.5, 1.5);
}

TEST(Placement, FindsAMarkWhereTheNetworkSawIt) {
  for (auto const& [width, height] : {std::pair{600, 450}, std::pair{333, 517}, std::pair{200, 150}}) {
    int const x = width / 2 + 60;
    int const y = height / 2 - 40;
    auto pixels = grey(width, height, 0).pixels();
    for (int dy = -4; dy <= 4; ++dy) {
      for (int dx = -4; dx <= 4; ++dx) pixels[3 * (std::size_t(y + dy) * width + x + dx) + 1] = 255;
    }
    auto const s = spec(192, 150);
    auto const input = model::render(Image(width, height, pixels), s);
    double sum = 0;
    double sum_x = 0;
    double sum_y = 0;
    for (int v = 0; v < 192; ++v) {
      for (int u = 0; u < 192; ++u) {
        auto const green = pixel(input, u, v)[1];
        sum += green;
        sum_x += green * u;
        sum_y += green * v;
      }
    }
    ASSERT_GT(sum, 0);
    auto const p = model::placement(width, height, s);
    EXPECT_NEAR(p.origin_x_px + sum_x / sum * p.px_per_input_x, x, 0.3) << width;
    EXPECT_NEAR(p.origin_y_px + sum_y / sum * p.px_per_input_y, y, 0.3) << width;
  }
}

TEST(Overlay, TheHotCellIsPaleYellowAtItsPlaceAndColdOnesShowThePhoto) {
  // A golden colour at a known place: swapped channels would make it pale blue.
  auto const map = explain::heat_map(hot_in(1, 2), LesionClass::kMel);
  ASSERT_TRUE(map);
  auto const photo = grey(400, 400);
  auto const s = spec(200, 0);
  auto const picture = explain::overlay(photo, *map, model::placement(400, 400, s), s, {.opacity_frac = 1});
  auto const hot = pixel(picture, 150, 250);  // the centre of cell (1, 2)
  EXPECT_NEAR(hot[0], 252, 4);
  EXPECT_NEAR(hot[1], 255, 4);
  EXPECT_NEAR(hot[2], 164, 8);
  EXPECT_EQ(pixel(picture, 350, 50), (std::array<int, 3>{100, 100, 100}));
}

TEST(Overlay, DimsWhatTheNetworkDidNotSee) {
  auto const map = explain::heat_map(hot_in(1, 2), LesionClass::kMel);
  auto const s = spec(192, 150);
  auto const picture = explain::overlay(grey(600, 450), *map, model::placement(600, 450, s), s);
  EXPECT_EQ(pixel(picture, 10, 225), (std::array<int, 3>{50, 50, 50}));
  EXPECT_EQ(pixel(picture, 590, 225), (std::array<int, 3>{50, 50, 50}));
  EXPECT_EQ(pixel(picture, 500, 100), (std::array<int, 3>{100, 100, 100}));
}

TEST(Overlay, WithoutOpacityIsThePhoto) {
  auto const map = explain::heat_map(hot_in(1, 2), LesionClass::kMel);
  auto const s = spec(200, 0);
  auto const photo = grey(300, 300);
  auto const bare = explain::overlay(photo, *map, model::placement(300, 300, s), s, {.opacity_frac = 0});
  EXPECT_EQ(bare.pixels(), photo.pixels());
}

TEST(Legend, StandsBelowThePictureAndLeavesItAsItIs) {
  auto const map = explain::heat_map(hot_in(1, 2), LesionClass::kMel);
  auto const picture = explain::with_legend(grey(600, 450), *map, "Melanoma");
  EXPECT_EQ(picture.width_px(), 600);
  EXPECT_GT(picture.height_px(), 450);
  EXPECT_EQ(pixel(picture, 599, 449), (std::array<int, 3>{100, 100, 100}));
  EXPECT_EQ(explain::with_legend(grey(100, 80), *map, "Melanoma").width_px(), 400);
}

TEST(Legend, OfAMapThatFailedItsTestIsGreyButForAWarning) {
  auto const map = explain::heat_map(hot_in(1, 2), LesionClass::kMel);
  Image const red(320, 240, [] {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 320 * 240; ++i) pixels.insert(pixels.end(), {200, 40, 40});
    return pixels;
  }());
  auto const passed = explain::with_legend(red, *map, "Melanoma");
  auto const failed = explain::with_legend(red, *map, "Melanoma", explain::MapTest::kFailed);
  EXPECT_EQ(failed.width_px(), 320);
  EXPECT_GT(failed.height_px(), passed.height_px());
  auto const coloured = [](Image const& picture, int from, int to) {
    int count = 0;
    for (int y = from; y < to; ++y) {
      for (int x = 0; x < picture.width_px(); ++x) {
        auto const p = pixel(picture, x, y);
        count += p[0] - p[1] > 60;
      }
    }
    return count;
  };
  EXPECT_GT(coloured(passed, 0, 240), 0);
  EXPECT_EQ(coloured(failed, 0, 240), 0) << "nothing of the picture invites to be read";
  EXPECT_GT(coloured(failed, 240, 262), 50) << "the warning";
  EXPECT_EQ(coloured(failed, 264, failed.height_px()), 0) << "the scale";
}

}  // namespace
}  // namespace nevus
