// SPDX-License-Identifier: MIT
#include "nevus/evaluation/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

namespace nevus::evaluation {
namespace {

/// A two-sided interval of 95 %.
constexpr double kTail = .025;

/// Linear between the two nearest of the sorted values (Hyndman and Fan's type 7, NumPy's default).
double quantile(std::vector<double> const& sorted, double probability) {
  double const place = probability * double(sorted.size() - 1);
  auto const below = std::size_t(place);
  auto const above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - double(below));
}

}  // namespace

LesionBootstrap::LesionBootstrap(std::vector<Prediction> const& predictions, std::uint64_t seed) : random_(seed) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  for (auto const& prediction : predictions) {
    bool const known = !prediction.lesion_id.empty() && numbers.contains(prediction.lesion_id);
    lesion_of_photo_.push_back(known ? numbers.at(prediction.lesion_id) : lesions_);
    if (known) continue;
    if (!prediction.lesion_id.empty()) numbers.emplace(prediction.lesion_id, lesions_);
    ++lesions_;
  }
}

std::vector<std::uint32_t> LesionBootstrap::draw() {
  std::vector<std::uint32_t> lesion_times(lesions_);
  // Not std::uniform_int_distribution, whose numbers differ between standard libraries.
  for (std::size_t i = 0; i < lesions_; ++i) ++lesion_times[((random_() >> 32U) * lesions_) >> 32U];
  std::vector<std::uint32_t> times;
  times.reserve(lesion_of_photo_.size());
  for (auto const lesion : lesion_of_photo_) times.push_back(lesion_times[lesion]);
  return times;
}

Metric with_interval(double value, std::vector<double> resampled) {
  std::erase_if(resampled, [](double figure) { return std::isnan(figure); });
  if (resampled.empty()) return {value, value, value};
  std::ranges::sort(resampled);
  return {value, quantile(resampled, kTail), quantile(resampled, 1 - kTail)};
}

Metric mean_over_photos(std::vector<Prediction> const& predictions, std::vector<double> const& values, int resamples) {
  auto const mean = [&](std::vector<std::uint32_t> const& times) {
    double sum = 0;
    double photos = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      photos += times[i];
      sum += times[i] * values[i];
    }
    return sum / photos;
  };
  LesionBootstrap bootstrap(predictions, 1);
  std::vector<double> resampled;
  for (int i = 0; i < resamples; ++i) resampled.push_back(mean(bootstrap.draw()));
  return with_interval(mean(std::vector<std::uint32_t>(values.size(), 1)), std::move(resampled));
}

}  // namespace nevus::evaluation
