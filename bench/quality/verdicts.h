// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "nevus/quality/quality.h"

namespace nevus::bench {

[[nodiscard]] inline QualityMeasure const& named(QualityReport const& report, std::string_view name) {
  return *std::ranges::find(report.measures, name, &QualityMeasure::name);
}

/// How often a verdict and the truth agree.
struct Agreement {
  int both = 0;
  int truth_only = 0;
  int verdict_only = 0;
  int neither = 0;

  void add(bool truth, bool verdict) { ++(truth ? (verdict ? both : truth_only) : (verdict ? verdict_only : neither)); }

  [[nodiscard]] int count() const { return both + truth_only + verdict_only + neither; }

  /// "| photos | true | warned of | precision | recall |"
  [[nodiscard]] std::string cells() const {
    auto const percent = [](int part, int whole) {
      if (whole == 0) return std::string("none");
      return std::to_string((200 * part + whole) / (2 * whole)) + " %";
    };
    return "| " + std::to_string(count()) + " | " + std::to_string(both + truth_only) + " | " +
           std::to_string(both + verdict_only) + " | " + percent(both, both + verdict_only) + " | " +
           percent(both, both + truth_only) + " |";
  }
};

}  // namespace nevus::bench
