// SPDX-License-Identifier: MIT
#include "nevus/risk/risk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace nevus {
namespace {

constexpr double kHighConfidence = .80;
constexpr double kMediumConfidence = .60;

constexpr double kHighMalignantProb = .40;
constexpr double kModerateMalignantProb = .20;

std::string percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

double prob_of(PerClass<double> const& prob, LesionClass lesion_class) {
  return prob[static_cast<std::size_t>(lesion_class)];
}

LesionClass likeliest_benign(PerClass<double> const& prob) {
  auto best = LesionClass::kNv;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (!kLesionClasses[i].malignant && prob[i] > prob_of(prob, best)) best = static_cast<LesionClass>(i);
  }
  return best;
}

/// Never empty: an answer that no class is likely enough for still names its best one.
PredictionSet make_set(PerClass<double> const& prob, SetLimits const& limits) {
  PredictionSet set{limits.level, {}};
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (prob[i] >= limits.min_prob[i]) set.classes.push_back(static_cast<LesionClass>(i));
  }
  if (set.classes.empty())
    set.classes.push_back(static_cast<LesionClass>(std::ranges::max_element(prob) - prob.begin()));
  std::ranges::stable_sort(set.classes, std::ranges::greater{}, [&](LesionClass c) { return prob_of(prob, c); });
  return set;
}

/// Whether `set` and the likeliest class, which need not be in it, hold benign and malignant classes.
bool spans_benign_and_malignant(PredictionSet const& set, LesionClass predicted) {
  bool const is_malignant = info(predicted).malignant;
  return std::ranges::any_of(set.classes, [&](LesionClass c) { return info(c).malignant != is_malignant; });
}

double subject_prob(PolicyRule const& rule, Assessment const& assessment) {
  return rule.lesion_class ? prob_of(assessment.calibrated_prob, *rule.lesion_class) : assessment.malignant_prob;
}

double limit_of(PolicyRule const& rule, Assessment const& assessment) {
  return rule.at_operating_point && assessment.operating_point ? assessment.operating_point->threshold : rule.min_prob;
}

bool holds(PolicyRule const& rule, Assessment const& assessment) {
  auto const& prob = assessment.calibrated_prob;
  double const found = subject_prob(rule, assessment);
  if (found < rule.min_prob) return false;
  if (prob_of(prob, LesionClass::kMel) + prob_of(prob, LesionClass::kBcc) < rule.min_grave_prob) return false;
  if (rule.leads && found < prob_of(prob, likeliest_benign(prob))) return false;
  if (rule.at_operating_point && !(assessment.operating_point && assessment.operating_point->positive)) return false;
  if (!rule.in_set) return true;
  return !assessment.prediction_sets.empty() && assessment.prediction_sets.front().holds(*rule.lesion_class);
}

void fill(std::string& text, std::string_view field, std::string_view value) {
  auto const at = text.find(field);
  if (at != std::string::npos) text.replace(at, field.size(), value);
}

std::string reason(PolicyRule const& rule, Assessment const& assessment) {
  auto const rival = likeliest_benign(assessment.calibrated_prob);
  std::string text = rule.reason;
  fill(text, "{prob}", percent(subject_prob(rule, assessment)));
  fill(text, "{limit}", percent(limit_of(rule, assessment)));
  fill(text, "{rival}", info(rival).display);
  fill(text, "{rival_prob}", percent(prob_of(assessment.calibrated_prob, rival)));
  if (assessment.operating_point) fill(text, "{point}", name(assessment.operating_point->point));
  return text;
}

UrgencyDecision decide(Assessment const& assessment, Policy const& policy) {
  auto const decisive = std::ranges::find_if(policy.rules, [&](auto const& rule) { return holds(rule, assessment); });
  UrgencyDecision decision{decisive->urgency, decisive->id, {}, {}};
  for (auto rule = decisive; rule != policy.rules.end() && rule->urgency == decisive->urgency; ++rule) {
    if (!holds(*rule, assessment)) continue;
    decision.reasons.push_back(reason(*rule, assessment));
    decision.rules.push_back({rule->id, rule->urgency, subject_prob(*rule, assessment), limit_of(*rule, assessment)});
  }
  return decision;
}

ConfidenceBand band_of(double confidence) {
  if (confidence >= kHighConfidence) return ConfidenceBand::kHigh;
  return confidence >= kMediumConfidence ? ConfidenceBand::kMedium : ConfidenceBand::kLow;
}

RiskLevel level_of(double malignant_prob) {
  if (malignant_prob >= kHighMalignantProb) return RiskLevel::kHigh;
  return malignant_prob >= kModerateMalignantProb ? RiskLevel::kModerate : RiskLevel::kLow;
}

}  // namespace

std::string_view name(ConfidenceBand band) {
  constexpr std::array<std::string_view, 3> kNames{"high", "medium", "low"};
  return kNames[static_cast<std::size_t>(band)];
}

std::string_view name(RiskLevel level) {
  constexpr std::array<std::string_view, 3> kNames{"HIGH", "MODERATE", "LOW"};
  return kNames[static_cast<std::size_t>(level)];
}

bool Assessment::top_excluded() const { return !prediction_sets.empty() && !prediction_sets.front().holds(predicted); }

bool PredictionSet::holds(LesionClass lesion_class) const { return std::ranges::count(classes, lesion_class) > 0; }

namespace risk {

PerClass<double> calibrate(PerClass<float> const& raw_logits, Calibration const& calibration) {
  auto const logits = calibration.apply(raw_logits);
  double const top = *std::ranges::max_element(logits);
  PerClass<double> prob{};
  double sum = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    prob[i] = std::exp(logits[i] - top);
    sum += prob[i];
  }
  for (auto& value : prob) value /= sum;
  return prob;
}

double malignant_prob(PerClass<double> const& prob) {
  double sum = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (kLesionClasses[i].malignant) sum += prob[i];
  }
  return std::min(sum, 1.0);
}

Assessment assess(PerClass<float> const& logits, ModelCard const& card, OperatingPoint point) {
  auto assessment = assess(calibrate(logits, card.calibration), card.limits, point);
  assessment.raw_prob = calibrate(logits, {});
  return assessment;
}

Assessment assess(PerClass<double> const& calibrated_prob, RiskLimits const& limits, OperatingPoint point) {
  Assessment assessment;
  assessment.raw_prob = assessment.calibrated_prob = calibrated_prob;
  auto const* const top = std::ranges::max_element(calibrated_prob);
  assessment.predicted = static_cast<LesionClass>(top - calibrated_prob.begin());
  assessment.confidence = *top;
  assessment.band = band_of(assessment.confidence);
  assessment.malignant_prob = malignant_prob(calibrated_prob);
  assessment.risk_level = level_of(assessment.malignant_prob);
  for (auto const& set : limits.sets) assessment.prediction_sets.push_back(make_set(calibrated_prob, set));
  assessment.cannot_tell = !assessment.prediction_sets.empty() &&
                           spans_benign_and_malignant(assessment.prediction_sets.front(), assessment.predicted);
  if (limits.thresholds) {
    double const threshold = (*limits.thresholds)[static_cast<std::size_t>(point)];
    assessment.operating_point = {point, threshold, assessment.malignant_prob >= threshold};
  }
  assessment.urgency = decide(assessment, policy());
  return assessment;
}

}  // namespace risk
}  // namespace nevus
