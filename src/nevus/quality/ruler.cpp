// SPDX-License-Identifier: MIT
#include "nevus/quality/ruler.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace nevus::quality {
namespace {

// In pixels of the working size, chosen on training photos and drawn scales: ticks of a millimetre stand 5 to 26 px
// apart where a photo shows 8 to 40 mm.
constexpr double kMinLength_px = 3.5;
constexpr double kMaxLength_px = 24;
constexpr double kMinLengthToWidth = 2;
constexpr double kMinGap_px = 5;
constexpr double kMaxGap_px = 26;
constexpr double kMaxTurn_rad = 20 * std::numbers::pi / 180;  ///< between two ticks of a scale
constexpr double kMaxSlant = 0.47;      ///< sideways over across from a tick to the next: long ticks may stick out
constexpr double kGapTolerance = 0.15;  ///< of the gap
constexpr double kMaxTicks = 250;       ///< of a photo; more strokes than this are hair or texture

struct Tick {
  cv::Point2d at;
  double angle_rad = 0;
  double length_px = 0;
};

/// Sums over a component's pixels.
struct Moments {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
};

/// A component as the bar with the same moments.
bool is_tick(Moments const& sums, Tick& tick) {
  if (sums.n < 3) return false;
  tick.at = {sums.x / sums.n, sums.y / sums.n};
  constexpr double kOfAPixel = 1.0 / 12;
  double const xx = sums.xx / sums.n - tick.at.x * tick.at.x + kOfAPixel;
  double const yy = sums.yy / sums.n - tick.at.y * tick.at.y + kOfAPixel;
  double const xy = sums.xy / sums.n - tick.at.x * tick.at.y;
  double const half_difference = std::hypot((xx - yy) / 2, xy);
  double const width_px = std::sqrt(12 * std::max(0.0, (xx + yy) / 2 - half_difference));
  tick.length_px = std::sqrt(12 * ((xx + yy) / 2 + half_difference));
  tick.angle_rad = std::atan2(2 * xy, xx - yy) / 2;
  return tick.length_px >= kMinLength_px && tick.length_px <= kMaxLength_px &&
         tick.length_px >= kMinLengthToWidth * width_px;
}

std::vector<Tick> find_ticks(cv::Mat const& thin) {
  cv::Mat labels;
  auto const count = cv::connectedComponents(thin, labels, 8, CV_32S);
  std::vector<Moments> components(static_cast<std::size_t>(count));
  for (int y = 0; y < labels.rows; ++y) {
    auto const* const row = labels.ptr<std::int32_t>(y);
    for (int x = 0; x < labels.cols; ++x) {
      if (row[x] == 0) continue;
      auto& sums = components[static_cast<std::size_t>(row[x])];
      sums.n += 1;
      sums.x += x;
      sums.y += y;
      sums.xx += x * x;
      sums.yy += y * y;
      sums.xy += x * y;
    }
  }
  std::vector<Tick> ticks;
  for (Tick tick; auto const& sums : components) {
    if (is_tick(sums, tick)) ticks.push_back(tick);
  }
  return ticks;
}

bool parallel(Tick const& a, Tick const& b) {
  return std::abs(std::remainder(a.angle_rad - b.angle_rad, std::numbers::pi)) < kMaxTurn_rad;
}

/// The row that begins with `first` and `second`: each next tick is looked for one mean gap beyond the last.
int row_length(std::vector<Tick> const& ticks, Tick const& first, Tick const& second) {
  cv::Point2d const across{-std::sin(first.angle_rad), std::cos(first.angle_rad)};
  cv::Point2d const along{across.y, -across.x};
  auto step = second.at - first.at;
  double const gap_px = std::abs(step.dot(across));
  if (gap_px < kMinGap_px || std::abs(step.dot(along)) > kMaxSlant * gap_px) return 0;
  double const reach_px = std::max(1.0, kGapTolerance * gap_px);
  double const sideways_px = first.length_px / 2 + 1;
  auto last = second.at;
  int length = 2;
  for (bool found = true; found;) {
    found = false;
    double nearest_px = reach_px;
    auto next = last;
    for (auto const& tick : ticks) {
      auto const off = tick.at - (last + step);
      double const off_px = std::abs(off.dot(across));
      if (off_px > nearest_px || std::abs(off.dot(along)) > sideways_px || !parallel(tick, first)) continue;
      nearest_px = off_px;
      next = tick.at;
      found = true;
    }
    if (!found) break;
    last = next;
    step = (last - first.at) / length++;
  }
  return length;
}

}  // namespace

int ruler_ticks(cv::Mat const& thin) {
  auto const ticks = find_ticks(thin);
  if (static_cast<double>(ticks.size()) > kMaxTicks) return 0;
  int longest = 0;
  for (auto const& first : ticks) {
    for (auto const& second : ticks) {
      auto const step = second.at - first.at;
      if (std::abs(step.x) > kMaxGap_px || std::abs(step.y) > kMaxGap_px || !parallel(first, second)) continue;
      if (std::hypot(step.x, step.y) > kMaxGap_px) continue;
      longest = std::max(longest, row_length(ticks, first, second));
    }
  }
  return longest;
}

}  // namespace nevus::quality
