// SPDX-License-Identifier: MIT
#include "nevus/evaluation/axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace nevus::evaluation {
namespace {

/// Beyond these, marks are written with an exponent.
constexpr double kLargestPlain = 1e6;
constexpr int kMostDecimals = 4;

/// The least of 1, 2, 5 times a power of ten that is not below `least`.
double round_step(double least) {
  double const power = std::pow(10.0, std::floor(std::log10(least)));
  for (double const factor : {1.0, 2.0, 5.0}) {
    // A least step of 0.2 must not become 0.5 because it is 0.20000000000000001.
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string tick_label(double value, double step, double largest) {
  auto const decimals = std::max(0, -int(std::floor(std::log10(step) + 1e-9)));
  bool const plain = largest < kLargestPlain && decimals <= kMostDecimals;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), plain ? "%.*f" : "%.*g", plain ? decimals : 3, value);
  return text.data();
}

void widen_to_a_range(Axis& axis) {
  if (axis.low < axis.high) return;
  double const margin = axis.low == 0 ? .5 : std::abs(axis.low) / 2;
  axis.low -= margin;
  axis.high += margin;
}

}  // namespace

Axis make_axis(std::vector<double> const& values, AxisEnds ends, int wanted_ticks) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite), [](double value) { return std::isfinite(value); });
  Axis axis;
  if (!finite.empty()) {
    auto const [least, most] = std::ranges::minmax(finite);
    axis.low = least;
    axis.high = most;
  }
  widen_to_a_range(axis);
  double step = round_step((axis.high - axis.low) / wanted_ticks);
  bool const whole =
      !finite.empty() && std::ranges::all_of(finite, [](double value) { return value == std::floor(value); });
  if (ends == AxisEnds::kAtData && whole) step = std::max(step, 1.0);
  if (ends == AxisEnds::kAtTicks) {
    axis.low = step * std::floor(axis.low / step + 1e-9);
    axis.high = step * std::ceil(axis.high / step - 1e-9);
  }
  double const largest = std::max(std::abs(axis.low), std::abs(axis.high));
  auto const first = static_cast<std::int64_t>(std::ceil(axis.low / step - 1e-9));
  auto const last = static_cast<std::int64_t>(std::floor(axis.high / step + 1e-9));
  for (auto count = first; count <= last; ++count) {
    double const value = static_cast<double>(count) * step;
    axis.ticks.push_back({value, tick_label(value, step, largest)});
  }
  return axis;
}

}  // namespace nevus::evaluation
