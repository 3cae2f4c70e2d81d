// SPDX-License-Identifier: MIT
#include "nevus/evaluation/diagnostics.h"

#include <algorithm>

#include "nevus/evaluation/scores.h"

namespace nevus::evaluation {
namespace {

/// The prior has no part in what argmax p says.
std::vector<Answer> answers_of(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  PerClass<double> even{};
  even.fill(1);
  return make_answers(predictions, calibration, even);
}

}  // namespace

PerClass<RocCurve> roc_curves(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  auto const answers = answers_of(predictions, calibration);
  PerClass<RocCurve> curves;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto points = rank_class(answers, i).roc();
    std::ranges::reverse(points);
    for (auto const& [negatives, positives] : points) {
      curves[i].false_positive_share.push_back(negatives);
      curves[i].true_positive_share.push_back(positives);
    }
  }
  return curves;
}

std::vector<ReliabilityBin> reliability(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  std::vector<ReliabilityBin> bins(kCalibrationBins);
  for (auto const& answer : answers_of(predictions, calibration)) {
    double const confidence = answer.prob[answer.top];
    auto& bin = bins[calibration_bin(confidence)];
    ++bin.photos;
    bin.confidence += confidence;
    bin.accuracy += answer.top == answer.truth ? 1 : 0;
  }
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i].low = double(i) / double(bins.size());
    bins[i].high = double(i + 1) / double(bins.size());
    bins[i].confidence /= double(bins[i].photos);
    bins[i].accuracy /= double(bins[i].photos);
  }
  return bins;
}

RiskCoverage risk_coverage(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  auto answers = answers_of(predictions, calibration);
  auto const confidence = [](Answer const& answer) { return answer.prob[answer.top]; };
  std::ranges::stable_sort(answers, std::ranges::greater{}, confidence);
  RiskCoverage curve;
  double errors = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    errors += answers[i].top == answers[i].truth ? 0 : 1;
    if (i + 1 < answers.size() && confidence(answers[i]) == confidence(answers[i + 1])) continue;
    curve.answered_share.push_back(double(i + 1) / double(answers.size()));
    curve.error_share.push_back(errors / double(i + 1));
  }
  return curve;
}

}  // namespace nevus::evaluation
