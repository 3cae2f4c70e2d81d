// SPDX-License-Identifier: MIT
#include "nevus/evaluation/curves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "nevus/evaluation/axis.h"
#include "nevus/evaluation/canvas.h"

namespace nevus::evaluation {
namespace {

constexpr int kPanelWidthPx = 720;
constexpr int kPanelHeightPx = 520;
constexpr double kLeftPx = 84;
constexpr double kRightPx = 28;
constexpr double kBottomPx = 70;
constexpr double kTitleBaselinePx = 40;
constexpr double kLegendBaselinePx = 70;
constexpr double kLegendRowPx = 24;
constexpr double kLegendKeyPx = 26;
constexpr double kLegendGapPx = 22;
constexpr double kYLabelHeightPx = 22;
/// More points than these make a line without dots.
constexpr std::size_t kMostDots = 40;
constexpr int kWantedTicks = 7;

constexpr Colour kGrid{226, 229, 233};
constexpr Colour kAxis{134, 142, 150};
constexpr Colour kReferenceInk{150, 156, 163};

/// Okabe and Ito 2008, without their yellow, which is lost on white: grey stands in its place.
constexpr std::array<Colour, 8> kSeriesColours{{{0, 114, 178},
                                                {213, 94, 0},
                                                {0, 158, 115},
                                                {204, 121, 167},
                                                {230, 159, 0},
                                                {86, 180, 233},
                                                {0, 0, 0},
                                                {153, 153, 153}}};

constexpr TextStyle kTitle{.capital_px = 15, .stroke_px = 2.4};
constexpr TextStyle kLegend{.capital_px = 10, .stroke_px = 1.4};
constexpr TextStyle kLabel{.capital_px = 10, .colour = kFaintInk, .stroke_px = 1.4};

Colour colour_of(std::size_t series) { return kSeriesColours[series % kSeriesColours.size()]; }

TextStyle aligned(TextStyle style, Align align) {
  style.align = align;
  return style;
}

/// Where each name of a legend begins, rows being as wide as a panel's axes.
std::vector<Point> legend_places(Panel const& panel) {
  std::vector<Point> places;
  Point next{kLeftPx, kLegendBaselinePx};
  for (auto const& series : panel.series) {
    double const width_px = kLegendKeyPx + Canvas::text_width_px(series.name, kLegend);
    if (next.x_px > kLeftPx && next.x_px + width_px > kPanelWidthPx - kRightPx) {
      next = {kLeftPx, next.y_px + kLegendRowPx};
    }
    places.push_back(next);
    next.x_px += width_px + kLegendGapPx;
  }
  return places;
}

/// The axes' upper end, the same for all panels so that they stand level.
double plot_top_px(std::vector<Panel> const& panels) {
  double top_px = kLegendBaselinePx;
  for (auto const& panel : panels) {
    auto const places = legend_places(panel);
    double const legend_px = places.empty() ? kTitleBaselinePx : places.back().y_px;
    top_px = std::max(top_px, legend_px + 18 + (panel.y_label.empty() ? 0 : kYLabelHeightPx));
  }
  return top_px;
}

class PanelDrawing {
 public:
  PanelDrawing(Canvas& canvas, Panel const& panel, double left_px, double plot_top_px)
      : canvas_(canvas), panel_(panel), left_px_(left_px), top_px_(plot_top_px) {
    auto x = panel.x_holds;
    auto y = panel.y_holds;
    for (auto const& series : panel.series) {
      x.insert(x.end(), series.x.begin(), series.x.end());
      y.insert(y.end(), series.y.begin(), series.y.end());
    }
    x_axis_ = make_axis(x, AxisEnds::kAtData, kWantedTicks);
    y_axis_ = make_axis(y, AxisEnds::kAtTicks, kWantedTicks);
  }

  void draw() {
    canvas_.text(panel_.title, {left_px_ + kLeftPx, kTitleBaselinePx}, kTitle);
    draw_axes();
    draw_legend();
    for (std::size_t i = 0; i < panel_.series.size(); ++i) {
      auto const& series = panel_.series[i];
      if (series.style == SeriesStyle::kBars) {
        draw_bars(series, colour_of(i));
      } else {
        draw_line(series, ink_of(i));
      }
    }
  }

