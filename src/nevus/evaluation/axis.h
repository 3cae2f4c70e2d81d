// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace nevus::evaluation {

struct Tick {
  double value = 0;
  std::string label;
};

enum class AxisEnds { kAtData, kAtTicks };

/// One axis of a chart: where it begins and ends, and its marks at multiples of 1, 2 or 5 times a power of ten.
struct Axis {
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks;

  /// Place of `value` between the ends: 0 at `low`, 1 at `high`.
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low); }
};

/// An axis that holds every finite value, with about `wanted_ticks` marks; only whole numbers are marked where all
/// values are whole and the axis ends at the data. 0 to 1 where there is no finite value.
[[nodiscard]] Axis make_axis(std::vector<double> const& values, AxisEnds ends, int wanted_ticks);

}  // namespace nevus::evaluation
