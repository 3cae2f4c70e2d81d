// SPDX-License-Identifier: MIT
#include "nevus/evaluation/canvas.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "nevus/image/encode.h"

namespace nevus::evaluation {
namespace {

constexpr int kEnlarged = 3;
/// Of OpenCV's fixed-point coordinates.
constexpr int kFractionBits = 4;
/// Height of a capital of FONT_HERSHEY_SIMPLEX at scale 1.
constexpr double kHersheyCapital = 21;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

cv::Scalar to_scalar(Colour colour) { return {double(colour.red), double(colour.green), double(colour.blue)}; }

int enlarged(double length_px) { return std::max(1, int(std::lround(length_px * kEnlarged))); }

cv::Point to_fixed_point(Point point) {
  // OpenCV counts from the centre of the first pixel.
  auto const place = [](double at_px) { return int(std::lround((at_px * kEnlarged - .5) * (1 << kFractionBits))); };
  return {place(point.x_px), place(point.y_px)};
}

cv::Mat view_of(std::vector<std::uint8_t>& pixels, int width_px, int height_px) {
  return {height_px * kEnlarged, width_px * kEnlarged, CV_8UC3, pixels.data()};
}

double font_scale(TextStyle const& style) { return style.capital_px * kEnlarged / kHersheyCapital; }

}  // namespace

Canvas::Canvas(int width_px, int height_px)
    : width_px_(width_px),
      height_px_(height_px),
      pixels_(std::size_t{3} * kEnlarged * kEnlarged * width_px * height_px, 255) {}

void Canvas::line(Point from, Point to, Colour colour, double width_px) {
  cv::line(view_of(pixels_, width_px_, height_px_), to_fixed_point(from), to_fixed_point(to), to_scalar(colour),
           enlarged(width_px), cv::LINE_AA, kFractionBits);
  svg_.line(from, to, colour, width_px);
}

void Canvas::disc(Point centre, double radius_px, Colour colour) {
  cv::circle(view_of(pixels_, width_px_, height_px_), to_fixed_point(centre),
             int(std::lround(radius_px * kEnlarged * (1 << kFractionBits))), to_scalar(colour), cv::FILLED, cv::LINE_AA,
             kFractionBits);
  svg_.disc(centre, radius_px, colour);
}

void Canvas::box(Point upper_left, Point lower_right, Colour colour) {
  auto const place = [](double at_px) { return int(std::lround(at_px * kEnlarged)); };
  cv::Rect const area(cv::Point(place(upper_left.x_px), place(upper_left.y_px)),
                      cv::Point(place(lower_right.x_px), place(lower_right.y_px)));
  cv::rectangle(view_of(pixels_, width_px_, height_px_), area, to_scalar(colour), cv::FILLED);
  svg_.box(upper_left, lower_right, colour);
}

void Canvas::picture(Image const& image, Point upper_left) {
  cv::Mat const pixels(image.height_px(), image.width_px(), CV_8UC3, const_cast<std::uint8_t*>(image.pixels().data()));
  auto const place = [](double at_px) { return int(std::lround(at_px)) * kEnlarged; };
  cv::Rect const area(place(upper_left.x_px), place(upper_left.y_px), pixels.cols * kEnlarged, pixels.rows * kEnlarged);
  // Averaging down gives the picture back as it was.
  cv::resize(pixels, view_of(pixels_, width_px_, height_px_)(area), area.size(), 0, 0, cv::INTER_NEAREST);
}

void Canvas::text(std::string const& text, Point anchor, TextStyle const& style) {
  double left_px = anchor.x_px;
  if (style.align == Align::kCentre) left_px -= text_width_px(text, style) / 2;
  if (style.align == Align::kRight) left_px -= text_width_px(text, style);
  cv::Point const origin(int(std::lround(left_px * kEnlarged)), int(std::lround(anchor.y_px * kEnlarged)));
  cv::putText(view_of(pixels_, width_px_, height_px_), text, origin, kFont, font_scale(style), to_scalar(style.colour),
              enlarged(style.stroke_px), cv::LINE_AA);
  svg_.text(text, anchor, style);
}

double Canvas::text_width_px(std::string const& text, TextStyle const& style) {
  int below_baseline = 0;
  auto const size = cv::getTextSize(text, kFont, font_scale(style), enlarged(style.stroke_px), &below_baseline);
  return double(size.width) / kEnlarged;
}

Result<Chart> Canvas::to_chart() {
  std::vector<std::uint8_t> pixels(std::size_t{3} * width_px_ * height_px_);
  try {
    cv::Mat small(height_px_, width_px_, CV_8UC3, pixels.data());
    cv::resize(view_of(pixels_, width_px_, height_px_), small, small.size(), 0, 0, cv::INTER_AREA);
  } catch (std::exception const& error) {
    return fail(ErrorCode::kInternal, std::string("a chart could not be drawn: ") + error.what());
  }
  NEVUS_TRY(auto png, image::encode_png(Image(width_px_, height_px_, std::move(pixels))));
  return Chart{std::move(png), svg_.document(width_px_, height_px_)};
}

}  // namespace nevus::evaluation
