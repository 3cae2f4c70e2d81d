// SPDX-License-Identifier: MIT
#include "nevus/evaluation/charts.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "nevus/evaluation/canvas.h"
#include "nevus/evaluation/diagnostics.h"

namespace nevus::evaluation {
namespace {

constexpr int kRecallWidthPx = 860;
constexpr double kRecallTopPx = 96;
constexpr double kRecallRowPx = 46;
constexpr double kRecallBarPx = 22;
constexpr double kRecallLeftPx = 150;
constexpr double kRecallRightPx = 640;
constexpr Colour kBar{146, 190, 220};
constexpr Colour kBarMalignant{238, 170, 120};
constexpr Colour kGrid{226, 229, 233};
constexpr TextStyle kTitle{.capital_px = 15, .stroke_px = 2.4};
constexpr TextStyle kNote{.capital_px = 9.5, .colour = kFaintInk, .stroke_px = 1.3};
constexpr TextStyle kClass{.capital_px = 11, .align = Align::kRight, .stroke_px = 1.6};
constexpr TextStyle kFigure{.capital_px = 10, .stroke_px = 1.4};
constexpr TextStyle kTick{.capital_px = 9.5, .colour = kFaintInk, .align = Align::kCentre, .stroke_px = 1.3};

std::string decimals(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

double recall_x_px(double share) { return kRecallLeftPx + share * (kRecallRightPx - kRecallLeftPx); }

void draw_recall_row(Canvas& canvas, std::size_t row, Metric const* recall, std::size_t photos) {
  auto const& lesion_class = kLesionClasses[row];
  double const middle_px = kRecallTopPx + (double(row) + .5) * kRecallRowPx;
  double const base_px = middle_px + 5;
  canvas.text(std::string(lesion_class.id), {kRecallLeftPx - 16, base_px}, kClass);
  std::string note = "no photo";
  if (recall != nullptr) {
    canvas.box({kRecallLeftPx, middle_px - kRecallBarPx / 2},
               {recall_x_px(recall->value), middle_px + kRecallBarPx / 2},
               lesion_class.malignant ? kBarMalignant : kBar);
    canvas.line({recall_x_px(recall->low), middle_px}, {recall_x_px(recall->high), middle_px}, kInk, 1.6);
    for (double const end : {recall->low, recall->high})
      canvas.line({recall_x_px(end), middle_px - 6}, {recall_x_px(end), middle_px + 6}, kInk, 1.6);
    note = decimals(recall->value, 2) + "  (" + decimals(recall->low, 2) + " to " + decimals(recall->high, 2) + ")";
  }
  canvas.text(note, {kRecallRightPx + 22, base_px - 7}, kFigure);
  canvas.text("n = " + std::to_string(photos), {kRecallRightPx + 22, base_px + 10}, kNote);
}

}  // namespace

Result<Chart> draw_roc(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  Panel panel{"ROC, one class against the rest", "false positive rate", "true positive rate", {}, {0, 1}, {0, 1}};
  auto const curves = roc_curves(predictions, calibration);
  PerClass<double> even{};
  even.fill(1);
  auto const figures = measure(predictions, calibration, even);
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const name = std::string(kLesionClasses[i].id) +
                      (curves[i].true_positive_share.empty() ? " -" : " " + decimals(figures.auc[i], 3));
    panel.series.push_back({name, curves[i].false_positive_share, curves[i].true_positive_share});
  }
  panel.series.push_back({"chance 0.500", {0, 1}, {0, 1}, SeriesStyle::kReference});
  return draw_panels({panel});
}

Result<Chart> draw_reliability(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  Series accuracy{"this network", {}, {}};
  Series shares{"photos", {}, {}, SeriesStyle::kBars};
  for (auto const& bin : reliability(predictions, calibration)) {
    if (bin.photos > 0) {
      accuracy.x.push_back(bin.confidence);
      accuracy.y.push_back(bin.accuracy);
    }
    shares.x.push_back((bin.low + bin.high) / 2);
    shares.y.push_back(double(bin.photos) / double(std::max<std::size_t>(1, predictions.size())));
  }
  Series const perfect{"as often right as it says", {0, 1}, {0, 1}, SeriesStyle::kReference};
  return draw_panels({{"Reliability", "confidence of the answer", "accuracy", {accuracy, perfect}, {0, 1}, {0, 1}},
                      {"Confidence", "confidence of the answer", "share of the photos", {shares}, {0, 1}, {0}}});
}

Result<Chart> draw_risk_coverage(std::vector<Prediction> const& predictions, Calibration const& calibration) {
  auto const curve = risk_coverage(predictions, calibration);
  double const majority = 1 - majority_baseline(predictions).accuracy;
  return draw_panels({{"Errors where only the surest are answered",
                       "share of the photos that are answered, the surest first",
                       "share of wrong answers among them",
                       {{"this network", curve.answered_share, curve.error_share},
                        {"always \"nevus\"", {0, 1}, {majority, majority}, SeriesStyle::kReference}},
                       {0, 1},
                       {0}}});
}

Result<Chart> draw_recall(std::map<std::string, Metric> const& metrics, PerClass<std::size_t> const& support) {
  double const bottom_px = kRecallTopPx + kRecallRowPx * double(kLesionClassCount);
  Canvas canvas(kRecallWidthPx, int(bottom_px) + 64);
  canvas.text("Recall of each class", {kRecallLeftPx, 42}, kTitle);
  canvas.text("with the 95 % interval; malignant classes in orange", {kRecallLeftPx, 66}, kNote);
  for (int tick = 0; tick <= 5; ++tick) {
    double const x_px = recall_x_px(tick * .2);
    canvas.line({x_px, kRecallTopPx}, {x_px, bottom_px}, kGrid, 1);
    canvas.text(decimals(tick * .2, 1), {x_px, bottom_px + 22}, kTick);
  }
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const found = metrics.find("recall." + std::string(kLesionClasses[i].id));
    draw_recall_row(canvas, i, found == metrics.end() ? nullptr : &found->second, support[i]);
  }
  return canvas.to_chart();
}

}  // namespace nevus::evaluation
