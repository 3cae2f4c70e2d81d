// SPDX-License-Identifier: MIT
#include "nevus/evaluation/report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "nevus/base/file.h"
#include "nevus/evaluation/bootstrap.h"
#include "nevus/evaluation/charts.h"
#include "nevus/evaluation/markdown.h"
#include "nevus/evaluation/subgroups.h"
#include "nevus/evaluation/trust_measures.h"
#include "nevus/evaluation/trust_tables.h"

namespace nevus::evaluation {
namespace {

using Json = nlohmann::ordered_json;

std::string or_dash(std::map<std::string, double> const& figures, std::string const& name) {
  auto const found = figures.find(name);
  return found == figures.end() ? "-" : three_digits(found->second);
}

std::string counts_text(EvaluationReport const& report) {
  return std::to_string(report.judged.predictions.size()) + " photos of " + std::to_string(report.lesions) + " lesions";
}

std::string figures_table(EvaluationReport const& report) {
  auto const majority = by_name(report.majority);
  std::string text = "| figure | this network (95 % interval) | always \"nevus\" |\n|---|---|---|\n";
  for (auto const& [name, title] : kFigureTitles) {
    auto const key = std::string(name);
    text +=
        "| " + std::string(title) + " | " + figure_cell(report.metrics, key) + " | " + or_dash(majority, key) + " |\n";
  }
  return text;
}

std::string classes_table(EvaluationReport const& report) {
  std::string text = "| class | photos | recall | precision | F1 | ROC AUC |\n|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    std::string const id(kLesionClasses[i].id);
    text += "| " + std::string(kLesionClasses[i].display) + " (" + id + ") | " +
            std::to_string(report.figures.support[i]) + " |";
    for (auto const* figure : {"recall.", "precision.", "f1.", "auc."})
      text += " " + figure_cell(report.metrics, figure + id) + " |";
    text += '\n';
  }
  return text;
}

std::string confusion_table(Figures const& figures) {
  std::string text = "| truth \\ answer |";
  std::string rule = "|---|";
  for (auto const& lesion_class : kLesionClasses) {
    text += " " + std::string(lesion_class.id) + " |";
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (std::size_t row = 0; row < kLesionClassCount; ++row) {
    text += "| " + std::string(kLesionClasses[row].id) + " |";
    for (auto const count : figures.confusion[row]) text += " " + std::to_string(count) + " |";
    text += '\n';
  }
  return text;
}

template <typename T>
Json per_class_json(PerClass<T> const& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kLesionClassCount; ++i) json[std::string(kLesionClasses[i].id)] = values[i];
  return json;
}

Json metric_json(Metric const& metric) { return {{"value", metric.value}, {"low", metric.low}, {"high", metric.high}}; }

Json subgroups_json(std::vector<Subgroup> const& subgroups) {
  Json json = Json::object();
  for (auto const& subgroup : subgroups) {
    Json group = Json::object();
    group["photos"] = subgroup.photos;
    for (auto const& [name, metric] : subgroup.metrics) group[name] = metric_json(metric);
    json[subgroup.attribute][subgroup.group] = std::move(group);
  }
  return json;
}

Json confusion_json(PerClass<PerClass<std::size_t>> const& confusion) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kLesionClassCount; ++i)
    json[std::string(kLesionClasses[i].id)] = per_class_json(confusion[i]);
  return json;
}

Result<void> write_chart(Result<Chart> const& chart, std::filesystem::path const& folder, std::string const& name) {
  if (!chart) return tl::unexpected<Error>(chart.error());
  NEVUS_CHECK(write_file_atomically(folder / (name + ".png"), chart->png));
  return write_file_atomically(folder / (name + ".svg"), chart->svg);
}

Result<void> write_charts(EvaluationReport const& report, std::filesystem::path const& folder) {
  auto const& [predictions, calibration, prior] = report.judged;
  NEVUS_CHECK(write_chart(draw_confusion(report.figures.confusion), folder, "confusion"));
  NEVUS_CHECK(write_chart(draw_roc(predictions, calibration), folder, "roc"));
  NEVUS_CHECK(write_chart(draw_reliability(predictions, calibration), folder, "reliability"));
  NEVUS_CHECK(write_chart(draw_risk_coverage(predictions, calibration), folder, "risk-coverage"));
  return write_chart(draw_recall(report.metrics, report.figures.support), folder, "recall");
}

}  // namespace

EvaluationReport make_report(EvaluationFacts facts, Judged judged) {
  EvaluationReport report;
  report.facts = std::move(facts);
  report.lesions = LesionBootstrap(judged.predictions, 1).lesions();
  report.figures = measure(judged.predictions, judged.calibration, judged.class_prior);
  report.metrics = measure_with_intervals(judged.predictions, judged.calibration, judged.class_prior);
  report.majority = majority_baseline(judged.predictions);
  report.subgroups = measure_subgroups(judged.predictions, judged.calibration, judged.class_prior);
  report.judged = std::move(judged);
  return report;
}

