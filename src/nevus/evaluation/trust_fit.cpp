// SPDX-License-Identifier: MIT
#include "nevus/evaluation/trust_fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>

#include "nevus/evaluation/bootstrap.h"
#include "nevus/evaluation/scores.h"
#include "nevus/risk/risk.h"

namespace nevus::evaluation {
namespace {

constexpr int kFolds = 5;
constexpr std::size_t kFewestForAClass = 30;
constexpr double kPullToTemperature = .02;  ///< per squared difference in a scale or bias
constexpr int kVectorSteps = 400;
constexpr double kVectorRate = .3;
constexpr double kWantedShare = .95;

double mean_loss(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  double sum = 0;
  for (auto const& prediction : predictions) sum -= log_prob_of_truth(prediction, calibration);
  return predictions.empty() ? 0 : sum / double(predictions.size());
}

/// Whole lesions in turn; a photo without a lesion is one of its own.
std::vector<int> fold_of_each(std::vector<Prediction> const& predictions) {
  std::unordered_map<std::string, int> fold_of_lesion;
  std::vector<int> folds;
  for (auto const& prediction : predictions) {
    auto const& lesion = prediction.lesion_id.empty() ? prediction.image_id : prediction.lesion_id;
    folds.push_back(fold_of_lesion.emplace(lesion, int(fold_of_lesion.size()) % kFolds).first->second);
  }
  return folds;
}

/// visit(fitted, held_out, where the held-out ones stand) for each fold.
template <typename Visit>
void for_each_fold(std::vector<Prediction> const& predictions, Visit const& visit) {
  auto const folds = fold_of_each(predictions);
  for (int fold = 0; fold < kFolds; ++fold) {
    std::vector<Prediction> fitted;
    std::vector<Prediction> held_out;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      (folds[i] == fold ? held_out : fitted).push_back(predictions[i]);
      if (folds[i] == fold) places.push_back(i);
    }
    visit(fitted, held_out, places);
  }
}

double held_out_loss(std::vector<Prediction> const& predictions,
                     std::function<Calibration(std::vector<Prediction> const&)> const& fit) {
  double sum = 0;
  for_each_fold(predictions, [&](auto const& fitted, auto const& held_out, auto const&) {
    sum += mean_loss(held_out, fit(fitted)) * double(held_out.size());
  });
  return sum / double(predictions.size());
}

double prob_of_truth(Prediction const& prediction, Calibration const& calibration) {
  return risk::calibrate(prediction.logits, calibration)[static_cast<std::size_t>(prediction.truth)];
}

/// The limit that leaves at most `1 - level` of the cases out; 0, so that the class is always in, where there are too
/// few photos to leave any out.
double limit_for(std::vector<double> probs, double level) {
  auto const left_out = std::size_t(std::floor((double(probs.size()) + 1) * (1 - level)));
  if (left_out == 0) return 0;
  std::ranges::sort(probs);
  return probs[left_out - 1];
}

struct MalignantScores {
  std::vector<double> malignant;
  std::vector<double> benign;
};

MalignantScores sorted_scores(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  MalignantScores scores;
  for (auto const& prediction : predictions) {
    auto& kind = info(prediction.truth).malignant ? scores.malignant : scores.benign;
    kind.push_back(risk::malignant_prob(risk::calibrate(prediction.logits, calibration)));
  }
  std::ranges::sort(scores.malignant);
  std::ranges::sort(scores.benign);
  return scores;
}

double share_from(std::vector<double> const& sorted, double threshold) {
  return double(sorted.end() - std::ranges::lower_bound(sorted, threshold)) / double(sorted.size());
}

}  // namespace

