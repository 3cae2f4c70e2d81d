// SPDX-License-Identifier: MIT
#include "nevus/quality/lesion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace nevus::quality {
namespace {

// All three chosen on 800 training photos of HAM10000 by the agreement with their masks.
constexpr double kEdgeDiscount = 0.2;      // at the short edges: most dermatoscopes light the middle better
constexpr double kFromSkin_frac = 0.35;    // of the way from skin to lesion: HAM10000's outlines run wide
constexpr double kMiddleSigma_frac = 0.2;  // of the width: how far from the middle a lesion still counts

/// 255 - blue at half the size, smooth, without what is thin, and paler towards the frame.
cv::Mat pigment_of(cv::Mat const& photo) {
  cv::Mat blue;
  cv::extractChannel(photo, blue, 2);
  cv::Mat pigment;
  // At half of 200 px: an outline needs no more, and hair is all but gone.
  cv::resize(255 - blue, pigment, {(blue.cols + 1) / 2, (blue.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
  cv::morphologyEx(pigment, pigment, cv::MORPH_OPEN, cv::getStructuringElement(cv::MORPH_CROSS, {3, 3}));
  cv::GaussianBlur(pigment, pigment, {}, 1);
  auto const middle_x = pigment.cols / 2.0;
  auto const middle_y = pigment.rows / 2.0;
  auto const reach = std::max(middle_x, middle_y);
  for (int y = 0; y < pigment.rows; ++y) {
    auto* const row = pigment.ptr<std::uint8_t>(y);
    auto const dy = (y - middle_y) / reach;
    for (int x = 0; x < pigment.cols; ++x) {
      auto const dx = (x - middle_x) / reach;
      row[x] = cv::saturate_cast<std::uint8_t>(row[x] * (1 - kEdgeDiscount * (dx * dx + dy * dy)));
    }
  }
  return pigment;
}

using Counts = std::array<double, 256>;

Counts count_levels(cv::Mat const& pigment, cv::Mat const& area) {
  Counts counts{};
  for (int y = 0; y < pigment.rows; ++y) {
    for (int x = 0; x < pigment.cols; ++x) {
      if (area.at<std::uint8_t>(y, x) != 0) ++counts[pigment.at<std::uint8_t>(y, x)];
    }
  }
  return counts;
}

struct Split {
  int level = 255;         ///< the last one that is skin, by Otsu
  double threshold = 255;  ///< between the means of skin and lesion
};

/// 255 where all levels are the same.
Split split(Counts const& counts) {
  double total = 0;
  double sum = 0;
  for (int level = 0; level < 256; ++level) {
    total += counts[static_cast<std::size_t>(level)];
    sum += level * counts[static_cast<std::size_t>(level)];
  }
  Split best;
  double best_variance = 0;
  double below = 0;
  double sum_below = 0;
  for (int level = 0; level < 255; ++level) {
    below += counts[static_cast<std::size_t>(level)];
    sum_below += level * counts[static_cast<std::size_t>(level)];
    if (below == 0 || below == total) continue;
    auto const skin = sum_below / below;
    auto const lesion = (sum - sum_below) / (total - below);
    auto const variance = below * (total - below) * (lesion - skin) * (lesion - skin);
    if (variance <= best_variance) continue;
    best_variance = variance;
    best = {level, skin + kFromSkin_frac * (lesion - skin)};
  }
  return best;
}

/// The region of `mask` that holds most of a Gaussian around the middle; empty where `mask` is.
cv::Mat region_in_the_middle(cv::Mat const& mask) {
  cv::Mat labels;
  auto const count = cv::connectedComponents(mask, labels, 8, CV_32S);
  if (count < 2) return cv::Mat::zeros(mask.size(), CV_8U);
  auto const weights = [](int length, double sigma) {
    std::vector<double> values(static_cast<std::size_t>(length));
    for (int i = 0; i < length; ++i) {
      auto const distance = (i + 0.5 - length / 2.0) / sigma;
      values[static_cast<std::size_t>(i)] = std::exp(-distance * distance / 2);
    }
    return values;
  };
  auto const along_x = weights(mask.cols, kMiddleSigma_frac * mask.cols);
  auto const along_y = weights(mask.rows, kMiddleSigma_frac * mask.rows);
  std::vector<double> held(static_cast<std::size_t>(count));
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      held[static_cast<std::size_t>(labels.at<int>(y, x))] +=
          along_x[static_cast<std::size_t>(x)] * along_y[static_cast<std::size_t>(y)];
    }
  }
  auto const best = std::max_element(held.begin() + 1, held.end()) - held.begin();
  return labels == static_cast<int>(best);
}

cv::Mat with_holes_filled(cv::Mat const& region) {
  cv::Mat outside;
  cv::copyMakeBorder(region, outside, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  cv::floodFill(outside, {0, 0}, 128);
  return outside(cv::Rect(1, 1, region.cols, region.rows)) != 128;
}

cv::Mat cross() { return cv::getStructuringElement(cv::MORPH_CROSS, {3, 3}); }

cv::Mat region_above(double threshold, cv::Mat const& pigment, cv::Mat const& area) {
  cv::Mat dark = (pigment > threshold) & area;
  cv::morphologyEx(dark, dark, cv::MORPH_OPEN, cross());
  return with_holes_filled(region_in_the_middle(dark));
}

/// The lesion at the size of `pigment`. Where what is darker than the skin reaches the frame, it may be shade around a
/// small lesion: then a small darker region inside it, clear of the frame, is taken.
cv::Mat lesion_in(cv::Mat const& pigment, cv::Mat const& area) {
  constexpr double kReachesFrame_frac = 0.05;
  constexpr double kSmall_frac = 0.06;
  auto counts = count_levels(pigment, area);
  auto const whole = split(counts);
  auto region = region_above(whole.threshold, pigment, area);
  if (cut_frac(region, area) <= kReachesFrame_frac) return region;
  std::fill_n(counts.begin(), whole.level + 1, 0);
  auto inner = region_above(split(counts).threshold, pigment, area);
  auto const size = cv::countNonZero(inner);
  bool const is_small = size > 0 && size < kSmall_frac * static_cast<double>(inner.total());
  return is_small && cut_frac(inner, area) < kReachesFrame_frac ? inner : region;
}

}  // namespace

cv::Mat find_lesion(cv::Mat const& photo, cv::Mat const& area) {
  auto const pigment = pigment_of(photo);
  cv::Mat small_area;
  cv::resize(area, small_area, pigment.size(), 0, 0, cv::INTER_NEAREST);
  cv::Mat lesion;
  cv::dilate(lesion_in(pigment, small_area), lesion, cross());
  cv::resize(lesion, lesion, photo.size(), 0, 0, cv::INTER_NEAREST);
  return lesion & area;
}

double cut_frac(cv::Mat const& lesion, cv::Mat const& area) {
  int outline = 0;
  int cut = 0;
  for (int y = 0; y < lesion.rows; ++y) {
    for (int x = 0; x < lesion.cols; ++x) {
      if (lesion.at<std::uint8_t>(y, x) == 0) continue;
      for (auto const step : {cv::Point(1, 0), cv::Point(-1, 0), cv::Point(0, 1), cv::Point(0, -1)}) {
        auto const neighbour = cv::Point(x, y) + step;
        auto const inside = cv::Rect({}, lesion.size()).contains(neighbour);
        if (inside && lesion.at<std::uint8_t>(neighbour) != 0) continue;
        ++outline;
        cut += static_cast<int>(!inside || area.at<std::uint8_t>(neighbour) == 0);
      }
    }
  }
  return outline > 0 ? static_cast<double>(cut) / outline : 0;
}

}  // namespace nevus::quality
