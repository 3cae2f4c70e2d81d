// SPDX-License-Identifier: MIT
#include "nevus/report/json.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace nevus::report {
namespace {

using Json = nlohmann::ordered_json;

/// Infinity means "no limit", which JSON can only say as null.
Json limit(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// Microseconds are the finest that a clock around a whole stage can tell.
double rounded(std::chrono::duration<double, std::milli> time) { return std::round(time.count() * 1000) / 1000; }

Json to_tree(ModelIdentity const& model) {
  return {{"id", model.id}, {"version", model.version}, {"sha256", model.sha256}};
}

Json to_tree(PhotoFacts const& photo, std::string const& input_name) {
  return {{"name", input_name},         {"sha256", photo.sha256},       {"format", name(photo.format)},
          {"width_px", photo.width_px}, {"height_px", photo.height_px}, {"size_bytes", photo.size_bytes}};
}

Json to_tree(QualityReport const& quality) {
  Json measures = Json::array();
  for (auto const& measure : quality.measures) {
    measures.push_back({{"name", measure.name},
                        {"value", measure.value},
                        {"unit", measure.unit},
                        {"min", limit(measure.min)},
                        {"max", limit(measure.max)},
                        {"passed", measure.passed},
                        {"severity", name(measure.severity)},
                        {"advice", measure.advice}});
  }
  return {{"usable", quality.usable()}, {"measures", std::move(measures)}};
}

Json to_tree(StageTimes const& times) {
  Json tree{{"decode", rounded(times.decode_ms)}, {"quality", rounded(times.quality_ms)}};
  if (times.network_ms.count() > 0) tree["network"] = rounded(times.network_ms);
  if (times.explain_ms.count() > 0) tree["explain"] = rounded(times.explain_ms);
  if (times.stability_ms.count() > 0) tree["stability"] = rounded(times.stability_ms);
  tree["total"] = rounded(times.total_ms);
  return tree;
}

Json to_tree(PerClass<double> const& values) {
  Json tree = Json::object();
  for (std::size_t i = 0; i < kLesionClassCount; ++i) tree[std::string(kLesionClasses[i].id)] = values[i];
  return tree;
}

Json to_tree(PredictionSet const& set) {
  Json classes = Json::array();
  for (auto const lesion_class : set.classes) classes.push_back(info(lesion_class).id);
  return classes;
}

Json to_tree(UrgencyDecision const& decision) {
  Json rules = Json::array();
  for (auto const& rule : decision.rules)
    rules.push_back({{"id", rule.id}, {"level", name(rule.urgency)}, {"prob", rule.prob}, {"limit", rule.limit}});
  return {{"level", name(decision.urgency)}, {"colour", risk::policy().level(decision.urgency).colour},
          {"rule_id", decision.rule_id},     {"reasons", decision.reasons},
          {"rules", std::move(rules)},       {"policy_version", risk::policy().version}};
}

Json to_tree(OodReport const& ood) {
  Json tree{{"state", name(ood.state)}};
  if (ood.by_distance()) {
    tree["score"] = ood.score;
    tree["doubtful_from"] = ood.doubtful_from;
    tree["rejected_from"] = ood.rejected_from;
  }
  tree["reason"] = ood.reason;
  if (!ood.cause.empty()) tree["cause"] = ood.cause;
  return tree;
}

Json to_tree(Stability const& stability) {
  return {{"views", stability.views},
          {"mean_malignant_prob", stability.mean_malignant_prob},
          {"spread_prob", stability.spread_prob},
          {"view_flip_frac", stability.view_flip_frac},
          {"perturbations", stability.perturbations},
          {"perturbed_flip_frac", stability.perturbed_flip_frac}};
}

void add_sets(Json& tree, Assessment const& assessment) {
  if (assessment.prediction_sets.empty()) return;
  tree["prediction_set"] = to_tree(assessment.prediction_sets.front());
  for (auto const& set : assessment.prediction_sets) {
    std::array<char, 16> level{};
    std::snprintf(level.data(), level.size(), "%.2f", set.level);
    tree["prediction_sets"][level.data()] = to_tree(set);
  }
  tree["cannot_tell"] = assessment.cannot_tell;
}

void add(Json& tree, Assessment const& assessment) {
  auto const& predicted = info(assessment.predicted);
  tree["predicted_class"] = predicted.id;
  tree["predicted_name"] = predicted.display;
  tree["predicted_index"] = static_cast<int>(assessment.predicted);
  tree["confidence"] = assessment.confidence;
  tree["confidence_band"] = name(assessment.band);
  tree["probabilities"] = to_tree(assessment.calibrated_prob);
  tree["raw_probabilities"] = to_tree(assessment.raw_prob);
  add_sets(tree, assessment);
  tree["malignant_prob"] = assessment.malignant_prob;
  tree["risk_level"] = name(assessment.risk_level);
  if (auto const& point = assessment.operating_point) {
    tree["operating_point"] = {
        {"name", name(point->point)}, {"threshold", point->threshold}, {"positive", point->positive}};
  }
  tree["urgency"] = to_tree(assessment.urgency);
}

Json to_tree(Explanation const& explanation) {
  Json tree{{"class", info(explanation.lesion_class).id}, {"method", "grad-cam"}};
  tree["state"] = !explanation.shown ? "nothing" : explanation.shown->faithfulness.reliable ? "reliable" : "unreliable";
  if (!explanation.shown) return tree;
  auto const& figure = explanation.shown->faithfulness;
  tree["peak_logit"] = explanation.shown->heat_map.peak_logit;
  tree["scale_logit"] = explanation.shown->heat_map.scale_logit;
  tree["faithfulness"] = {{"drop_logit", figure.drop_logit},
                          {"random_drop_logit", figure.random_drop_logit},
                          {"beaten_frac", figure.beaten_frac}};
  return tree;
}

std::string text_of(Json const& tree, JsonLayout layout) {
  return tree.dump(layout == JsonLayout::kIndented ? 2 : -1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(Analysis const& analysis, std::string const& input_name, ModelIdentity const& model,
                    JsonLayout layout) {
  Json tree{{"schema_version", kResultSchemaVersion},
            {"input", to_tree(analysis.photo, input_name)},
            {"model", to_tree(model)},
            {"status", name(analysis.status())},
            {"quality", to_tree(analysis.quality)}};
  if (analysis.ood) tree["ood"] = to_tree(*analysis.ood);
  if (analysis.assessment) add(tree, *analysis.assessment);
  if (analysis.explanation) tree["explanation"] = to_tree(*analysis.explanation);
  if (analysis.stability) tree["stability"] = to_tree(*analysis.stability);
  tree["timing_ms"] = to_tree(analysis.times);
  tree["disclaimer"] = kDisclaimer;
  return text_of(tree, layout);
}

std::string to_json(Explanation const& explanation) { return text_of(to_tree(explanation), JsonLayout::kOneLine); }

std::string to_json(Error const& error, std::string const& input_name, ModelIdentity const& model) {
  Json const tree{{"schema_version", kResultSchemaVersion},
                  {"input", {{"name", input_name}}},
                  {"model", to_tree(model)},
                  {"status", "failed"},
                  {"error", {{"code", info(error.code).name}, {"message", error.message}}},
                  {"disclaimer", kDisclaimer}};
  return text_of(tree, JsonLayout::kOneLine);
}

}  // namespace nevus::report
