// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nevus/image/reductions.h"

namespace nevus {

/// What follows where a measure fails.
enum class Severity {
  kRefuses,  ///< the answer would suffer: there is none, and another photo is advised
  kWarns     ///< the photo is answered, and the advice stands beside the answer
};

[[nodiscard]] std::string_view name(Severity severity);  ///< "refuses" or "warns"

/// One measured property of a photo with the range that is usable for classification.
struct QualityMeasure {
  std::string_view name;  ///< "focus", "brightness", "contrast", "colour_cast", "glare", "resolution", "framing",
                          ///< "lesion_size", "lesion_cut", "hair", "ink", "ruler"
  double value;
  std::string_view unit;
  double min;  ///< usable from here (-infinity where there is no lower bound) …
  double max;  ///< … to here (+infinity where there is no upper bound)
  bool passed;
  std::string_view advice;  ///< what to do about it, in one sentence; empty when passed
  Severity severity = Severity::kRefuses;
};

struct QualityReport {
  std::vector<QualityMeasure> measures;  ///< always all twelve, in the order above
  [[nodiscard]] bool usable() const;     ///< every measure passed that refuses
};

namespace quality {

/// How usable `photo` is for classification. Every figure but resolution is independent of the photo's size: a larger
/// photo is brought to 200 px on its long side first (the size at which HAM10000 is complete), a smaller one is never
/// enlarged. Thresholds: quality.cpp; what they let through and stop: docs/quality.md. Thread-safe. Cannot fail: an
/// unreadable photo never becomes an `Image`. Cost: about 2 ms for 600x450.
[[nodiscard]] QualityReport assess(Reductions const& photo);

}  // namespace quality
}  // namespace nevus
