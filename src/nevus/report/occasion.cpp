// SPDX-License-Identifier: MIT
#include "nevus/report/occasion.h"

#include <cmath>

namespace nevus::report {

std::string why_declined(Analysis const& declined) {
  auto const doctor = " " + std::string(kSeeADoctor);
  if (declined.ood && !declined.ood->reason.empty()) return declined.ood->reason + doctor;
  std::string advice = "The photo is not good enough.";
  for (auto const& measure : declined.quality.measures) {
    if (!measure.passed) advice += " " + std::string(measure.advice);
  }
  return advice + doctor;
}

std::vector<std::string> cautions(Analysis const& analysis) {
  std::vector<std::string> sentences;
  if (!analysis.assessment) return sentences;
  if (analysis.assessment->top_excluded()) {
    sentences.emplace_back("The likeliest class is not in the " +
                           std::to_string(std::lround(100 * analysis.assessment->prediction_sets.front().level)) +
                           " % prediction set and should not be relied on.");
  }
  if (analysis.assessment->cannot_tell) sentences.emplace_back("Benign and malignant cannot be told apart.");
  if (analysis.ood && analysis.ood->state == OodState::kDoubtful) sentences.push_back(analysis.ood->reason);
  return sentences;
}

std::string quality_words(QualityReport const& quality) {
  std::string failed;
  for (auto const& measure : quality.measures) {
    if (!measure.passed) failed += (failed.empty() ? "; failed: " : ", ") + std::string(measure.name);
  }
  return (quality.usable() ? "usable" : "not usable") + failed;
}

std::string_view heat_map_words(Analysis const& analysis) {
  if (!analysis.explanation) return "";
  if (!analysis.explanation->shown) return "nothing";
  return analysis.explanation->shown->faithfulness.reliable ? "reliable" : "unreliable";
}

std::string heat_map_title(Analysis const& analysis) {
  if (heat_map_words(analysis) == "unreliable")
    return "Grad-CAM over the photo; DO NOT READ: it failed its own test on this photo";
  return "What spoke for the answer (Grad-CAM) over the photo";
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
