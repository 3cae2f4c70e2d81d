// SPDX-License-Identifier: MIT
#include "nevus/evaluation/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "nevus/evaluation/scores.h"

namespace nevus::evaluation {
namespace {

constexpr double kLowestTemperature = .05;
constexpr double kHighestTemperature = 20;
/// Of the logarithm of the temperature.
constexpr double kTemperatureTolerance = 1e-7;
/// A two-sided interval of 95 %.
constexpr double kTail = .025;

struct NamedFigure {
  std::string_view name;
  double Figures::*member;
};

constexpr std::array<NamedFigure, 11> kNamedFigures{{
    {"accuracy", &Figures::accuracy},
    {"balanced_accuracy", &Figures::balanced_accuracy},
    {"plain_balanced_accuracy", &Figures::plain_balanced_accuracy},
    {"macro_auc", &Figures::macro_auc},
    {"malignant_auc", &Figures::malignant_auc},
    {"mel_sensitivity_at_90_specificity", &Figures::mel_sensitivity_at_90_specificity},
    {"log_loss", &Figures::log_loss},
    {"ece", &Figures::ece},
    {"brier", &Figures::brier},
    {"macro_f1", &Figures::macro_f1},
    {"weighted_f1", &Figures::weighted_f1},
}};

std::vector<std::string> figure_names() {
  std::vector<std::string> names;
  for (auto const& figure : kNamedFigures) names.emplace_back(figure.name);
  for (auto const& lesion_class : kLesionClasses) names.push_back("recall." + std::string(lesion_class.id));
  for (auto const& lesion_class : kLesionClasses) names.push_back("precision." + std::string(lesion_class.id));
  return names;
}

/// In the order of figure_names().
std::vector<double> figure_values(Figures const& figures) {
  std::vector<double> values;
  for (auto const& figure : kNamedFigures) values.push_back(figures.*figure.member);
  values.insert(values.end(), figures.recall.begin(), figures.recall.end());
  values.insert(values.end(), figures.precision.begin(), figures.precision.end());
  return values;
}

Scores make_scores(std::vector<Prediction> const& predictions, double temperature,
                   PerClass<double> const& class_prior) {
  std::vector<Answer> answers;
  for (auto const& prediction : predictions) answers.push_back(make_answer(prediction, temperature, class_prior));
  return Scores(std::move(answers));
}

std::vector<std::uint32_t> each_once(std::size_t photos) { return std::vector<std::uint32_t>(photos, 1); }

/// For every photo the number of its lesion, counted from 0. A photo without a lesion id is a lesion of its own.
std::vector<std::size_t> number_lesions(std::vector<Prediction> const& predictions) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  std::size_t next = 0;
  std::vector<std::size_t> lesions;
  for (auto const& prediction : predictions) {
    bool const known = !prediction.lesion_id.empty() && numbers.contains(prediction.lesion_id);
    lesions.push_back(known ? numbers.at(prediction.lesion_id) : next);
    if (known) continue;
    if (!prediction.lesion_id.empty()) numbers.emplace(prediction.lesion_id, next);
    ++next;
  }
  return lesions;
}

/// As many lesions as there are, drawn with replacement: how often each photo stands in the resample.
std::vector<std::uint32_t> resample(std::vector<std::size_t> const& lesion_of_photo, std::size_t lesions,
                                    std::mt19937_64& random) {
  std::vector<std::uint32_t> lesion_times(lesions);
  // Not std::uniform_int_distribution, whose numbers differ between standard libraries.
  for (std::size_t i = 0; i < lesions; ++i) ++lesion_times[((random() >> 32U) * lesions) >> 32U];
  std::vector<std::uint32_t> times;
  times.reserve(lesion_of_photo.size());
  for (auto const lesion : lesion_of_photo) times.push_back(lesion_times[lesion]);
  return times;
}

/// Linear between the two nearest of the sorted values (Hyndman and Fan's type 7, NumPy's default).
double quantile(std::vector<double> const& sorted, double probability) {
  double const place = probability * double(sorted.size() - 1);
  auto const below = std::size_t(place);
  auto const above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - double(below));
}

Metric to_metric(double value, std::vector<double> resampled) {
  std::erase_if(resampled, [](double figure) { return std::isnan(figure); });
  if (resampled.empty()) return {value, value, value};
  std::ranges::sort(resampled);
  return {value, quantile(resampled, kTail), quantile(resampled, 1 - kTail)};
}

double mean_log_loss(std::vector<Prediction> const& predictions, double temperature) {
  double sum = 0;
  for (auto const& prediction : predictions) sum -= log_prob_of_truth(prediction, temperature);
  return sum / double(predictions.size());
}

}  // namespace

Figures measure(std::vector<Prediction> const& predictions, double temperature, PerClass<double> const& class_prior) {
  return make_scores(predictions, temperature, class_prior).figures(each_once(predictions.size()));
}

std::map<std::string, Metric> measure_with_intervals(std::vector<Prediction> const& predictions, double temperature,
                                                     PerClass<double> const& class_prior, int resamples,
                                                     std::uint64_t seed) {
  auto const scores = make_scores(predictions, temperature, class_prior);
  auto const lesion_of_photo = number_lesions(predictions);
  auto const lesions = predictions.empty() ? 0 : *std::ranges::max_element(lesion_of_photo) + 1;
  auto const names = figure_names();
  auto const values = figure_values(scores.figures(each_once(predictions.size())));

  std::vector<std::vector<double>> resampled(names.size());
  std::mt19937_64 random(seed);
  for (int i = 0; i < resamples; ++i) {
    auto const drawn = figure_values(scores.figures(resample(lesion_of_photo, lesions, random)));
    for (std::size_t k = 0; k < names.size(); ++k) resampled[k].push_back(drawn[k]);
  }
  std::map<std::string, Metric> metrics;
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (!std::isnan(values[k])) metrics[names[k]] = to_metric(values[k], std::move(resampled[k]));
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
