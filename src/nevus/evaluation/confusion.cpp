// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "nevus/evaluation/canvas.h"
#include "nevus/evaluation/curves.h"

namespace nevus::evaluation {
namespace {

constexpr int kWidthPx = 940;
constexpr int kHeightPx = 830;
constexpr double kLeftPx = 150;
constexpr double kTopPx = 120;
constexpr double kCellWidthPx = 108;
constexpr double kCellHeightPx = 96;
constexpr double kGapPx = 3;

constexpr Colour kNone{243, 245, 247};
constexpr Colour kAll{0, 82, 140};
/// From here on white letters stand out more from the cell's colour than black ones.
constexpr double kDarkShare = .46;

constexpr TextStyle kTitle{.capital_px = 15, .stroke_px = 2.4};
constexpr TextStyle kClass{.capital_px = 12, .align = Align::kCentre, .stroke_px = 1.7};
constexpr TextStyle kNote{.capital_px = 9.5, .colour = kFaintInk, .stroke_px = 1.3};
constexpr TextStyle kCount{.capital_px = 13, .align = Align::kCentre, .stroke_px = 1.9};
constexpr TextStyle kShare{.capital_px = 9.5, .align = Align::kCentre, .stroke_px = 1.3};

Colour shade(double share) {
  // The square root keeps rare mistakes visible.
  auto const mixed = [&](std::uint8_t none, std::uint8_t all) {
    return std::uint8_t(std::lround(std::lerp(double(none), double(all), std::sqrt(share))));
  };
  return {mixed(kNone.red, kAll.red), mixed(kNone.green, kAll.green), mixed(kNone.blue, kAll.blue)};
}

std::string percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

Point cell(std::size_t row, std::size_t column) {
  return {kLeftPx + double(column) * kCellWidthPx, kTopPx + double(row) * kCellHeightPx};
}

TextStyle in_colour(TextStyle style, Colour colour) {
  style.colour = colour;
  return style;
}

void draw_cell(Canvas& canvas, Point corner, std::size_t count, double share) {
  canvas.box(corner, {corner.x_px + kCellWidthPx - kGapPx, corner.y_px + kCellHeightPx - kGapPx}, shade(share));
  bool const dark = share >= kDarkShare;
  double const middle_px = corner.x_px + (kCellWidthPx - kGapPx) / 2;
  canvas.text(std::to_string(count), {middle_px, corner.y_px + 46},
              in_colour(kCount, dark ? kPaper : (count == 0 ? kFaintInk : kInk)));
  if (count == 0) return;
  canvas.text(percent(share), {middle_px, corner.y_px + 70}, in_colour(kShare, dark ? kPaper : kInk));
}

}  // namespace

Result<Chart> draw_confusion(PerClass<PerClass<std::size_t>> const& confusion) {
  Canvas canvas(kWidthPx, kHeightPx);
  canvas.text("Truth (rows) and answer (columns)", {kLeftPx, 42}, kTitle);
  canvas.text("photos, and their share of the row", {kLeftPx, 68}, kNote);
  for (std::size_t row = 0; row < kLesionClassCount; ++row) {
    std::string const id(kLesionClasses[row].id);
    auto const photos = std::accumulate(confusion[row].begin(), confusion[row].end(), std::size_t{0});
    canvas.text(id, {cell(0, row).x_px + (kCellWidthPx - kGapPx) / 2, kTopPx - 14}, kClass);
    TextStyle right = kClass;
    right.align = Align::kRight;
    canvas.text(id, {kLeftPx - 16, cell(row, 0).y_px + 46}, right);
    TextStyle note = kNote;
    note.align = Align::kRight;
    canvas.text("n = " + std::to_string(photos), {kLeftPx - 16, cell(row, 0).y_px + 70}, note);
    for (std::size_t column = 0; column < kLesionClassCount; ++column) {
      auto const count = confusion[row][column];
      draw_cell(canvas, cell(row, column), count, photos == 0 ? 0 : double(count) / double(photos));
    }
  }
  return canvas.to_chart();
}

}  // namespace nevus::evaluation
