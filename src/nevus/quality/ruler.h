// SPDX-License-Identifier: MIT
#pragma once

namespace cv {
class Mat;
}

namespace nevus::quality {

/// How many ticks the longest row of a scale has: short straight strokes side by side, parallel, equally far apart.
/// `thin` is `thin_and_dark` (marks.h). Finds scales at any angle, but none whose ticks hang on a line.
[[nodiscard]] int ruler_ticks(cv::Mat const& thin);

}  // namespace nevus::quality
