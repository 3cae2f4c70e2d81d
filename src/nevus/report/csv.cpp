// SPDX-License-Identifier: MIT
#include "nevus/report/csv.h"

#include <array>
#include <charconv>
#include <map>

namespace nevus::report {
namespace {

/// Columns after the image's name and the probabilities.
constexpr auto kFurtherColumns = std::to_array<std::string_view>(
    {"status", "predicted_class", "confidence", "confidence_band", "malignant_prob", "risk_level", "urgency",
     "urgency_rule", "prediction_set", "retake_reasons", "quality_warnings", "ood", "ood_score", "sha256", "model",
     "model_sha256", "error", "message", "disclaimer"});

using Cells = std::map<std::string_view, std::string>;

/// The shortest text that reads back as the same number, so that CSV and JSON agree to the last digit.
std::string number(double value) {
  std::array<char, 32> text{};
  auto const [end, problem] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::string csv_cell(std::string const& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string result = "\"";
  for (char const letter : cell) {
    if (letter == '"') result += '"';
    result += letter;
  }
  return result + '"';
}

std::string row_of(std::string const& input_name, ModelIdentity const& model, Cells cells) {
  cells["model"] = model.id + "@" + model.version;
  cells["model_sha256"] = model.sha256;
  cells["disclaimer"] = kDisclaimer;
  std::string row = csv_cell(input_name);
  for (auto const& lesion_class : kLesionClasses) row += "," + cells[lesion_class.id];
  for (auto const column : kFurtherColumns) row += "," + csv_cell(cells[column]);
  return row + "\n";
}

void add(Cells& cells, Assessment const& assessment) {
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    cells[kLesionClasses[i].id] = number(assessment.calibrated_prob[i]);
  }
  cells["predicted_class"] = info(assessment.predicted).id;
  cells["confidence"] = number(assessment.confidence);
  cells["confidence_band"] = name(assessment.band);
  cells["malignant_prob"] = number(assessment.malignant_prob);
  cells["risk_level"] = name(assessment.risk_level);
  cells["urgency"] = name(assessment.urgency.urgency);
  cells["urgency_rule"] = assessment.urgency.rule_id;
  if (assessment.prediction_sets.empty()) return;
  for (auto const lesion_class : assessment.prediction_sets.front().classes)
    cells["prediction_set"] += (cells["prediction_set"].empty() ? "" : ";") + std::string(info(lesion_class).id);
}

}  // namespace

std::string csv_header() {
  std::string header = "image";
  for (auto const& lesion_class : kLesionClasses) header += "," + std::string(lesion_class.id);
  for (auto const column : kFurtherColumns) header += "," + std::string(column);
  return header + "\n";
}

std::string to_csv_row(Analysis const& analysis, std::string const& input_name, ModelIdentity const& model) {
  Cells cells{{"status", std::string(name(analysis.status()))}, {"sha256", analysis.photo.sha256}};
  if (analysis.assessment) add(cells, *analysis.assessment);
  for (auto const& measure : analysis.quality.measures) {
    if (measure.passed) continue;
    auto& cell = cells[measure.severity == Severity::kRefuses ? "retake_reasons" : "quality_warnings"];
    cell += (cell.empty() ? "" : ";") + std::string(measure.name);
  }
  if (analysis.ood) {
    cells["ood"] = name(analysis.ood->state);
    if (analysis.ood->by_distance()) cells["ood_score"] = number(analysis.ood->score);
  }
  return row_of(input_name, model, std::move(cells));
}

std::string to_csv_row(Error const& error, std::string const& input_name, ModelIdentity const& model) {
  return row_of(input_name, model,
                {{"status", "failed"}, {"error", std::string(info(error.code).name)}, {"message", error.message}});
}

std::optional<std::vector<std::string>> take_csv_record(std::string_view& text) {
  std::vector<std::string> cells(1);
  bool inside_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const letter = text[i];
    if (inside_quotes) {
      if (letter != '"') {
        cells.back() += letter;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cells.back() += text[++i];
      } else {
        inside_quotes = false;
      }
    } else if (letter == '"') {
      inside_quotes = true;
    } else if (letter == ',') {
      cells.emplace_back();
    } else if (letter == '\n') {
      if (cells.back().ends_with('\r')) cells.back().pop_back();
      text.remove_prefix(i + 1);
      return cells;
    } else {
      cells.back() += letter;
    }
  }
  return std::nullopt;
}

}  // namespace nevus::report
