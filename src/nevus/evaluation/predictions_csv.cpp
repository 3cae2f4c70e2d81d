// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "nevus/dataset/csv.h"
#include "nevus/evaluation/metrics.h"

namespace nevus::evaluation {
namespace {

constexpr std::size_t kFirstLogit = 3;

std::vector<std::string_view> columns() {
  std::vector<std::string_view> names{"image", "lesion", "truth"};
  for (auto const& lesion_class : kLesionClasses) names.push_back(lesion_class.id);
  return names;
}

/// The shortest text that reads back as the same number.
std::string to_text(float value) {
  std::array<char, 32> text{};
  auto const [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

Result<Prediction> to_prediction(CsvRow const& row, std::string const& name) {
  Prediction prediction{row.fields[0], row.fields[1], LesionClass::kNv, {}};
  auto const truth = lesion_class_from_id(row.fields[2]);
  if (!truth) return dataset::csv_error(name, row.line, "\"" + row.fields[2] + "\" is none of the seven classes");
  prediction.truth = *truth;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const& text = row.fields[kFirstLogit + i];
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), prediction.logits[i]);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(prediction.logits[i])) {
      return dataset::csv_error(
          name, row.line,
          "\"" + text + "\" in column " + std::string(kLesionClasses[i].id) + " is not a finite number");
    }
  }
  return prediction;
}

}  // namespace

std::string to_csv(std::vector<Prediction> const& predictions) {
  std::string csv;
  for (auto const column : columns()) csv += (csv.empty() ? "" : ",") + std::string(column);
  csv += '\n';
  for (auto const& prediction : predictions) {
    csv += dataset::csv_field(prediction.image_id) + "," + dataset::csv_field(prediction.lesion_id) + "," +
           std::string(info(prediction.truth).id);
    for (float const logit : prediction.logits) csv += "," + to_text(logit);
    csv += '\n';
  }
  return csv;
}

Result<std::vector<Prediction>> from_csv(std::string_view csv, std::string const& name) {
  NEVUS_TRY(auto const rows, dataset::parse_csv(csv, name, columns()));
  std::vector<Prediction> predictions;
  for (auto const& row : rows) {
    NEVUS_TRY(auto prediction, to_prediction(row, name));
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

}  // namespace nevus::evaluation
