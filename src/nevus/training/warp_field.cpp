// SPDX-License-Identifier: MIT
#include "nevus/training/warp_field.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "nevus/training/random.h"

namespace nevus::training {
namespace {

constexpr int kCells = 5;
/// Smoothed noise has no detail finer than its Gaussian, so it is made on a coarser raster.
constexpr double kRasterPerDeviation = 3;

/// Where each of `side_px` pixels looks along one side of a distorted grid.
std::vector<double> distorted_places(int side_px, double strength, std::mt19937_64& random) {
  std::array<double, kCells> widths{};
  for (auto& width : widths) width = uniform(random, 1 - strength, 1 + strength);
  double const sum = std::accumulate(widths.begin(), widths.end(), 0.0);
  std::vector<double> places(static_cast<std::size_t>(side_px));
  for (int i = 0; i < side_px; ++i) {
    double const at = side_px > 1 ? i / double(side_px - 1) * kCells : 0;
    int const cell = std::min(kCells - 1, int(at));
    double const before = std::accumulate(widths.begin(), widths.begin() + cell, 0.0);
    places[std::size_t(i)] = (before + (at - cell) * widths[std::size_t(cell)]) / sum * (side_px - 1);
  }
  return places;
}

}  // namespace

std::vector<float> elastic_field(int width_px, int height_px, ElasticOptions const& options) {
  double const step_px = std::max(1.0, options.smooth_px / kRasterPerDeviation);
  cv::Size const coarse(std::max(2, int(std::lround(width_px / step_px))),
                        std::max(2, int(std::lround(height_px / step_px))));
  cv::Mat noise(coarse, CV_32FC2);
  cv::RNG(options.seed).fill(noise, cv::RNG::UNIFORM, -1.0F, 1.0F);
  cv::GaussianBlur(noise, noise, {}, std::max(0.5, options.smooth_px / step_px), 0, cv::BORDER_REFLECT_101);
  std::vector<float> field(std::size_t{2} * width_px * height_px);
  cv::Mat fine(height_px, width_px, CV_32FC2, field.data());
  cv::resize(noise, fine, fine.size(), 0, 0, cv::INTER_CUBIC);
  float longest = 0;
  for (std::size_t i = 0; i < field.size(); i += 2) longest = std::max(longest, std::hypot(field[i], field[i + 1]));
  if (longest > 0) fine *= options.largest_px / double(longest);
  return field;
}

std::vector<float> grid_field(int width_px, int height_px, double strength, std::mt19937_64& random) {
  auto const columns = distorted_places(width_px, strength, random);
  auto const rows = distorted_places(height_px, strength, random);
  std::vector<float> field;
  field.reserve(std::size_t{2} * width_px * height_px);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      field.push_back(float(columns[std::size_t(x)] - x));
      field.push_back(float(rows[std::size_t(y)] - y));
    }
  }
  return field;
}

}  // namespace nevus::training
