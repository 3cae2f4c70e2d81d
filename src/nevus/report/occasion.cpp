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

std::string seed_of(Analysis const& analysis, Occasion const& occasion) {
  auto seed = analysis.photo.sha256 + " " + occasion.model.sha256;
  if (analysis.assessment && analysis.assessment->operating_point)
    seed += " " + std::string(name(analysis.assessment->operating_point->point));
  // Who withdraws a sign-off and signs anew on the same day says the same sentence.
  if (auto const& sign_off = occasion.sign_off) seed += " " + sentence(*sign_off) + " " + utc_text(sign_off->time);
  return seed;
}

}  // namespace nevus::report
