// SPDX-License-Identifier: MIT
#include "nevus/quality/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "nevus/quality/lesion.h"
#include "nevus/quality/marks.h"

namespace nevus::quality {
namespace {

constexpr int kWorkingSide_px = 200;
constexpr int kClipped = 250;
// A clipped red channel alone is common and mostly harmless on reddish skin, but not over more than nine tenths of the
// photo, where a red cast hides in it.
constexpr double kOneChannelWeight = 0.22;
constexpr double kDarkToBright = 0.3;  // a corner is dark where it has less than this share of the bright skin's luma
// How far from a dark corner the skin is measured. Contrast keeps clear of the corner's shaded edge; detail keeps clear
// of that edge blurred too, which otherwise counts as detail: with 4 px a fifth of the blurred photos with dark corners
// passed (docs/quality.md, "Photos with dark corners").
constexpr int kContrastMargin_px = 4;
constexpr int kDetailMargin_px = 12;
constexpr double kFineStart_px = 1.4;
// Brings the ratio that a slight blur lowers to the limit of the one that a strong blur lowers. Each alone turns away
// less than one in a hundred of HAM10000's training photos.
constexpr double kSlightToStrong = 0.55;
constexpr double kFineEnd_px = 2.8;  // sigma: what is finer than this is detail and noise, not a lesion's contrast

/// The photo at working size. Shares the photo's pixels where they are small enough already; never written to.
cv::Mat bring_to_working_size(Image const& photo) {
  cv::Mat whole(photo.height_px(), photo.width_px(), CV_8UC3, const_cast<std::uint8_t*>(photo.pixels().data()));
  auto const long_side_px = std::max(whole.cols, whole.rows);
  if (long_side_px <= kWorkingSide_px) return whole;
  auto const scale = static_cast<double>(kWorkingSide_px) / long_side_px;
  auto const side_px = [scale](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  cv::Mat reduced;
  cv::resize(whole, reduced, {side_px(whole.cols), side_px(whole.rows)}, 0, 0, cv::INTER_AREA);
  return reduced;
}

/// How often each of the masked values occurs, in `bins` equal parts of 0..end.
cv::Mat histogram(cv::Mat const& values, cv::Mat const& mask, int bins, float end) {
  std::array const range{0.0F, end};
  auto const* ranges = range.data();
  constexpr int kChannel = 0;
  cv::Mat counts;
  cv::calcHist(&values, 1, &kChannel, mask, counts, 1, &bins, &ranges);
  return counts;
}

/// The first bin with which at least `frac` of all values are counted.
int quantile_bin(cv::Mat const& counts, double frac) {
  auto const wanted = frac * cv::sum(counts)[0];
  double seen = 0;
  for (int bin = 0; bin < counts.rows; ++bin) {
    seen += counts.at<float>(bin);
    if (seen >= wanted) return bin;
  }
  return counts.rows - 1;
}

/// 255 where the photo shows something, 0 in dark regions that hold a corner of the frame. A dark lesion inside the
/// frame stays visible, since it does not reach a corner. Relative to the photo's own brightness, so that an
/// underexposed photo fails by its brightness and not by its framing.
cv::Mat find_visible(cv::Mat const& luma) {
  auto const dark_below = kDarkToBright * quantile_bin(histogram(luma, {}, 256, 256), 0.9);
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

bool is_whole(cv::Mat const& mask) { return cv::countNonZero(mask) == static_cast<int>(mask.total()); }

/// Gaussian smoothing that knows of the masked pixels alone, so that nothing of the black around a dermatoscope's
/// circle spreads into the skin: smoothed values over smoothed mask (Knutsson and Westin 1993, normalised convolution).
/// Meaningless outside the mask.
cv::Mat smooth_within(cv::Mat const& values, cv::Mat const& mask, double sigma_px) {
  cv::Mat smoothed;
  if (is_whole(mask)) {
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
  if (is_whole(visible)) return visible;
  cv::Mat inner;
  auto const reach = cv::getStructuringElement(cv::MORPH_RECT, {2 * margin_px + 1, 2 * margin_px + 1});
  cv::erode(visible, inner, reach, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  return cv::countNonZero(inner) > 0 ? inner : visible;
}

/// Half the size, where smoothing by twice as much costs an eighth.
struct Halved {
  cv::Mat luma;
  cv::Mat inner;
};

Halved halved(cv::Mat const& unit_luma, cv::Mat const& inner) {
  Halved half;
  cv::resize(unit_luma, half.luma, {(unit_luma.cols + 1) / 2, (unit_luma.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
  cv::resize(inner, half.inner, half.luma.size(), 0, 0, cv::INTER_NEAREST);
  return half;
}

/// 0 where `coarse` is nothing.
double ratio(double fine, double coarse) {
  constexpr double kNothing = 1e-4;  // a fortieth of one 8-bit step: rounding, not detail
  return coarse > kNothing ? fine / coarse : 0;
}

/// `smooth` is `unit_luma` without what is finer than kFineEnd_px.
double measure_focus(cv::Mat const& unit_luma, cv::Mat const& smooth, cv::Mat const& inner) {
  auto const detail = [](cv::Mat const& finer, cv::Mat const& coarser, cv::Mat const& mask) {
    return cv::countNonZero(mask) > 0 ? deviation(finer - coarser, mask) : 0;
  };
  auto const from_1_px = smooth_within(unit_luma, inner, 1);
  auto const from_2_px = smooth_within(unit_luma, inner, 2);
  auto const half = halved(unit_luma, inner);
  auto const from_4_px = smooth_within(half.luma, half.inner, 2);
  auto const from_8_px = smooth_within(half.luma, half.inner, 4);
  auto const half_from_2_px = smooth_within(half.luma, half.inner, 1);
  auto const slight = ratio(detail(from_1_px, from_2_px, inner), detail(half_from_2_px, from_4_px, half.inner));
  auto const strong = ratio(detail(smooth_within(unit_luma, inner, kFineStart_px), smooth, inner),
                            detail(from_4_px, from_8_px, half.inner));
  return std::min(kSlightToStrong * slight, strong);
}

/// Distance between the 2 % and 98 % quantiles.
double luma_range(cv::Mat const& smooth, cv::Mat const& inner) {
  constexpr int kBins = 2048;
  auto const counts = histogram(smooth, inner, kBins, 1);
  return static_cast<double>(quantile_bin(counts, 0.98) - quantile_bin(counts, 0.02)) / kBins;
}

/// Both ways in which a veil of stray light shows: the smaller of the luma's range over its mean, which alone tells a
/// blank photo, and that range with the saturation of the mean colour, which tells haze from a pale lesion.
double measure_contrast(double range, double mean_luma, cv::Scalar const& mean) {
  constexpr double kRangeAlone = 3.4;  // brings a range of 0.11, below any in HAM10000, to the limit of the sum
  auto const relative = range / std::max(mean_luma, 1.0 / 255);
  auto const [least, most] = std::minmax({mean[0], mean[1], mean[2]});
  return std::min(kRangeAlone * relative, relative + (most - least) / std::max(most, 1.0));
}

double clipped_frac(cv::Mat const& photo, cv::Mat const& visible) {
  double clipped = 0;
  for (int y = 0; y < photo.rows; ++y) {
    auto const* pixel = photo.ptr<std::uint8_t>(y);
    auto const* const shown = visible.ptr<std::uint8_t>(y);
    for (int x = 0; x < photo.cols; ++x, pixel += 3) {
      auto const channels = (pixel[0] >= kClipped) + (pixel[1] >= kClipped) + (pixel[2] >= kClipped);
      if (shown[x] != 0) clipped += channels >= 2 ? 1 : channels * kOneChannelWeight;
    }
  }
  return clipped / cv::countNonZero(visible);
}

}  // namespace

Figures measure(Image const& photo) {
  auto const small = bring_to_working_size(photo);
  cv::Mat luma;
  cv::cvtColor(small, luma, cv::COLOR_RGB2GRAY);
  auto const visible = find_visible(luma);
  cv::Mat unit_luma;
  luma.convertTo(unit_luma, CV_32F, 1.0 / 255);
  // Where no corner is dark, both areas are the whole frame and one smoothed luma serves contrast and focus.
  auto const area = away_from_corners(visible, kContrastMargin_px);
  auto const detail_area = away_from_corners(visible, kDetailMargin_px);
  auto const smooth = smooth_within(unit_luma, area, kFineEnd_px);
  auto const smooth_detail = is_whole(visible) ? smooth : smooth_within(unit_luma, detail_area, kFineEnd_px);
  auto const lesion = find_lesion(small, area);
  auto const mean = cv::mean(small, visible);
  auto const mean_luma = cv::mean(luma, visible)[0] / 255;
  auto const stops = [](double numerator, double denominator) {
    return std::log2(std::max(numerator, 1.0) / std::max(denominator, 1.0));  // black counts as grey: no cast
  };
  return {.fine_to_coarse_detail = measure_focus(unit_luma, smooth_detail, detail_area),
          .mean_luma = mean_luma,
          .contrast = measure_contrast(luma_range(smooth, area), mean_luma, mean),
          .red_green_stops = stops(mean[0], mean[1]),
          .blue_green_stops = stops(mean[2], mean[1]),
          .red_blue_stops = stops(mean[0], mean[2]),
          .clipped_frac = clipped_frac(small, visible),
          .short_side_px = std::min(photo.width_px(), photo.height_px()),
          .visible_frac = cv::countNonZero(visible) / static_cast<double>(visible.total()),
          .lesion_frac = cv::countNonZero(lesion) / static_cast<double>(cv::countNonZero(visible)),
          .lesion_cut_frac = cut_frac(lesion, area),
          .hair_frac = hair_frac(luma, area),
          .ink_frac = ink_frac(small, area, lesion)};
}

}  // namespace nevus::quality