Calibration fit_vector(std::vector<Prediction> const& predictions) {
  Calibration const start(fit_temperature(predictions));
  Calibration vector = start;
  double const n = double(std::max<std::size_t>(1, predictions.size()));
  for (int step = 0; step < kVectorSteps; ++step) {
    PerClass<double> scale_slope{};
    PerClass<double> bias_slope{};
    for (auto const& prediction : predictions) {
      auto const prob = risk::calibrate(prediction.logits, vector);
      for (std::size_t c = 0; c < kLesionClassCount; ++c) {
        double const error = (prob[c] - (std::size_t(prediction.truth) == c ? 1 : 0)) / n;
        scale_slope[c] += error * double(prediction.logits[c]);
        bias_slope[c] += error;
      }
    }
    for (std::size_t c = 0; c < kLesionClassCount; ++c) {
      scale_slope[c] += 2 * kPullToTemperature * (vector.scale[c] - start.scale[c]);
      bias_slope[c] += 2 * kPullToTemperature * vector.bias[c];
      vector.scale[c] -= kVectorRate * scale_slope[c];
      vector.bias[c] -= kVectorRate * bias_slope[c];
      vector.scale[c] = std::max(vector.scale[c], .01);
    }
  }
  return vector;
}

CalibrationChoice choose_calibration(std::vector<Prediction> const& predictions) {
  CalibrationChoice choice;
  choice.raw_log_loss = mean_loss(predictions, {});
  choice.temperature_log_loss =
      held_out_loss(predictions, [](auto const& fitted) { return Calibration(fit_temperature(fitted)); });
  choice.vector_log_loss = held_out_loss(predictions, [](auto const& fitted) { return fit_vector(fitted); });
  choice.chosen = choice.vector_log_loss < choice.temperature_log_loss ? fit_vector(predictions)
                                                                       : Calibration(fit_temperature(predictions));
  return choice;
}

SetLimits fit_set_limits(std::vector<Prediction> const& predictions, Calibration const& calibration, double level) {
  PerClass<std::vector<double>> probs;
  for (auto const& prediction : predictions)
    probs[static_cast<std::size_t>(prediction.truth)].push_back(prob_of_truth(prediction, calibration));
  SetLimits limits{level, {}, {}};
  std::vector<double> pool;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (probs[c].size() >= kFewestForAClass) {
      limits.min_prob[c] = limit_for(probs[c], level);
      continue;
    }
    limits.pooled.push_back(static_cast<LesionClass>(c));
    pool.insert(pool.end(), probs[c].begin(), probs[c].end());
  }
  for (auto const lesion_class : limits.pooled)
    limits.min_prob[static_cast<std::size_t>(lesion_class)] = limit_for(pool, level);
  return limits;
}

Metric held_out_coverage(std::vector<Prediction> const& predictions, Calibration const& calibration, double level,
                         int resamples) {
  bool const vector = calibration.temperature() == 0;
  std::vector<double> covered(predictions.size());
  for_each_fold(predictions, [&](auto const& fitted, auto const& held_out, auto const& places) {
    auto const fit = vector ? fit_vector(fitted) : Calibration(fit_temperature(fitted));
    RiskLimits const limits{.sets = {fit_set_limits(fitted, fit, level)}, .thresholds = {}};
    for (std::size_t i = 0; i < held_out.size(); ++i) {
      auto const answer = risk::assess(risk::calibrate(held_out[i].logits, fit), limits);
      covered[places[i]] = answer.prediction_sets.front().holds(held_out[i].truth) ? 1 : 0;
    }
  });
  return mean_over_photos(predictions, covered, resamples);
}

std::array<double, kOperatingPointCount> fit_operating_points(std::vector<Prediction> const& predictions,
                                                              Calibration const& calibration) {
  auto const scores = sorted_scores(predictions, calibration);
  std::array<double, kOperatingPointCount> points{};
  auto const missed = std::size_t(std::floor((1 - kWantedShare) * double(scores.malignant.size())));
  points[static_cast<std::size_t>(OperatingPoint::kRuleOut)] = scores.malignant[missed];
  double best = -1;
  double rule_in = 1;
  for (auto const* kind : {&scores.malignant, &scores.benign}) {
    for (double const threshold : *kind) {
      double const sensitivity = share_from(scores.malignant, threshold);
      double const specificity = 1 - share_from(scores.benign, threshold);
      if (sensitivity + specificity > best) {
        best = sensitivity + specificity;
        points[static_cast<std::size_t>(OperatingPoint::kBalanced)] = threshold;
      }
      if (specificity >= kWantedShare) rule_in = std::min(rule_in, threshold);
    }
  }
  points[static_cast<std::size_t>(OperatingPoint::kRuleIn)] = rule_in;
  return points;
}

}  // namespace nevus::evaluation
