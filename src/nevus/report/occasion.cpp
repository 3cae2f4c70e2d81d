// SPDX-License-Identifier: MIT
#include "nevus/report/occasion.h"

namespace nevus::report {

std::string why_declined(Analysis const& declined) {
  if (declined.ood && !declined.ood->reason.empty()) return declined.ood->reason;
  std::string advice = "The photo is not good enough.";
  for (auto const& measure : declined.quality.measures) {
    if (!measure.passed) advice += " " + std::string(measure.advice);
  }
  return advice;
}

}  // namespace nevus::report
