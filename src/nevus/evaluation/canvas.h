// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/evaluation/curves.h"
#include "nevus/image/image.h"

namespace nevus::evaluation {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

inline constexpr Colour kInk{33, 37, 41};
inline constexpr Colour kFaintInk{99, 106, 114};
inline constexpr Colour kPaper{255, 255, 255};

/// In pixels from the upper left corner.
struct Point {
  double x_px = 0;
  double y_px = 0;
};

enum class Align { kLeft, kCentre, kRight };

struct TextStyle {
  double capital_px = 10;  ///< height of a capital letter
  Colour colour = kInk;
  Align align = Align::kLeft;
  double stroke_px = 1.3;
};

/// The same drawing as SVG elements.
class SvgSheet {
 public:
  /// Lines that go on where the one before ended become one path.
  void line(Point from, Point to, Colour colour, double width_px);
  void disc(Point centre, double radius_px, Colour colour);
  void box(Point upper_left, Point lower_right, Colour colour);
  void text(std::string const& text, Point anchor, TextStyle const& style);
  [[nodiscard]] std::string document(int width_px, int height_px);

 private:
  void close_path();

  std::string elements_;
  std::string path_;        ///< the points of the line that may go on
  std::string path_style_;  ///< its colour and width
  Point path_end_;
};

/// A white sheet to draw charts on, as pixels and as SVG at once. The pixels are kept three times as large and averaged
/// down in the end, which smooths edges and OpenCV's vector font.
class Canvas {
 public:
  Canvas(int width_px, int height_px);

  void line(Point from, Point to, Colour colour, double width_px);
  void disc(Point centre, double radius_px, Colour colour);
  /// Filled.
  void box(Point upper_left, Point lower_right, Colour colour);
  /// In the pixels alone, not in the SVG.
  void picture(Image const& image, Point upper_left);
  /// `anchor` is on the base line, at the left end, the middle or the right end of the text.
  void text(std::string const& text, Point anchor, TextStyle const& style);
  [[nodiscard]] static double text_width_px(std::string const& text, TextStyle const& style);

  [[nodiscard]] Result<Chart> to_chart();

 private:
  int width_px_;
  int height_px_;
  std::vector<std::uint8_t> pixels_;  ///< RGB, of the enlarged sheet
  SvgSheet svg_;
};

}  // namespace nevus::evaluation
