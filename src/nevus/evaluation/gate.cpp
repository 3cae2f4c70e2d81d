// SPDX-License-Identifier: MIT
#include "nevus/evaluation/gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "nevus/evaluation/bootstrap.h"
#include "nevus/evaluation/scores.h"

namespace nevus::evaluation {
namespace {

constexpr double kTimesMajorityBalancedAccuracy = 1.5;
/// Fresh EfficientNet-Lite0, MobileNetV3 and ResNet-18 reach .015 at most. A fresh head on ImageNet weights has more,
/// and is found by its AUC.
constexpr double kLeastLogitDeviation = .05;
constexpr double kLeastMacroAuc = .60;  // a constant answer has .50
/// Two runtimes of one network differ by about 1e-6 in a logit: a smaller difference in log loss is none.
constexpr double kSameLogLoss = 1e-4;

std::string decimals(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::optional<std::string> below(std::map<std::string, Metric> const& metrics, std::string const& figure,
                                 std::string const& words, double limit, std::string const& why) {
  auto const found = metrics.find(figure);
  if (found == metrics.end()) return "its " + words + " cannot be measured on these photos";
  if (found->second.low > limit) return std::nullopt;
  return "its " + words + " of " + decimals(found->second.value, 3) + " (95 % interval from " +
         decimals(found->second.low, 3) + ") is not clearly above " + decimals(limit, 3) + ", " + why;
}

std::vector<Answer> answers_of(Judged const& judged) {
  return make_answers(judged.predictions, judged.calibration, judged.class_prior);
}

}  // namespace

std::optional<std::string> untrained_refusal(std::vector<Prediction> const& predictions) {
  if (predictions.size() < 2) return std::nullopt;
  double largest = 0;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    double mean = 0;
    double square = 0;
    for (auto const& prediction : predictions) mean += double(prediction.logits[c]) / double(predictions.size());
    for (auto const& prediction : predictions)
      square += std::pow(double(prediction.logits[c]) - mean, 2) / double(predictions.size());
    if (!std::isfinite(square)) return "its logits are no numbers";
    largest = std::max(largest, std::sqrt(square));
  }
  if (largest >= kLeastLogitDeviation) return std::nullopt;
  return "it says nearly the same of every photo, as an untrained network does: over " +
         std::to_string(predictions.size()) + " photos no logit has a standard deviation above " +
         decimals(largest, 4) + ", where a trained network reaches at least " + decimals(kLeastLogitDeviation, 2);
}

std::optional<std::string> majority_refusal(std::map<std::string, Metric> const& metrics, Figures const& majority) {
  auto refusal = below(metrics, "accuracy", "accuracy", majority.accuracy,
                       "the share of nevi, which the constant answer \"nevus\" reaches");
  if (!refusal) {
    refusal = below(metrics, "balanced_accuracy", "balanced accuracy",
                    kTimesMajorityBalancedAccuracy * majority.balanced_accuracy,
                    "one and a half times that of the constant answer \"nevus\"");
  }
  if (!refusal) {
    refusal = below(metrics, "macro_auc", "macro AUC", kLeastMacroAuc, "where a constant answer has 0.500");
  }
  return refusal;
}

PairedDifference compare(Judged const& candidate, Judged const& incumbent, int resamples) {
  if (candidate.predictions.size() != incumbent.predictions.size())
    throw std::logic_error("compare: different numbers of photos");
  for (std::size_t i = 0; i < candidate.predictions.size(); ++i) {
    if (candidate.predictions[i].image_id != incumbent.predictions[i].image_id)
      throw std::logic_error("compare: different photos");
  }
  Scores const new_scores(answers_of(candidate));
  Scores const old_scores(answers_of(incumbent));
  std::vector<double> log_losses;
  std::vector<double> balanced;
  auto const add = [&](std::vector<std::uint32_t> const& times) {
    auto const ours = new_scores.figures(times);
    auto const theirs = old_scores.figures(times);
    log_losses.push_back(ours.log_loss - theirs.log_loss);
    balanced.push_back(ours.balanced_accuracy - theirs.balanced_accuracy);
  };
  add(std::vector<std::uint32_t>(candidate.predictions.size(), 1));
  double const log_loss = log_losses.front();
  double const balanced_accuracy = balanced.front();
  log_losses.clear();
  balanced.clear();
  LesionBootstrap bootstrap(candidate.predictions, 1);
  for (int i = 0; i < resamples; ++i) add(bootstrap.draw());
  return {with_interval(log_loss, std::move(log_losses)), with_interval(balanced_accuracy, std::move(balanced))};
}

std::optional<std::string> incumbent_refusal(PairedDifference const& difference) {
  // The interval is shown beside; the figures themselves decide, so that the better network of two good ones gets in.
  if (difference.log_loss.value > kSameLogLoss) {
    return "its log loss on val is " + decimals(difference.log_loss.value, 4) +
           " higher than that of the bundle in place";
  }
  if (difference.balanced_accuracy.value < 0) {
    return "its balanced accuracy on val is " + decimals(-difference.balanced_accuracy.value, 4) +
           " lower than that of the bundle in place";
  }
  if (difference.log_loss.value >= -kSameLogLoss && difference.balanced_accuracy.value == 0)
    return "on val it is no better than the bundle in place";
  return std::nullopt;
}

}  // namespace nevus::evaluation