 private:
  [[nodiscard]] double plot_left_px() const { return left_px_ + kLeftPx; }
  [[nodiscard]] double plot_right_px() const { return left_px_ + kPanelWidthPx - kRightPx; }
  [[nodiscard]] double plot_bottom_px() const { return kPanelHeightPx - kBottomPx; }
  [[nodiscard]] Point to_point(double x, double y) const {
    return {std::lerp(plot_left_px(), plot_right_px(), x_axis_.place(x)),
            std::lerp(plot_bottom_px(), top_px_, y_axis_.place(y))};
  }

  void draw_axes() {
    for (auto const& tick : y_axis_.ticks) {
      auto const at = to_point(x_axis_.low, tick.value);
      canvas_.line(at, {plot_right_px(), at.y_px}, kGrid, 1);
      canvas_.text(tick.label, {at.x_px - 10, at.y_px + kLabel.capital_px / 2}, aligned(kLabel, Align::kRight));
    }
    for (auto const& tick : x_axis_.ticks) {
      auto const at = to_point(tick.value, y_axis_.low);
      canvas_.line(at, {at.x_px, top_px_}, kGrid, 1);
      canvas_.line(at, {at.x_px, at.y_px + 5}, kAxis, 1.3);
      canvas_.text(tick.label, {at.x_px, at.y_px + 22}, aligned(kLabel, Align::kCentre));
    }
    canvas_.line({plot_left_px(), plot_bottom_px()}, {plot_right_px(), plot_bottom_px()}, kAxis, 1.3);
    canvas_.text(panel_.x_label, {(plot_left_px() + plot_right_px()) / 2, plot_bottom_px() + 48},
                 aligned(kLabel, Align::kCentre));
    canvas_.text(panel_.y_label, {plot_left_px(), top_px_ - 12}, kLabel);
  }

  void draw_legend() {
    auto const places = legend_places(panel_);
    for (std::size_t i = 0; i < places.size(); ++i) {
      Point const at{left_px_ + places[i].x_px, places[i].y_px};
      double const middle_px = at.y_px - kLegend.capital_px / 2;
      canvas_.line({at.x_px + 2, middle_px}, {at.x_px + kLegendKeyPx - 8, middle_px}, ink_of(i), 3);
      canvas_.text(panel_.series[i].name, {at.x_px + kLegendKeyPx, at.y_px}, kLegend);
    }
  }

  [[nodiscard]] Colour ink_of(std::size_t series) const {
    return panel_.series[series].style == SeriesStyle::kReference ? kReferenceInk : colour_of(series);
  }

  void draw_bars(Series const& series, Colour colour) {
    if (series.x.size() < 2) return;
    double const half_width = .42 * (series.x[1] - series.x[0]);
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!std::isfinite(series.y[i]) || series.y[i] <= 0) continue;
      canvas_.box(to_point(series.x[i] - half_width, series.y[i]), to_point(series.x[i] + half_width, 0), colour);
    }
  }

  void draw_line(Series const& series, Colour colour) {
    bool const reference = series.style == SeriesStyle::kReference;
    bool drawn_before = false;
    Point before;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      bool const finite = std::isfinite(series.x[i]) && std::isfinite(series.y[i]);
      auto const at = finite ? to_point(series.x[i], series.y[i]) : Point{};
      if (finite && drawn_before) canvas_.line(before, at, colour, reference ? 1.4 : 2.4);
      if (finite && !reference && series.x.size() <= kMostDots) canvas_.disc(at, 3.6, colour);
      drawn_before = finite;
      before = at;
    }
  }

  Canvas& canvas_;
  Panel const& panel_;
  double left_px_;
  double top_px_;
  Axis x_axis_;
  Axis y_axis_;
};

}  // namespace

Result<Chart> draw_panels(std::vector<Panel> const& panels) {
  if (panels.empty()) throw std::logic_error("draw_panels: no panel");
  for (auto const& panel : panels) {
    for (auto const& series : panel.series) {
      if (series.x.size() != series.y.size()) throw std::logic_error("draw_panels: x and y differ in length");
    }
  }
  Canvas canvas(kPanelWidthPx * int(panels.size()), kPanelHeightPx);
  double const top_px = plot_top_px(panels);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    PanelDrawing(canvas, panels[i], double(kPanelWidthPx) * double(i), top_px).draw();
  }
  return canvas.to_chart();
}

}  // namespace nevus::evaluation
