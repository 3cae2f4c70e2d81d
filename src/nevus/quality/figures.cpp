// SPDX-License-Identifier: MIT
#include "nevus/quality/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace nevus::quality {
namespace {

constexpr int kWorkingSide_px = 200;
constexpr int kClipped = 250;
constexpr double kDarkToBright = 0.3;  // a corner is dark where it has less than this share of the bright skin's luma
// How far from a dark corner the skin is measured. Contrast keeps clear of the corner's shaded edge; detail keeps clear
// of that edge blurred too, which otherwise counts as detail: with 4 px a fifth of the blurred photos with dark corners
// passed (docs/quality.md, "Photos with dark corners").
constexpr int kContrastMargin_px = 4;
constexpr int kDetailMargin_px = 12;
constexpr double kFineEnd_px = 2.8;  // sigma: what is finer than this is detail and noise, not a lesion's contrast

/// The photo at working size. Shares the photo's pixels where they are small enough already; never written to.
cv::Mat bring_to_working_size(Image const& photo) {
  cv::Mat const whole(photo.height_px(), photo.width_px(), CV_8UC3, const_cast<std::uint8_t*>(photo.pixels().data()));
  auto const long_side_px = std::max(whole.cols, whole.rows);
  if (long_side_px <= kWorkingSide_px) return whole;
  auto const scale = static_cast<double>(kWorkingSide_px) / long_side_px;
  auto const side_px = [scale](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  cv::Mat reduced;
  cv::resize(whole, reduced, {side_px(whole.cols), side_px(whole.rows)}, 0, 0, cv::INTER_AREA);
  return reduced;
}

/// The smallest luma (0..255) that at least `frac` of all pixels do not exceed.
int luma_quantile(cv::Mat const& luma, double frac) {
  std::array<int, 256> counts{};
  for (int y = 0; y < luma.rows; ++y) {
    auto const* const row = luma.ptr<std::uint8_t>(y);
    for (int x = 0; x < luma.cols; ++x) ++counts[row[x]];
  }
  auto const wanted = frac * static_cast<double>(luma.total());
  int seen = 0;
  for (int value = 0; value < 256; ++value) {
    seen += counts[value];
    if (seen >= wanted) return value;
  }
  return 255;
}

/// 255 where the photo shows something, 0 in dark regions that hold a corner of the frame. A dark lesion inside the
/// frame stays visible, since it does not reach a corner. Relative to the photo's own brightness, so that an
/// underexposed photo fails by its brightness and not by its framing.
cv::Mat find_visible(cv::Mat const& luma) {
  auto const dark_below = kDarkToBright * luma_quantile(luma, 0.9);
  cv::Mat visible;
  cv::threshold(luma, visible, dark_below, 255, cv::THRESH_BINARY);
  constexpr std::uint8_t kCorner = 128;
  auto const right = luma.cols - 1;
  auto const bottom = luma.rows - 1;
  for (auto const corner : {cv::Point(0, 0), cv::Point(right, 0), cv::Point(0, bottom), cv::Point(right, bottom)}) {
    if (dark_below > 0 && visible.at<std::uint8_t>(corner) == 0) cv::floodFill(visible, corner, kCorner);
  }
  return visible != kCorner;
}

double deviation(cv::Mat const& values, cv::Mat const& mask) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(values, mean, deviation, mask);
  return deviation[0];
}

/// Distance between the 2 % and 98 % quantiles of the masked values.
double robust_range(cv::Mat const& values, cv::Mat const& mask) {
  std::vector<float> kept;
  kept.reserve(values.total());
  for (int y = 0; y < values.rows; ++y) {
    for (int x = 0; x < values.cols; ++x) {
      if (mask.at<std::uint8_t>(y, x) != 0) kept.push_back(values.at<float>(y, x));
    }
  }
  auto const tail = static_cast<std::ptrdiff_t>(kept.size() / 50);
  auto const quantile_at = [&kept](std::ptrdiff_t rank) {
    std::nth_element(kept.begin(), kept.begin() + rank, kept.end());
    return kept[static_cast<std::size_t>(rank)];
  };
  auto const low = quantile_at(tail);
  return quantile_at(static_cast<std::ptrdiff_t>(kept.size()) - 1 - tail) - low;
}

/// Gaussian smoothing that knows of the masked pixels alone, so that nothing of the black around a dermatoscope's
/// circle spreads into the skin: smoothed values over smoothed mask (Knutsson and Westin 1993, normalised convolution).
/// Meaningless outside the mask.
cv::Mat smooth_within(cv::Mat const& values, cv::Mat const& mask, double sigma_px) {
  cv::Mat smoothed;
  if (cv::countNonZero(mask) == static_cast<int>(mask.total())) {
    cv::GaussianBlur(values, smoothed, {}, sigma_px);
    return smoothed;
  }
  cv::Mat weights;
  mask.convertTo(weights, CV_32F, 1.0 / 255);
  cv::GaussianBlur(values.mul(weights), smoothed, {}, sigma_px);
  cv::GaussianBlur(weights, weights, {}, sigma_px);
  return smoothed / cv::max(weights, 1e-6);
}

/// What is visible and at least `margin_px` from every dark corner; everything visible where nothing is.
cv::Mat away_from_corners(cv::Mat const& visible, int margin_px) {
  cv::Mat inner;
  auto const reach = cv::getStructuringElement(cv::MORPH_RECT, {2 * margin_px + 1, 2 * margin_px + 1});
  cv::erode(visible, inner, reach, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  return cv::countNonZero(inner) > 0 ? inner : visible;
}

/// Fine detail over coarse detail; 0 where there is no coarse detail.
double measure_focus(cv::Mat const& unit_luma, cv::Mat const& visible) {
  auto const inner = away_from_corners(visible, kDetailMargin_px);
  auto const smooth = [&](double sigma_px) { return smooth_within(unit_luma, inner, sigma_px); };
  auto const fine = deviation(smooth(1.4) - smooth(kFineEnd_px), inner);
  auto const coarse = deviation(smooth(4) - smooth(8), inner);
  constexpr double kNothing = 1e-4;  // a fortieth of one 8-bit step: rounding, not detail
  return coarse > kNothing ? fine / coarse : 0;
}

double measure_contrast(cv::Mat const& unit_luma, cv::Mat const& visible) {
  auto const inner = away_from_corners(visible, kContrastMargin_px);
  return robust_range(smooth_within(unit_luma, inner, kFineEnd_px), inner);
}

double clipped_frac(cv::Mat const& photo, cv::Mat const& visible) {
  int clipped = 0;
  for (int y = 0; y < photo.rows; ++y) {
    auto const* pixel = photo.ptr<std::uint8_t>(y);
    auto const* const shown = visible.ptr<std::uint8_t>(y);
    for (int x = 0; x < photo.cols; ++x, pixel += 3) {
      auto const channels = (pixel[0] >= kClipped) + (pixel[1] >= kClipped) + (pixel[2] >= kClipped);
      clipped += static_cast<int>(channels >= 2 && shown[x] != 0);
    }
  }
  return static_cast<double>(clipped) / cv::countNonZero(visible);
}

}  // namespace

Figures measure(Image const& photo) {
  auto const small = bring_to_working_size(photo);
  cv::Mat luma;
  cv::cvtColor(small, luma, cv::COLOR_RGB2GRAY);
  auto const visible = find_visible(luma);
  cv::Mat unit_luma;
  luma.convertTo(unit_luma, CV_32F, 1.0 / 255);
  auto const mean = cv::mean(small, visible);
  auto const stops = [](double numerator, double denominator) {
    return std::log2(std::max(numerator, 1.0) / std::max(denominator, 1.0));  // black counts as grey: no cast
  };
  return {.fine_to_coarse_detail = measure_focus(unit_luma, visible),
          .mean_luma = cv::mean(luma, visible)[0] / 255,
          .luma_range = measure_contrast(unit_luma, visible),
          .red_green_stops = stops(mean[0], mean[1]),
          .blue_green_stops = stops(mean[2], mean[1]),
          .red_blue_stops = stops(mean[0], mean[2]),
          .clipped_frac = clipped_frac(small, visible),
          .short_side_px = std::min(photo.width_px(), photo.height_px()),
          .visible_frac = cv::countNonZero(visible) / static_cast<double>(visible.total())};
}

}  // namespace nevus::quality
