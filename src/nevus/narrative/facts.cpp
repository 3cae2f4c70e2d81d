// SPDX-License-Identifier: MIT
#include "nevus/narrative/facts.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "nevus/base/sha256.h"

namespace nevus {
namespace {

/// Collects facts; the overloads keep a text literal from becoming a bool.
class Collector {
 public:
  void add(std::string id, std::string_view text) { facts_.push_back({std::move(id), std::string(text)}); }
  void add(std::string id, double number) { facts_.push_back({std::move(id), number}); }
  void flag(std::string id, bool yes) { facts_.push_back({std::move(id), yes}); }
  [[nodiscard]] std::vector<Fact> take() { return std::move(facts_); }

 private:
  std::vector<Fact> facts_;
};

void add(Collector& collect, PhotoFacts const& photo, ModelIdentity const& model) {
  collect.add("photo.sha256", photo.sha256);
  collect.add("photo.width_px", photo.width_px);
  collect.add("photo.height_px", photo.height_px);
  collect.add("model.id", model.id);
  collect.add("model.version", model.version);
  collect.add("model.sha256", model.sha256);
  collect.add("policy.version", risk::policy().version);
}

void add(Collector& collect, QualityReport const& quality) {
  collect.flag("quality.usable", quality.usable());
  for (auto const& measure : quality.measures) {
    collect.add("quality." + std::string(measure.name), measure.value);
    collect.flag("quality." + std::string(measure.name) + ".passed", measure.passed);
  }
}

void add(Collector& collect, Assessment const& assessment) {
  collect.add("prediction.class", info(assessment.predicted).id);
  collect.add("prediction.confidence", assessment.confidence);
  collect.add("prediction.band", name(assessment.band));
  for (std::size_t i = 0; i < kLesionClassCount; ++i)
    collect.add("prob." + std::string(kLesionClasses[i].id), assessment.calibrated_prob[i]);
  collect.add("malignant_prob", assessment.malignant_prob);
  collect.add("risk_level", name(assessment.risk_level));
  collect.add("urgency.level", name(assessment.urgency.urgency));
  collect.add("urgency.rule", assessment.urgency.rule_id);
  for (auto const& set : assessment.prediction_sets) {
    std::string classes;
    for (auto const lesion_class : set.classes)
      classes += (classes.empty() ? "" : " ") + std::string(info(lesion_class).id);
    collect.add("set." + std::to_string(std::lround(100 * set.level)), classes);
  }
  collect.flag("cannot_tell", assessment.cannot_tell);
  if (auto const& point = assessment.operating_point) {
    collect.add("operating_point.name", name(point->point));
    collect.add("operating_point.threshold", point->threshold);
    collect.flag("operating_point.positive", point->positive);
  }
}

void add(Collector& collect, OodReport const& ood) {
  collect.add("ood.state", name(ood.state));
  if (ood.by_distance()) collect.add("ood.score", ood.score);
  if (!ood.reason.empty()) collect.add("ood.reason", ood.reason);
}

void add(Collector& collect, Stability const& stability) {
  collect.add("stability.views", stability.views);
  collect.add("stability.spread_prob", stability.spread_prob);
  collect.add("stability.view_flip_frac", stability.view_flip_frac);
  collect.add("stability.perturbations", stability.perturbations);
  collect.add("stability.perturbed_flip_frac", stability.perturbed_flip_frac);
}

void add(Collector& collect, PersonNotes const& notes) {
  std::array<std::pair<char const*, std::string const&>, 5> const typed{{{"patient", notes.patient},
                                                                         {"born", notes.born},
                                                                         {"site", notes.site},
                                                                         {"history", notes.history},
                                                                         {"analyst", notes.analyst}}};
  for (auto const& [id, text] : typed) {
    if (!text.empty()) collect.add("notes." + std::string(id), text);
  }
}

}  // namespace

std::string_view name(HeatMapState state) {
  constexpr std::array<std::string_view, 4> kNames{"not_asked", "nothing", "unreliable", "reliable"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string Fact::text() const {
  if (auto const* const yes = std::get_if<bool>(&value)) return *yes ? "true" : "false";
  if (auto const* const number = std::get_if<double>(&value)) {
    std::array<char, 64> digits{};
    std::snprintf(digits.data(), digits.size(), "%.6f", *number);
    return digits.data();
  }
  return std::get<std::string>(value);
}

namespace narrative {

Facts gather(Analysis const& analysis, ModelIdentity model, PersonNotes notes) {
  Facts facts{analysis.status(),  analysis.photo,          analysis.quality, analysis.assessment, analysis.ood,
              analysis.stability, HeatMapState::kNotAsked, std::nullopt,     std::move(model),    std::move(notes)};
  if (auto const& explanation = analysis.explanation) {
    facts.heat_map_class = explanation->lesion_class;
    facts.heat_map = !explanation->shown                         ? HeatMapState::kNothing
                     : explanation->shown->faithfulness.reliable ? HeatMapState::kReliable
                                                                 : HeatMapState::kUnreliable;
  }
  return facts;
}

std::vector<Fact> list(Facts const& facts) {
  Collector collect;
  collect.add("status", name(facts.status));
  add(collect, facts.photo, facts.model);
  add(collect, facts.quality);
  if (facts.assessment) add(collect, *facts.assessment);
  if (facts.ood) add(collect, *facts.ood);
  if (facts.stability) add(collect, *facts.stability);
  if (facts.heat_map_class) {
    collect.add("heat_map.class", info(*facts.heat_map_class).id);
    collect.add("heat_map.state", name(facts.heat_map));
  }
  add(collect, facts.notes);
  return collect.take();
}

std::string result_id(Facts const& facts) {
  std::string lines;
  for (auto const& fact : list(facts)) {
    if (!fact.personal()) lines += fact.id + "=" + fact.text() + "\n";
  }
  return sha256_hex({reinterpret_cast<std::uint8_t const*>(lines.data()), lines.size()});
}

}  // namespace narrative
}  // namespace nevus
