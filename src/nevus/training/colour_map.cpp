// SPDX-License-Identifier: MIT
#include "nevus/training/colour_map.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace nevus::training {
namespace {

constexpr std::array<double, 3> kLuma{0.299, 0.587, 0.114};  // ITU-R BT.601

cv::Mat matrix_of(PixelsInPlace picture) { return {picture.height_px, picture.width_px, CV_8UC3, picture.rgb}; }

/// Turns the plane of chroma of YIQ and leaves its luma.
cv::Matx33d hue_turn(double angle_rad) {
  if (angle_rad == 0) return cv::Matx33d::eye();
  cv::Matx33d const to_yiq(kLuma[0], kLuma[1], kLuma[2], 0.595716, -0.274453, -0.321263, 0.211456, -0.522591, 0.311135);
  double const cosine = std::cos(angle_rad);
  double const sine = std::sin(angle_rad);
  return to_yiq.inv() * cv::Matx33d(1, 0, 0, 0, cosine, -sine, 0, sine, cosine) * to_yiq;
}

}  // namespace

ColourMap colour_map(ColourChange const& change, std::array<double, 3> const& mean) {
  double const mean_luma = kLuma[0] * mean[0] + kLuma[1] * mean[1] + kLuma[2] * mean[2];
  cv::Matx33d saturated;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      double const own = row == column ? change.saturation : 0;
      saturated(row, column) = own + (1 - change.saturation) * kLuma[std::size_t(column)];
    }
  }
  cv::Matx33d const turned = saturated * hue_turn(change.hue_rad);
  ColourMap map{};
  for (int row = 0; row < 3; ++row) {
    auto& values = map[std::size_t(row)];
    double const balance = change.balance[std::size_t(row)];
    for (int column = 0; column < 3; ++column) {
      values[std::size_t(column)] = float(balance * change.brightness * change.contrast * turned(row, column));
    }
    values[3] = float(balance * change.brightness * (1 - change.contrast) * mean_luma);
  }
  return map;
}

std::array<double, 3> mean_colour(PixelsInPlace picture) {
  auto const mean = cv::mean(matrix_of(picture));
  return {mean[0], mean[1], mean[2]};
}

void apply_colours(PixelsInPlace picture, ColourMap const& map) {
  auto matrix = matrix_of(picture);
  cv::transform(matrix, matrix, cv::Matx34f(map.front().data()));
}

}  // namespace nevus::training
