// SPDX-License-Identifier: MIT
#include "nevus/evaluation/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "nevus/evaluation/bootstrap.h"
#include "nevus/evaluation/scores.h"

namespace nevus::evaluation {
namespace {

constexpr double kLowestTemperature = .05;
constexpr double kHighestTemperature = 20;
/// Of the logarithm of the temperature.
constexpr double kTemperatureTolerance = 1e-7;
struct NamedFigure {
  std::string_view name;
  double Figures::*member;
};

constexpr std::array<NamedFigure, 14> kNamedFigures{{
    {"accuracy", &Figures::accuracy},
    {"balanced_accuracy", &Figures::balanced_accuracy},
    {"plain_balanced_accuracy", &Figures::plain_balanced_accuracy},
    {"macro_auc", &Figures::macro_auc},
    {"malignant_auc", &Figures::malignant_auc},
    {"mel_sensitivity_at_90_specificity", &Figures::mel_sensitivity_at_90_specificity},
    {"mel_sensitivity_at_95_specificity", &Figures::mel_sensitivity_at_95_specificity},
    {"mel_specificity_at_90_sensitivity", &Figures::mel_specificity_at_90_sensitivity},
    {"mel_specificity_at_95_sensitivity", &Figures::mel_specificity_at_95_sensitivity},
    {"log_loss", &Figures::log_loss},
    {"ece", &Figures::ece},
    {"brier", &Figures::brier},
    {"macro_f1", &Figures::macro_f1},
    {"weighted_f1", &Figures::weighted_f1},
}};

struct NamedClassFigure {
  std::string_view name;
  PerClass<double> Figures::*member;
};

constexpr std::array<NamedClassFigure, 4> kNamedClassFigures{{
    {"recall", &Figures::recall},
    {"precision", &Figures::precision},
    {"f1", &Figures::f1},
    {"auc", &Figures::auc},
}};

std::vector<std::string> figure_names() {
  std::vector<std::string> names;
  for (auto const& figure : kNamedFigures) names.emplace_back(figure.name);
  for (auto const& figure : kNamedClassFigures) {
    for (auto const& lesion_class : kLesionClasses)
      names.push_back(std::string(figure.name) + "." + std::string(lesion_class.id));
  }
  return names;
}

/// In the order of figure_names().
std::vector<double> figure_values(Figures const& figures) {
  std::vector<double> values;
  for (auto const& figure : kNamedFigures) values.push_back(figures.*figure.member);
  for (auto const& figure : kNamedClassFigures) {
    auto const& of_classes = figures.*figure.member;
    values.insert(values.end(), of_classes.begin(), of_classes.end());
  }
  return values;
}

std::vector<std::uint32_t> each_once(std::size_t photos) { return std::vector<std::uint32_t>(photos, 1); }

double mean_log_loss(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  double sum = 0;
  for (auto const& prediction : predictions) sum -= log_prob_of_truth(prediction, calibration);
  return sum / double(predictions.size());
}

}  // namespace

Prediction prediction_of(Sample const& sample, PerClass<float> const& logits) {
  PhotoAttributes about{sample.sex, sample.age_years, sample.localization, sample.dx_type,
                        sample.path.parent_path().filename().string()};
  return {sample.image_id, sample.lesion_id, sample.label, logits, std::move(about)};
}

Figures measure(std::vector<Prediction> const& predictions, Calibration const& calibration,
                PerClass<double> const& class_prior) {
  return make_scores(predictions, calibration, class_prior).figures(each_once(predictions.size()));
}

std::map<std::string, double> by_name(Figures const& figures) {
  std::map<std::string, double> named;
  auto const names = figure_names();
  auto const values = figure_values(figures);
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (!std::isnan(values[k])) named[names[k]] = values[k];
  }
  return named;
}

std::map<std::string, Metric> measure_with_intervals(std::vector<Prediction> const& predictions,
                                                     Calibration const& calibration,
                                                     PerClass<double> const& class_prior, int resamples,
                                                     std::uint64_t seed) {
  auto const scores = make_scores(predictions, calibration, class_prior);
  LesionBootstrap bootstrap(predictions, seed);
  auto const names = figure_names();
  auto const values = figure_values(scores.figures(each_once(predictions.size())));

  std::vector<std::vector<double>> resampled(names.size());
  for (int i = 0; i < resamples; ++i) {
    auto const drawn = figure_values(scores.figures(bootstrap.draw()));
    for (std::size_t k = 0; k < names.size(); ++k) resampled[k].push_back(drawn[k]);
  }
  std::map<std::string, Metric> metrics;
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (!std::isnan(values[k])) metrics[names[k]] = with_interval(values[k], std::move(resampled[k]));
  }
  return metrics;
}

Figures majority_baseline(std::vector<Prediction> const& predictions) {
  PerClass<double> frequency{};
  for (auto const& prediction : predictions) {
    frequency[static_cast<std::size_t>(prediction.truth)] += 1 / double(predictions.size());
  }
  std::vector<Answer> answers;
  for (auto const& prediction : predictions) {
    Answer answer;
    answer.truth = static_cast<std::size_t>(prediction.truth);
    answer.prob = frequency;
    answer.log_prob_of_truth = std::log(frequency[answer.truth]);
    answer.top = answer.balanced_top = static_cast<std::size_t>(LesionClass::kNv);
    answers.push_back(answer);
  }
  return Scores(std::move(answers)).figures(each_once(predictions.size()));
}

double fit_temperature(std::vector<Prediction> const& predictions) {
  if (predictions.empty()) return 1;
  double const golden = (std::sqrt(5.0) - 1) / 2;
  auto const loss = [&](double log_temperature) { return mean_log_loss(predictions, std::exp(log_temperature)); };
  double low = std::log(kLowestTemperature);
  double high = std::log(kHighestTemperature);
  double left = high - golden * (high - low);
  double right = low + golden * (high - low);
  double left_loss = loss(left);
  double right_loss = loss(right);
  while (high - low > kTemperatureTolerance) {
    if (left_loss <= right_loss) {
      high = std::exchange(right, left);
      right_loss = left_loss;
      left = high - golden * (high - low);
      left_loss = loss(left);
    } else {
      low = std::exchange(left, right);
      left_loss = right_loss;
      right = low + golden * (high - low);
      right_loss = loss(right);
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace nevus::evaluation
