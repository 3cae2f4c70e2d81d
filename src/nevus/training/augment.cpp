// SPDX-License-Identifier: MIT
#include "nevus/training/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "nevus/training/random.h"

namespace nevus::training {
namespace {

constexpr double kRadPerDeg = std::numbers::pi / 180;

double log_uniform(std::mt19937_64& random, double low, double high) {
  return std::exp(uniform(random, std::log(low), std::log(high)));
}

/// Brightness, contrast, saturation and white balance together are one affine map of (R,G,B).
cv::Matx34f draw_colour_map(AugmentOptions const& options, cv::Scalar const& mean, std::mt19937_64& random) {
  double const brightness = uniform(random, 1 - options.brightness, 1 + options.brightness);
  double const contrast = uniform(random, 1 - options.contrast, 1 + options.contrast);
  double const saturation = uniform(random, 1 - options.saturation, 1 + options.saturation);
  std::array<double, 3> const luma{0.299, 0.587, 0.114};  // ITU-R BT.601
  double const mean_luma = luma[0] * mean[0] + luma[1] * mean[1] + luma[2] * mean[2];
  cv::Matx34f map;
  for (int row = 0; row < 3; ++row) {
    double const balance = uniform(random, 1 - options.white_balance, 1 + options.white_balance);
    for (int column = 0; column < 3; ++column) {
      double const own = row == column ? saturation : 0;
      map(row, column) = float(balance * brightness * contrast * (own + (1 - saturation) * luma[std::size_t(column)]));
    }
    map(row, 3) = float(balance * brightness * (1 - contrast) * mean_luma);
  }
  return map;
}

void soften(cv::Mat& picture, std::mt19937_64& random) {
  if (uniform(random, 0, 1) < 0.5) {
    double const factor = uniform(random, 0.5, 1);
    cv::Mat small;
    cv::resize(picture, small, {}, factor, factor, cv::INTER_AREA);
    cv::Mat large;
    cv::resize(small, large, picture.size(), 0, 0, cv::INTER_LINEAR);
    large.copyTo(picture);
  } else {
    cv::GaussianBlur(picture, picture, {}, uniform(random, 0.3, 1.5));
  }
}

}  // namespace

View draw_view(AugmentOptions const& options, std::mt19937_64& random) {
  View view;
  view.rotation_rad = float(uniform(random, -options.rotate_deg, options.rotate_deg) * kRadPerDeg);
  view.scale = float(log_uniform(random, options.scale_min, options.scale_max));
  view.stretch = float(log_uniform(random, 1 / (1 + options.stretch), 1 + options.stretch));
  view.shear_rad = float(uniform(random, -options.shear_deg, options.shear_deg) * kRadPerDeg);
  view.shift_x_frac = float(uniform(random, -options.shift_frac, options.shift_frac));
  view.shift_y_frac = float(uniform(random, -options.shift_frac, options.shift_frac));
  view.mirrored = uniform(random, 0, 1) < options.mirror_prob;
  return view;
}

Image augment(Image const& photo, PreprocessSpec const& spec, AugmentOptions const& options, std::mt19937_64& random) {
  Image const rendered = model::render(photo, spec, draw_view(options, random));
  std::vector<std::uint8_t> pixels = rendered.pixels();
  cv::Mat picture(spec.height_px, spec.width_px, CV_8UC3, pixels.data());
  cv::transform(picture, picture, draw_colour_map(options, cv::mean(picture), random));
  if (uniform(random, 0, 1) < options.soften_prob) soften(picture, random);
  return Image(spec.width_px, spec.height_px, std::move(pixels), photo.source_format());
}

}  // namespace nevus::training
