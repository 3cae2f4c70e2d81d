// SPDX-License-Identifier: MIT
#include "nevus/evaluation/curves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <stdexcept>

#include "nevus/image/decode.h"

namespace nevus {
namespace {

using Rgb = std::array<int, 3>;
constexpr Rgb kFirstSeries{0, 114, 178};
constexpr Rgb kSecondSeries{213, 94, 0};

Image picture(Result<Chart> const& chart) {
  auto decoded = image::decode(chart.value().png);
  EXPECT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->source_format(), PhotoFormat::kPng);
  return *decoded;
}

Rgb pixel(Image const& image, int x_px, int y_px) {
  auto const* const at = image.pixels().data() + std::size_t{3} * (std::size_t(y_px) * image.width_px() + x_px);
  return {at[0], at[1], at[2]};
}

/// Of rows below the legend: how many are drawn in `colour` at `x_px`.
int rows_in(Image const& image, Rgb colour, int x_px) {
  int rows = 0;
  for (int y_px = 80; y_px < image.height_px(); ++y_px) rows += pixel(image, x_px, y_px) == colour ? 1 : 0;
  return rows;
}

/// The row in the middle of a line of `colour` at `x_px`, or -1.
int row_of(Image const& image, Rgb colour, int x_px) {
  for (int y_px = 80; y_px < image.height_px(); ++y_px) {
    if (pixel(image, x_px, y_px) == colour) return y_px;
  }
  return -1;
}

TEST(Curves, PanelsStandSideBySide) {
  Panel const panel{"Loss", "epoch", "cross-entropy", {{"training", {1, 2}, {1, 0}}}};
  auto const one = picture(evaluation::draw_panels({panel}));
  auto const three = picture(evaluation::draw_panels({panel, panel, panel}));
  EXPECT_EQ(three.width_px(), 3 * one.width_px());
  EXPECT_EQ(three.height_px(), one.height_px());
  for (int y_px = 0; y_px < one.height_px(); ++y_px) {
    for (int x_px = 0; x_px < one.width_px(); x_px += 7) {
      ASSERT_EQ(pixel(three, x_px + 2 * one.width_px(), y_px), pixel(one, x_px, y_px)) << x_px << ", " << y_px;
    }
  }
}

TEST(Curves, AHigherValueIsDrawnHigherUp) {
  auto const chart = picture(evaluation::draw_panels(
      {{"AUC", "epoch", "", {{"low", {0, 1}, {.25, .25}}, {"high", {0, 1}, {.75, .75}}, {"ends", {0, 1}, {0, 1}}}}}));
  int const middle_px = chart.width_px() / 2 + 40;
  ASSERT_GT(row_of(chart, kFirstSeries, middle_px), 0);
  ASSERT_GT(row_of(chart, kSecondSeries, middle_px), 0);
  EXPECT_LT(row_of(chart, kSecondSeries, middle_px) + 100, row_of(chart, kFirstSeries, middle_px));
  EXPECT_EQ(pixel(chart, 0, 0), (Rgb{255, 255, 255})) << "white ground";
}

TEST(Curves, AValueThatIsNotFiniteLeavesAGap) {
  double const gap = std::numeric_limits<double>::quiet_NaN();
  auto const whole = picture(evaluation::draw_panels({{"", "", "", {{"a", {0, 1, 2, 3, 4}, {1, 1, 1, 1, 1}}}}}));
  auto const broken = picture(evaluation::draw_panels({{"", "", "", {{"a", {0, 1, 2, 3, 4}, {1, 1, gap, 1, 1}}}}}));
  int const middle_px = whole.width_px() / 2 + 28;  // of the axes
  EXPECT_GT(rows_in(whole, kFirstSeries, middle_px), 0);
  EXPECT_EQ(rows_in(broken, kFirstSeries, middle_px), 0);
  EXPECT_GT(rows_in(broken, kFirstSeries, middle_px / 3), 0) << "the rest of the line stays";
}

TEST(Curves, APanelWithoutPointsHasEmptyAxes) {
  auto const chart = picture(evaluation::draw_panels({{"Nothing yet", "epoch", "", {{"a", {}, {}}}}}));
  for (int x_px = 0; x_px < chart.width_px(); ++x_px) ASSERT_EQ(rows_in(chart, kFirstSeries, x_px), 0);
  EXPECT_GT(rows_in(chart, {226, 229, 233}, chart.width_px() / 2 + 40), 3) << "the grid is there";
}

TEST(Curves, WhatIsNotAChartIsABug) {
  EXPECT_THROW(static_cast<void>(evaluation::draw_panels({})), std::logic_error);
  EXPECT_THROW(static_cast<void>(evaluation::draw_panels({{"", "", "", {{"a", {1, 2}, {1}}}}})), std::logic_error);
}

TEST(Curves, AreTheSameDrawingAsSvg) {
  auto const chart = evaluation::draw_panels({{"A < B", "epoch", "", {{"a", {0, 1, 2}, {1, 2, 1}}}}});
  ASSERT_TRUE(chart);
  auto const count = [&](std::string const& words) {
    std::size_t found = 0;
    for (auto at = chart->svg.find(words); at != std::string::npos; at = chart->svg.find(words, at + 1)) ++found;
    return found;
  };
  EXPECT_TRUE(chart->svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 520\""));
  EXPECT_EQ(count("stroke=\"#0072b2\" stroke-width=\"2.4\""), 1U) << "one path for the whole series";
  EXPECT_EQ(count("<circle"), 3U);
  EXPECT_EQ(count(">A &lt; B</text>"), 1U);
}

TEST(Confusion, ACellIsTheDarkerTheLargerItsShareOfTheRow) {
  PerClass<PerClass<std::size_t>> confusion{};
  for (std::size_t i = 0; i < kLesionClassCount; ++i) confusion[i][i] = 70;
  confusion[4] = {0, 0, 20, 0, 70, 10, 0};
  confusion[6] = {};  // no photo of this class: no share to divide by
  auto const table = picture(evaluation::draw_confusion(confusion));
  // Brightness near the upper left corner of a cell, where no letter stands.
  auto const brightness = [&](int row, int column) {
    auto const colour = pixel(table, 150 + 108 * column + 8, 120 + 96 * row + 8);
    return colour[0] + colour[1] + colour[2];
  };
  EXPECT_LT(brightness(0, 0), brightness(4, 4));
  EXPECT_LT(brightness(4, 4), brightness(4, 2));
  EXPECT_LT(brightness(4, 2), brightness(4, 5));
  EXPECT_LT(brightness(4, 5), brightness(4, 0));
  EXPECT_EQ(brightness(6, 6), brightness(4, 0));
}

}  // namespace
}  // namespace nevus
