// SPDX-License-Identifier: MIT
#include "nevus/quality/subject.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "nevus/quality/figures.h"

namespace nevus::quality {
namespace {

// Beyond what 99.7 % of HAM10000's training and validation photos reach in any view; docs/ood.md says what each stops.
constexpr double kMaxFlatFrac = .45;
constexpr double kMaxCoolFrac = .5;
constexpr double kMinNeighbourCorrelation = .7;
constexpr double kMaxWhiteFrac = .4;

constexpr int kSmallSide = 100;
constexpr int kDarkLevel = 24;
constexpr int kNearlyBlack = 40;
constexpr int kNearlyWhite = 235;
constexpr int kCoolerLevels = 16;

/// Of pixels that are not dark, since a vignette is flat too. This is the one step that looks at every byte of the
/// photo; byte by byte without branches the compiler takes sixteen at once, five times as fast as pixel by pixel.
double flat_frac(Image const& picture) {
  auto const width = std::size_t(picture.width_px());
  std::size_t const bytes = (width - 1) * 3;  // of a row's pixels that have a right neighbour
  std::vector<std::uint8_t> is_first(bytes);  // of a pixel's three
  for (std::size_t i = 0; i < bytes; i += 3) is_first[i] = 1;
  std::vector<std::uint8_t> is_lit(bytes + 2);
  std::vector<std::uint8_t> is_equal(bytes + 2);
  std::size_t visible = 0;
  std::size_t flat = 0;
  for (std::size_t y = 0; y + 1 < std::size_t(picture.height_px()); ++y) {
    std::uint8_t const* const row = &picture.pixels()[y * width * 3];
    std::uint8_t const* const below = row + width * 3;
    for (std::size_t i = 0; i < bytes; ++i) {
      is_lit[i] = std::uint8_t(row[i] >= kDarkLevel);
      is_equal[i] = std::uint8_t((row[i] == row[i + 3]) & (row[i] == below[i]));
    }
    std::uint32_t visible_in_row = 0;
    std::uint32_t flat_in_row = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      auto const counts = std::uint8_t(is_first[i] & (is_lit[i] | is_lit[i + 1] | is_lit[i + 2]));
      visible_in_row += counts;
      flat_in_row += std::uint8_t(counts & is_equal[i] & is_equal[i + 1] & is_equal[i + 2]);
    }
    visible += visible_in_row;
    flat += flat_in_row;
  }
  return visible == 0 ? 1 : double(flat) / double(visible);
}

/// Of what `assess` looks at, so that the whole picture is averaged down once.
cv::Mat reduced(Image const& picture) {
  cv::Mat const whole(picture.height_px(), picture.width_px(), CV_8UC3,
                      const_cast<std::uint8_t*>(picture.pixels().data()));
  double const scale = double(kSmallSide) / std::max(whole.cols, whole.rows);
  cv::Mat small;
  cv::resize(whole, small, {std::max(2, cvRound(whole.cols * scale)), std::max(2, cvRound(whole.rows * scale))}, 0, 0,
             cv::INTER_AREA);
  return small;
}

/// Pearson's, of each pixel's luma with that of its right neighbour. 1 where nothing varies.
double neighbour_correlation(cv::Mat const& small) {
  double n = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (int y = 0; y < small.rows; ++y) {
    auto const luma = [row = small.ptr<cv::Vec3b>(y)](int x) {
      return .299 * row[x][0] + .587 * row[x][1] + .114 * row[x][2];
    };
    for (int x = 0; x + 1 < small.cols; ++x) {
      double const a = luma(x);
      double const b = luma(x + 1);
      n += 1;
      sum_a += a;
      sum_b += b;
      sum_aa += a * a;
      sum_bb += b * b;
      sum_ab += a * b;
    }
  }
  double const spread = (n * sum_aa - sum_a * sum_a) * (n * sum_bb - sum_b * sum_b);
  return spread <= 0 ? 1 : (n * sum_ab - sum_a * sum_b) / std::sqrt(spread);
}

SubjectFigures measure_subject(Reductions const& picture) {
  auto const small = reduced(working_size(picture));
  SubjectFigures figures{flat_frac(picture.photo()), 0, neighbour_correlation(small), 0};
  double visible = 0;
  double cool = 0;
  double white = 0;
  for (auto const& pixel : cv::Mat_<cv::Vec3b>(small)) {
    auto const [low, high] = std::minmax({pixel[0], pixel[1], pixel[2]});
    if (low > kNearlyWhite) white += 1;
    if (high < kNearlyBlack || low > kNearlyWhite) continue;
    visible += 1;
    if (pixel[0] < std::max(pixel[1], pixel[2]) - kCoolerLevels) cool += 1;
  }
  figures.white_frac = white / double(small.total());
  figures.cool_frac = visible > 0 ? cool / visible : 0;
  return figures;
}

}  // namespace

SubjectReport check_subject(Reductions const& picture) {
  SubjectReport report{measure_subject(picture), {}, {}};
  auto const& figures = report.figures;
  if (figures.white_frac > kMaxWhiteFrac) {
    report.cause = "white";
    report.reason = "Much of the picture is white, as in text and forms; it is no photo of skin, or far too bright.";
  } else if (figures.neighbour_correlation < kMinNeighbourCorrelation) {
    report.cause = "noise";
    report.reason = "The picture is made of noise or fine lines; it shows no skin.";
  } else if (figures.flat_frac > kMaxFlatFrac) {
    report.cause = "flat";
    report.reason =
        "Much of the picture is of one flat colour, as in drawings and screenshots; it is no photo of skin.";
  } else if (figures.cool_frac > kMaxCoolFrac) {
    report.cause = "cool";
    report.reason = "Most of the picture is green, blue or violet; it is no photo of skin.";
  }
  return report;
}

}  // namespace nevus::quality