void add_trust(EvaluationReport& report, ModelCard const& card, ServedExtras const& extras) {
  constexpr int kResamples = 1000;
  auto const& predictions = report.judged.predictions;
  report.limits = card.limits;
  if (card.limits.thresholds) report.metrics.merge(measure_trust(predictions, card, kResamples));
  if (card.features && !extras.feature_distances.empty())
    report.metrics.merge(measure_likeness(predictions, extras.feature_distances, *card.features, kResamples));
  for (auto const& [name, values] : extras.stability)
    report.metrics["stability." + name] = mean_over_photos(predictions, values, kResamples);
}

std::string report_markdown(EvaluationReport const& report) {
  auto const& facts = report.facts;
  std::string text = "# " + facts.network + " on " + facts.photos + "\n\n" + counts_text(report) + ".";
  if (!facts.network_sha256.empty()) text += " Network SHA-256 `" + facts.network_sha256 + "`.";
  text += " For research and teaching; no medical device, no diagnosis.\n\n";
  for (auto const& note : facts.notes) text += "- " + note + "\n";
  if (!facts.notes.empty()) text += '\n';
  text += "## Figures\n\n" + figures_table(report) + "\n## Classes\n\n" + classes_table(report) +
          "\n![Recall of each class with its interval](recall.png)\n\n## Confusion\n\nRows are the truth, columns the "
          "first answer (argmax p).\n\n" +
          confusion_table(report.figures) +
          "\n![Confusion matrix](confusion.png)\n\n## Curves\n\n![ROC curves, one class against the rest](roc.png)\n\n"
          "![Accuracy against confidence](reliability.png)\n\n"
          "![Errors where only the surest photos are answered](risk-coverage.png)\n\n";
  if (!report.subgroups.empty()) {
    text += "## Subgroups\n\n\"Too few\": fewer than " + std::to_string(kFewestPhotos) + " photos for the accuracy, " +
            std::to_string(kFewestOfAClass) + " of a class that occurs for the balanced accuracy, " +
            std::to_string(kFewestOfAKind) + " melanomas, or " + std::to_string(kFewestOfAKind) +
            " malignant or benign photos.\n\n" + subgroup_tables(report.subgroups, "###") + "\n";
  }
  text += trust_report(report.metrics, report.limits);
  text +=
      "## How it was measured\n\n"
      "p is " +
      calibration_text(report.judged.calibration) +
      ". Intervals are the 2.5 and 97.5 % quantiles of 1,000 bootstrap resamples of whole lesions; a photo without "
      "a lesion id counts as a lesion of its own. Means over classes are taken over the classes that occur. Always "
      "\"nevus\" answers nevus for every photo, with the class frequencies of these photos as its probabilities. "
      "`predictions.csv` holds every answer, `metrics.json` the figures in full.\n";
  return text;
}

std::string report_json(EvaluationReport const& report) {
  Json json{{"schema_version", 1},
            {"network", {{"name", report.facts.network}, {"sha256", report.facts.network_sha256}}},
            {"photos", report.facts.photos},
            {"notes", report.facts.notes},
            {"photo_count", report.judged.predictions.size()},
            {"lesion_count", report.lesions},
            {"calibration",
             {{"scale", per_class_json(report.judged.calibration.scale)},
              {"bias", per_class_json(report.judged.calibration.bias)}}},
            {"class_prior", per_class_json(report.judged.class_prior)},
            {"support", per_class_json(report.figures.support)}};
  for (auto const& [name, metric] : report.metrics) json["metrics"][name] = metric_json(metric);
  json["always_nevus"] = by_name(report.majority);
  json["confusion"] = confusion_json(report.figures.confusion);
  json["subgroups"] = subgroups_json(report.subgroups);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string report_summary(EvaluationReport const& report) {
  auto const majority = by_name(report.majority);
  std::string text = report.facts.network + " on " + report.facts.photos + ": " + counts_text(report) + "\n";
  auto const line = [&](std::string const& title, std::string const& figure, std::string const& constant) {
    std::array<char, 160> row{};
    std::snprintf(row.data(), row.size(), "  %-44s %-26s %s\n", title.c_str(), figure.c_str(), constant.c_str());
    text += row.data();
  };
  line("", "figure (95 % interval)", "always \"nevus\"");
  for (auto const& [name, title] : kFigureTitles) {
    auto const key = std::string(name);
    line(std::string(title), figure_cell(report.metrics, key), or_dash(majority, key));
  }
  for (auto const& [name, title] : {std::pair{"set90.coverage", "Truth in the 90 % prediction set"},
                                    std::pair{"set90.size", "Classes in that set, mean"},
                                    std::pair{"ood.rejected", "Rejected as unlike the training photos"},
                                    std::pair{"stability.view_flip_frac", "Turned views with another answer"}}) {
    if (report.metrics.contains(name)) line(title, figure_cell(report.metrics, name), "-");
  }
  for (auto const& note : report.facts.notes) text += "  " + note + "\n";
  return text;
}

Result<void> write_report(EvaluationReport const& report, std::filesystem::path const& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, folder.string() + ": " + error.message());
  NEVUS_CHECK(
      write_file_atomically(folder / "predictions.csv", to_csv(report.judged.predictions, report.judged.calibration)));
  NEVUS_CHECK(write_file_atomically(folder / "metrics.json", report_json(report)));
  NEVUS_CHECK(write_charts(report, folder));
  return write_file_atomically(folder / "report.md", report_markdown(report));
}

}  // namespace nevus::evaluation
