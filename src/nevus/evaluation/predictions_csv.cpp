// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "nevus/dataset/csv.h"
#include "nevus/evaluation/metrics.h"
#include "nevus/risk/risk.h"

namespace nevus::evaluation {
namespace {

/// Where the columns that are read stand in the list of them.
enum Column : std::size_t { kImage, kTruth, kLesion, kSex, kAge, kLocalization, kDxType, kView, kFirstLogit };

std::vector<std::string> read_columns() {
  std::vector<std::string> names{"image", "truth", "lesion", "sex", "age_years", "localization", "dx_type", "view"};
  for (auto const& lesion_class : kLesionClasses) names.push_back("logit_" + std::string(lesion_class.id));
  return names;
}

std::string header() {
  std::string text = "image";
  for (auto const& lesion_class : kLesionClasses) text += "," + std::string(lesion_class.id);
  text += ",truth,lesion";
  for (auto const& lesion_class : kLesionClasses) text += ",logit_" + std::string(lesion_class.id);
  return text + ",sex,age_years,localization,dx_type,view\n";
}

/// The shortest text that reads back as the same number.
template <typename Number>
std::string to_text(Number value) {
  std::array<char, 32> text{};
  auto const [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

template <typename Number>
bool read_number(std::string const& text, Number& value) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

Result<Prediction> to_prediction(CsvRow const& row, std::string const& name) {
  Prediction prediction{row.fields[kImage], row.fields[kLesion], LesionClass::kNv, {}};
  auto const truth = lesion_class_from_id(row.fields[kTruth]);
  if (!truth) return dataset::csv_error(name, row.line, "\"" + row.fields[kTruth] + "\" is none of the seven classes");
  prediction.truth = *truth;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const& text = row.fields[kFirstLogit + i];
    if (read_number(text, prediction.logits[i])) continue;
    return dataset::csv_error(
        name, row.line,
        "\"" + text + "\" in column logit_" + std::string(kLesionClasses[i].id) + " is not a finite number");
  }
  auto& about = prediction.about;
  if (double years = 0; !row.fields[kAge].empty()) {
    if (!read_number(row.fields[kAge], years))
      return dataset::csv_error(name, row.line, "the age \"" + row.fields[kAge] + "\" is not a number");
    about.age_years = years;
  }
  about.sex = row.fields[kSex];
  about.localization = row.fields[kLocalization];
  about.dx_type = row.fields[kDxType];
  about.view = row.fields[kView];
  return prediction;
}

}  // namespace

std::string to_csv(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  using dataset::csv_field;
  std::string csv = header();
  for (auto const& prediction : predictions) {
    csv += csv_field(prediction.image_id);
    for (double const prob : risk::calibrate(prediction.logits, calibration)) csv += "," + to_text(prob);
    csv += "," + std::string(info(prediction.truth).id) + "," + csv_field(prediction.lesion_id);
    for (float const logit : prediction.logits) csv += "," + to_text(logit);
    auto const& about = prediction.about;
    csv += "," + csv_field(about.sex) + "," + (about.age_years ? to_text(*about.age_years) : "") + "," +
           csv_field(about.localization) + "," + csv_field(about.dx_type) + "," + csv_field(about.view) + "\n";
  }
  return csv;
}

Result<std::vector<Prediction>> from_csv(std::string_view csv, std::string const& name) {
  auto const names = read_columns();
  NEVUS_TRY(auto const rows, dataset::parse_csv(csv, name, {names.begin(), names.end()}));
  std::vector<Prediction> predictions;
  for (auto const& row : rows) {
    NEVUS_TRY(auto prediction, to_prediction(row, name));
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

}  // namespace nevus::evaluation
