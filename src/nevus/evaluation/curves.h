// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/model/lesion_class.h"

namespace nevus {

enum class SeriesStyle {
  kLine,
  kBars,      ///< from 0 up, as wide as the first two stand apart
  kReference  ///< thin and grey: what the others are to be compared with
};

/// One line of a chart; x and y have the same length. Points that are not finite leave a gap.
struct Series {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
  SeriesStyle style = SeriesStyle::kLine;
};

/// Texts are ASCII: the fonts have nothing else.
struct Panel {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Series> series;
  std::vector<double> x_holds{};  ///< values that the axis shows whatever the series are
  std::vector<double> y_holds{};
};

/// A picture for files of both kinds.
struct Chart {
  ByteVector png;
  std::string svg;
};

namespace evaluation {

/// Draws the panels side by side as one chart, each 720x520 px: axes with round ticks, grid, legend, white ground,
/// colours that a colour-blind reader can tell apart (Okabe and Ito 2008; from the ninth series on they repeat). At
/// least one panel; one without points gets empty axes. Cost: about 0.1 s a panel.
[[nodiscard]] Result<Chart> draw_panels(std::vector<Panel> const& panels);

/// Draws [truth][answer] counts as a table of 940x830 px: each cell has its count and its share of the photos of
/// that truth, and is the darker the larger the share.
[[nodiscard]] Result<Chart> draw_confusion(PerClass<PerClass<std::size_t>> const& confusion);

}  // namespace evaluation
}  // namespace nevus
