// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdio>

#include "nevus/evaluation/canvas.h"

namespace nevus::evaluation {
namespace {

/// Of a capital letter's height in common sans-serif fonts.
constexpr double kFontPerCapital = 1 / .72;
/// A stroke from here on stands for bold letters.
constexpr double kBoldStrokePx = 1.6;

/// A tenth of a pixel is finer than anyone sees.
std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string hex(Colour colour) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", colour.red, colour.green, colour.blue);
  return text.data();
}

std::string place(Point point) { return number(point.x_px) + " " + number(point.y_px); }

std::string escaped(std::string const& text) {
  std::string safe;
  for (char const character : text) {
    if (character == '<') {
      safe += "&lt;";
    } else if (character == '&') {
      safe += "&amp;";
    } else {
      safe += character;
    }
  }
  return safe;
}

std::string anchor_word(Align align) {
  if (align == Align::kCentre) return "middle";
  return align == Align::kRight ? "end" : "start";
}

}  // namespace

void SvgSheet::line(Point from, Point to, Colour colour, double width_px) {
  auto const style = "stroke=\"" + hex(colour) + "\" stroke-width=\"" + number(width_px) + "\"";
  bool const goes_on =
      !path_.empty() && style == path_style_ && from.x_px == path_end_.x_px && from.y_px == path_end_.y_px;
  if (!goes_on) {
    close_path();
    path_ = "M" + place(from);
    path_style_ = style;
  }
  path_ += "L" + place(to);
  path_end_ = to;
}

void SvgSheet::disc(Point centre, double radius_px, Colour colour) {
  // Dots of a line come between its pieces; they may stand below it.
  elements_ += "<circle cx=\"" + number(centre.x_px) + "\" cy=\"" + number(centre.y_px) + "\" r=\"" +
               number(radius_px) + "\" fill=\"" + hex(colour) + "\"/>\n";
}

void SvgSheet::box(Point upper_left, Point lower_right, Colour colour) {
  close_path();
  elements_ += "<rect x=\"" + number(upper_left.x_px) + "\" y=\"" + number(upper_left.y_px) + "\" width=\"" +
               number(std::max(0.0, lower_right.x_px - upper_left.x_px)) + "\" height=\"" +
               number(std::max(0.0, lower_right.y_px - upper_left.y_px)) + "\" fill=\"" + hex(colour) + "\"/>\n";
}

void SvgSheet::text(std::string const& text, Point anchor, TextStyle const& style) {
  close_path();
  elements_ += "<text x=\"" + number(anchor.x_px) + "\" y=\"" + number(anchor.y_px) + "\" font-size=\"" +
               number(style.capital_px * kFontPerCapital) + "\" fill=\"" + hex(style.colour) + "\" text-anchor=\"" +
               anchor_word(style.align) + "\"" + (style.stroke_px >= kBoldStrokePx ? " font-weight=\"600\"" : "") +
               ">" + escaped(text) + "</text>\n";
}

std::string SvgSheet::document(int width_px, int height_px) {
  close_path();
  auto const size = std::to_string(width_px) + " " + std::to_string(height_px);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size +
         "\" font-family=\"sans-serif\">\n<rect width=\"" + std::to_string(width_px) + "\" height=\"" +
         std::to_string(height_px) + "\" fill=\"" + hex(kPaper) + "\"/>\n" + elements_ + "</svg>\n";
}

void SvgSheet::close_path() {
  if (path_.empty()) return;
  elements_ += "<path d=\"" + path_ + "\" fill=\"none\" stroke-linejoin=\"round\" " + path_style_ + "/>\n";
  path_.clear();
}

}  // namespace nevus::evaluation
