// SPDX-License-Identifier: MIT
#include "nevus/training/pixel_effects.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "nevus/image/decode.h"
#include "nevus/image/encode.h"
#include "nevus/training/random.h"

namespace nevus::training {
namespace {

constexpr int kTilesPerSide = 8;  // of CLAHE

cv::Mat matrix_of(PixelsInPlace picture) { return {picture.height_px, picture.width_px, CV_8UC3, picture.rgb}; }

}  // namespace

void blur(PixelsInPlace picture, double deviation_px) {
  if (deviation_px <= 0) return;
  auto matrix = matrix_of(picture);
  cv::GaussianBlur(matrix, matrix, {}, deviation_px);
}

void reduce_and_enlarge(PixelsInPlace picture, double factor) {
  auto matrix = matrix_of(picture);
  cv::Mat small;
  cv::resize(matrix, small, {}, factor, factor, cv::INTER_AREA);
  cv::Mat large;
  cv::resize(small, large, matrix.size(), 0, 0, cv::INTER_LINEAR);
  large.copyTo(matrix);
}

void sharpen(PixelsInPlace picture, double amount) {
  // picture + amount * (picture - smoothed) as one kernel; the smoothing weighs the middle 5 and each neighbour 1.
  constexpr double kSum = 13;
  double const neighbour = -amount / kSum;
  double const middle = 1 + amount * (1 - 5 / kSum);
  cv::Matx33d const kernel(neighbour, neighbour, neighbour, neighbour, middle, neighbour, neighbour, neighbour,
                           neighbour);
  auto matrix = matrix_of(picture);
  cv::filter2D(matrix, matrix, -1, kernel);
}

void raise_local_contrast(PixelsInPlace picture, double clip) {
  auto matrix = matrix_of(picture);
  cv::Mat luma_first;
  cv::cvtColor(matrix, luma_first, cv::COLOR_RGB2YCrCb);
  cv::Mat luma;
  cv::extractChannel(luma_first, luma, 0);
  cv::createCLAHE(clip, {kTilesPerSide, kTilesPerSide})->apply(luma, luma);
  cv::insertChannel(luma, luma_first, 0);
  cv::cvtColor(luma_first, matrix, cv::COLOR_YCrCb2RGB);
}

void add_noise(PixelsInPlace picture, double deviation_levels, std::uint64_t seed) {
  auto matrix = matrix_of(picture);
  cv::Mat noise(matrix.size(), CV_16SC3);
  cv::RNG(seed).fill(noise, cv::RNG::NORMAL, cv::Scalar::all(0), cv::Scalar::all(deviation_levels));
  cv::add(matrix, noise, matrix, cv::noArray(), CV_8U);
}

void compress(PixelsInPlace picture, int quality) {
  std::size_t const size = std::size_t{3} * picture.width_px * picture.height_px;
  auto const file =
      image::encode_jpeg(Image(picture.width_px, picture.height_px, {picture.rgb, picture.rgb + size}), quality);
  if (!file) throw std::logic_error("compress: " + file.error().message);
  auto const back = image::decode(*file, {.min_side_px = 1});
  if (!back) throw std::logic_error("compress: " + back.error().message);
  std::ranges::copy(back->pixels(), picture.rgb);
}

std::vector<PixelBox> draw_holes(int width_px, int height_px, int count, double side_frac, std::mt19937_64& random) {
  int const side_px = std::max(1, int(std::lround(side_frac * std::min(width_px, height_px))));
  std::vector<PixelBox> holes;
  for (int i = 0; i < count; ++i) {
    int const x_px = int(uniform(random, 0, width_px - side_px + 1));
    int const y_px = int(uniform(random, 0, height_px - side_px + 1));
    holes.push_back({x_px, y_px, side_px, side_px});
  }
  return holes;
}

void fill(PixelsInPlace picture, PixelBox const& box, std::array<std::uint8_t, 3> const& colour) {
  matrix_of(picture)(cv::Rect(box.x_px, box.y_px, box.width_px, box.height_px))
      .setTo(cv::Scalar(colour[0], colour[1], colour[2]));
}

}  // namespace nevus::training
