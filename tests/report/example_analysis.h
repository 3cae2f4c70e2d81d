// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include "nevus/analysis/analyze.h"
#include "nevus/report/facts.h"

namespace nevus::test {

inline ModelIdentity const kModel{"fast", "2026.11.1", std::string(64, 'a')};

enum class Hair { kNone, kMuch };

inline QualityReport quality(bool sharp, Hair hair = Hair::kNone) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  return {{
      {"focus", sharp ? .52 : .12, "", .31, kNone, sharp,
       sharp ? "" : "Hold the camera still and focus on the lesion."},
      {"brightness", .61, "", .2, .9, true, ""},
      {"contrast", .2, "", .05, kNone, true, ""},
      {"colour_cast", 3, "", -kNone, 40, true, ""},
      {"glare", .01, "", -kNone, .1, true, ""},
      {"resolution", 450, "px", 100, kNone, true, ""},
      {"framing", .9, "", .5, kNone, true, ""},
      {"lesion_size", .2, "", .025, kNone, true, "", Severity::kWarns},
      {"lesion_cut", 0, "", -kNone, .2, true, "", Severity::kWarns},
      {"hair", hair == Hair::kMuch ? .12 : .01, "", -kNone, .06, hair == Hair::kNone,
       hair == Hair::kMuch ? "Part the hair." : "", Severity::kWarns},
      {"ink", 0, "", -kNone, .01, true, "", Severity::kWarns},
      {"ruler", 0, "", -kNone, 4, true, "", Severity::kWarns},
  }};
}

inline PhotoFacts const kPhoto{std::string(64, 'b'), PhotoFormat::kJpeg, 600, 450, 74'321};
inline StageTimes times() {
  using Ms = std::chrono::duration<double, std::milli>;
  return {Ms(3.25), Ms(2), Ms(8.5), Ms(14.0625)};
}
/// Of a photo that the network did not see.
inline StageTimes times_of_declined() {
  auto declined = times();
  declined.network_ms = {};
  return declined;
}

/// Probabilities in the classes' order: akiec, bcc, bkl, df, mel, nv, vasc.
inline Analysis assessed(PerClass<double> const& prob) { return {kPhoto, quality(true), risk::assess(prob), times()}; }
inline Analysis melanoma() { return assessed({.01, .02, .05, 0, .62, .295, .005}); }
inline Analysis nevus() { return assessed({.01, .01, .02, 0, .02, .93, .01}); }
inline Analysis hairy_nevus() { return {kPhoto, quality(true, Hair::kMuch), nevus().assessment, times()}; }
inline Explanation explained(LesionClass lesion_class, bool reliable) {
  HeatMap map{lesion_class, 1, 1, {}, .5, .75};
  map.heat.push_back(1);
  Explanation explanation;
  explanation.lesion_class = lesion_class;
  explanation.shown.emplace(Explanation::Shown{std::move(map), {2.5, .25, 1, reliable}, Image(1, 1, {0, 0, 0})});
  return explanation;
}
/// What is no photo of skin at all.
inline Analysis drawing() {
  Analysis analysis{kPhoto, quality(true), std::nullopt, times_of_declined()};
  analysis.ood = OodReport{.state = OodState::kRejected, .reason = "It is a drawing."};
  return analysis;
}
/// Benign on top, with limits that leave melanoma in question.
inline Analysis doubtful_nevus() {
  PerClass<double> const prob{.02, .02, .01, 0, .12, .82, .01};
  RiskLimits const limits{{{.90, {.2, .2, .2, .2, .1, .2, .2}, {}}}, {{.1, .3, .6}}};
  Analysis analysis{kPhoto, quality(true), risk::assess(prob, limits, OperatingPoint::kRuleOut), times()};
  analysis.ood = OodReport{OodState::kDoubtful, 1.5, 1.25, 2, "It is unlike most."};
  return analysis;
}
inline Analysis blurred() { return {kPhoto, quality(false), std::nullopt, times_of_declined()}; }

/// A nevus by the figures, of which the limits leave malignant classes alone in question.
inline Analysis contradictory() {
  PerClass<double> const prob{.2, 0, 0, 0, .16, .64, 0};
  RiskLimits const limits{{{.90, {.2, .2, .2, .2, .1, .7, .2}, {}}}, std::nullopt};
  return {kPhoto, quality(true), risk::assess(prob, limits), times()};
}

}  // namespace nevus::test
