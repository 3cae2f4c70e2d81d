// SPDX-License-Identifier: MIT
#include "nevus/risk/risk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace nevus {
namespace {

constexpr double kHighConfidence = .80;
constexpr double kMediumConfidence = .60;

constexpr double kHighMalignantProb = .40;
constexpr double kModerateMalignantProb = .20;
constexpr double kLikelyMelanomaProb = .40;
constexpr double kPossibleMelanomaProb = .20;
/// The least that the likeliest of seven classes can have: below it a class leads nothing.
constexpr double kLeaderProb = 1.0 / kLesionClassCount;

/// What a rule looks at: one malignant class, or all of them together.
enum class Subject { kMelanoma, kBasalCellCarcinoma, kActinicKeratosis, kMalignant };
/// Whether the subject must also be at least as likely as each benign class.
enum class Lead { kAny, kOverBenign };

struct UrgencyRule {
  std::string_view id;
  Urgency urgency;
  Subject subject;
  double min_prob;
  Lead lead;
};

/// From the most urgent to the least; the first that holds decides. A lead counts over the *benign* classes only: if
/// it counted over all, more basal cell carcinoma could take the lead from melanoma and so lower the urgency. Each rule
/// holds on when probability moves from a benign class to a malignant one, so urgency never falls.
constexpr std::array<UrgencyRule, 8> kUrgencyRules{{
    {"melanoma-likely", Urgency::kCritical, Subject::kMelanoma, kLikelyMelanomaProb, Lead::kAny},
    {"melanoma-leads", Urgency::kCritical, Subject::kMelanoma, kLeaderProb, Lead::kOverBenign},
    {"melanoma-possible", Urgency::kHigh, Subject::kMelanoma, kPossibleMelanomaProb, Lead::kAny},
    {"bcc-leads", Urgency::kHigh, Subject::kBasalCellCarcinoma, kLeaderProb, Lead::kOverBenign},
    {"malignant-likely", Urgency::kHigh, Subject::kMalignant, kHighMalignantProb, Lead::kAny},
    {"akiec-leads", Urgency::kMedium, Subject::kActinicKeratosis, kLeaderProb, Lead::kOverBenign},
    {"malignant-possible", Urgency::kMedium, Subject::kMalignant, kModerateMalignantProb, Lead::kAny},
    {"malignant-unlikely", Urgency::kLow, Subject::kMalignant, 0, Lead::kAny},
}};

std::string percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

double prob_of(PerClass<double> const& prob, LesionClass lesion_class) {
  return prob[static_cast<std::size_t>(lesion_class)];
}

double malignant_sum(PerClass<double> const& prob) {
  double sum = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (kLesionClasses[i].malignant) sum += prob[i];
  }
  return std::min(sum, 1.0);
}

LesionClass likeliest_benign(PerClass<double> const& prob) {
  auto best = LesionClass::kNv;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (!kLesionClasses[i].malignant && prob[i] > prob_of(prob, best)) best = static_cast<LesionClass>(i);
  }
  return best;
}

double subject_prob(Subject subject, PerClass<double> const& prob) {
  switch (subject) {
    case Subject::kMelanoma:
      return prob_of(prob, LesionClass::kMel);
    case Subject::kBasalCellCarcinoma:
      return prob_of(prob, LesionClass::kBcc);
    case Subject::kActinicKeratosis:
      return prob_of(prob, LesionClass::kAkiec);
    case Subject::kMalignant:
      return malignant_sum(prob);
  }
  return 0;
}

std::string_view subject_words(Subject subject) {
  switch (subject) {
    case Subject::kMelanoma:
      return info(LesionClass::kMel).display;
    case Subject::kBasalCellCarcinoma:
      return info(LesionClass::kBcc).display;
    case Subject::kActinicKeratosis:
      return info(LesionClass::kAkiec).display;
    case Subject::kMalignant:
      return "The three malignant classes together";
  }
  return {};
}

bool holds(UrgencyRule const& rule, PerClass<double> const& prob) {
  double const found = subject_prob(rule.subject, prob);
  if (rule.lead == Lead::kOverBenign && found < prob_of(prob, likeliest_benign(prob))) return false;
  return found >= rule.min_prob;
}

std::string reason(UrgencyRule const& rule, PerClass<double> const& prob) {
  std::string const verb = rule.subject == Subject::kMalignant ? " have " : " has ";
  std::string text = std::string(subject_words(rule.subject)) + verb + percent(subject_prob(rule.subject, prob));
  if (rule.lead == Lead::kOverBenign) {
    auto const rival = likeliest_benign(prob);
    return text + ", no less than the likeliest benign class (" + std::string(info(rival).display) + ", " +
           percent(prob_of(prob, rival)) + ").";
  }
  if (rule.urgency == Urgency::kLow) return text + ", which is below " + percent(kModerateMalignantProb) + ".";
  return text + ", which reaches the limit of " + percent(rule.min_prob) + ".";
}

UrgencyDecision decide(PerClass<double> const& prob) {
  auto const decisive = std::ranges::find_if(kUrgencyRules, [&](UrgencyRule const& rule) { return holds(rule, prob); });
  UrgencyDecision decision{decisive->urgency, std::string(decisive->id), {}};
  for (auto const* rule = decisive; rule != kUrgencyRules.end() && rule->urgency == decisive->urgency; ++rule) {
    if (holds(*rule, prob)) decision.reasons.push_back(reason(*rule, prob));
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

std::string_view name(Urgency urgency) {
  constexpr std::array<std::string_view, 4> kNames{"CRITICAL", "HIGH", "MEDIUM", "LOW"};
  return kNames[static_cast<std::size_t>(urgency)];
}

namespace risk {

PerClass<double> calibrate(PerClass<float> const& logits, double temperature) {
  double const top = *std::ranges::max_element(logits);
  PerClass<double> prob{};
  double sum = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    prob[i] = std::exp((logits[i] - top) / temperature);
    sum += prob[i];
  }
  for (auto& value : prob) value /= sum;
  return prob;
}

Assessment assess(PerClass<double> const& calibrated_prob) {
  Assessment assessment;
  assessment.calibrated_prob = calibrated_prob;
  auto const* const top = std::ranges::max_element(calibrated_prob);
  assessment.predicted = static_cast<LesionClass>(top - calibrated_prob.begin());
  assessment.confidence = *top;
  assessment.band = band_of(assessment.confidence);
  assessment.malignant_prob = malignant_sum(calibrated_prob);
  assessment.risk_level = level_of(assessment.malignant_prob);
  assessment.urgency = decide(calibrated_prob);
  return assessment;
}

}  // namespace risk
}  // namespace nevus
