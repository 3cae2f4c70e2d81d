// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nevus/image/image.h"

namespace nevus::report {

/// 0..1 each.
struct Rgb {
  double red = 0;
  double green = 0;
  double blue = 0;
};

/// Points (1/72 inch) from the page's upper left corner.
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

enum class Weight { kRegular, kBold };
enum class Align { kLeft, kRight, kCentre };

struct TextLook {
  double size_pt = 9;
  Weight weight = Weight::kRegular;
  Rgb colour{.13, .15, .18};
  Align align = Align::kLeft;
  int max_lines = 0;  ///< what is longer ends in an ellipsis; 0: as long as it is
};

struct PdfMetadata {
  std::string title;
  std::string subject;
  std::string made_iso8601;
  std::string language;  ///< "de"
};

/// Pages of text, boxes and pictures in one PDF; Pango and Cairo stay inside.
class PdfCanvas {
 public:
  PdfCanvas(double width_pt, double height_pt, PdfMetadata metadata);
  ~PdfCanvas();
  PdfCanvas(PdfCanvas const&) = delete;
  PdfCanvas& operator=(PdfCanvas const&) = delete;

  [[nodiscard]] double width_pt() const;
  [[nodiscard]] double height_pt() const;

  /// Height of `text` broken into lines of `width_pt`.
  [[nodiscard]] double measure(std::string_view text, double width_pt, TextLook const& look) const;
  /// Draws it and returns the same height. Plain text in any script; what is no UTF-8 is replaced.
  double text(std::string_view text, double x, double y, double width_pt, TextLook const& look);

  void fill(Box const& box, Rgb colour, double corner_pt = 0);
  void outline(Box const& box, Rgb colour, double line_pt = .6);
  /// From the colours of nothing to those of the most heat, as explain::overlay lays them.
  void heat_scale(Box const& box);
  /// `picture` in `box`, which must have its aspect.
  void picture(Image const& picture, Box const& box);

  /// A part of the document's structure ("H1", "P", "Figure", …) until it goes out of scope.
  class [[nodiscard]] Tag {
   public:
    Tag(PdfCanvas& canvas, char const* name);
    ~Tag();
    Tag(Tag const&) = delete;
    Tag& operator=(Tag const&) = delete;

   private:
    PdfCanvas& canvas_;
    char const* name_;
  };
  Tag tag(char const* name) { return {*this, name}; }

  void next_page();
  /// The whole file. Nothing may be drawn afterwards.
  [[nodiscard]] Result<ByteVector> finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace nevus::report
