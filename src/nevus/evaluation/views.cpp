// SPDX-License-Identifier: MIT
#include "nevus/evaluation/views.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <set>
#include <stdexcept>

#include "nevus/evaluation/bootstrap.h"
#include "nevus/evaluation/markdown.h"
#include "nevus/evaluation/scores.h"

namespace nevus::evaluation {
namespace {

/// A network reads a view as well as another where no class differs by more.
constexpr double kMaxPoints = 3;
constexpr std::string_view kDifference = "recall_difference.";

/// NaN for a class without a photo.
PerClass<double> differences(std::vector<Answer> const& further, std::vector<Answer> const& base,
                             std::vector<std::uint32_t> const& times) {
  PerClass<double> gained{};
  PerClass<double> photos{};
  for (std::size_t i = 0; i < further.size(); ++i) {
    auto const truth = further[i].truth;
    photos[truth] += times[i];
    gained[truth] += times[i] * (double(further[i].top == truth) - double(base[i].top == truth));
  }
  for (std::size_t c = 0; c < kLesionClassCount; ++c) gained[c] /= photos[c];
  return gained;
}

std::string points(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%+.1f", 100 * share);
  return text.data();
}

/// "test@VIEW-as-BASE", of "test@VIEW"; empty where it is not there.
std::string same_photos(std::map<std::string, Metric> const& metrics, std::string const& part) {
  auto const found = metrics.lower_bound(part + "-as-");
  if (found == metrics.end() || !found->first.starts_with(part + "-as-")) return "";
  return found->first.substr(0, found->first.find('.'));
}

std::string view_of(std::string const& part) { return part.substr(part.find('@') + 1); }

std::string table(std::map<std::string, Metric> const& metrics, std::string const& part) {
  auto const base = same_photos(metrics, part);
  auto const base_view = view_of(base).substr(view_of(part).size() + std::string_view("-as-").size());
  std::string text = "| class | in " + view_of(part) + " | as " + base_view +
                     " shows the same photos | difference in points |\n|---|---|---|---|\n";
  std::string apart;
  for (auto const& lesion_class : kLesionClasses) {
    std::string const id(lesion_class.id);
    auto const found = metrics.find(part + "." + std::string(kDifference) + id);
    if (found == metrics.end()) continue;
    auto const& [value, low, high] = found->second;
    text += "| " + id + " | " + figure_cell(metrics, part + ".recall." + id) + " | " +
            figure_cell(metrics, base + ".recall." + id) + " | " + points(value) + " (" + points(low) + " to " +
            points(high) + ") |\n";
    if (std::abs(100 * value) > kMaxPoints) apart += (apart.empty() ? "" : ", ") + id + " " + points(value);
  }
  return text + "\n" +
         (apart.empty() ? "No class differs by more than 3 points." : "More than 3 points apart: " + apart + ".") +
         "\n\n";
}

}  // namespace

std::map<std::string, Metric> recall_differences(std::vector<Prediction> const& further,
                                                 std::vector<Prediction> const& base, Calibration const& calibration,
                                                 int resamples) {
  if (further.size() != base.size()) throw std::logic_error("recall_differences: different numbers of photos");
  for (std::size_t i = 0; i < further.size(); ++i) {
    if (further[i].image_id != base[i].image_id) throw std::logic_error("recall_differences: different photos");
  }
  PerClass<double> even{};
  even.fill(1.0 / kLesionClassCount);  // recall is of argmax p, whatever the prior
  auto const further_answers = make_answers(further, calibration, even);
  auto const base_answers = make_answers(base, calibration, even);
  auto const value = differences(further_answers, base_answers, std::vector<std::uint32_t>(further.size(), 1));
  PerClass<std::vector<double>> resampled;
  LesionBootstrap bootstrap(further, 1);
  for (int i = 0; i < resamples; ++i) {
    auto const drawn = differences(further_answers, base_answers, bootstrap.draw());
    for (std::size_t c = 0; c < kLesionClassCount; ++c) resampled[c].push_back(drawn[c]);
  }
  std::map<std::string, Metric> metrics;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (std::isnan(value[c])) continue;
    metrics[std::string(kDifference) + std::string(kLesionClasses[c].id)] =
        with_interval(value[c], std::move(resampled[c]));
  }
  return metrics;
}

std::string view_recall_tables(std::map<std::string, Metric> const& metrics) {
  std::set<std::string> parts;
  for (auto const& [name, metric] : metrics) {
    if (name.starts_with("test@") && name.find("." + std::string(kDifference)) != std::string::npos)
      parts.insert(name.substr(0, name.find('.')));
  }
  if (parts.empty()) return "";
  std::string text =
      "## Classes in other views\n\nRecall of each class on the test photos that a view has, in that view and in the "
      "one "
      "that all photos have: a\nnetwork that took sharpness for a finding would differ. In brackets the 95 % "
      "interval.\n\n";
  for (auto const& part : parts) text += table(metrics, part);
  return text;
}

}  // namespace nevus::evaluation
