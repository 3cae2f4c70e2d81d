// SPDX-License-Identifier: MIT
#include "nevus/evaluation/trust_measures.h"

#include <cmath>
#include <limits>
#include <string_view>

#include "nevus/evaluation/bootstrap.h"
#include "nevus/risk/risk.h"

namespace nevus::evaluation {
namespace {

constexpr std::string_view kHistology = "histo";  // in HAM10000's dx_type

/// Adds to shares of the photos: name, whether the photo counts, whether it has the property.
class Shares {
 public:
  void count(std::string const& name, bool among, bool has, double times) {
    auto& [whole, part] = sums_[name];
    if (!among) return;
    whole += times;
    if (has) part += times;
  }
  [[nodiscard]] std::map<std::string, double> values() const {
    std::map<std::string, double> values;
    for (auto const& [name, sum] : sums_)
      values[name] = sum.first > 0 ? sum.second / sum.first : std::numeric_limits<double>::quiet_NaN();
    return values;
  }

 private:
  std::map<std::string, std::pair<double, double>> sums_;
};

/// One photo's answer as the served product gives it, at each operating point.
struct Judgement {
  LesionClass truth;
  bool malignant;
  std::string dx_type;  ///< how the truth was found
  std::vector<Assessment> at_point;
};

void count_sets(Shares& shares, Judgement const& photo, double times) {
  auto const& answer = photo.at_point[static_cast<std::size_t>(OperatingPoint::kBalanced)];
  for (auto const& set : answer.prediction_sets) {
    auto const name = "set" + std::to_string(int(std::lround(100 * set.level)));
    shares.count(name + ".coverage", true, set.holds(photo.truth), times);
    for (std::size_t c = 0; c < kLesionClassCount; ++c) {
      auto const lesion_class = static_cast<LesionClass>(c);
      shares.count(name + ".coverage." + std::string(kLesionClasses[c].id), photo.truth == lesion_class,
                   set.holds(photo.truth), times);
    }
    // Nevi that were cut out looked worse to somebody than those that were only watched: sets hold them less often.
    bool const nevus = photo.truth == LesionClass::kNv && !photo.dx_type.empty();
    shares.count(name + ".coverage.nv_histo", nevus && photo.dx_type == kHistology, set.holds(photo.truth), times);
    shares.count(name + ".coverage.nv_other", nevus && photo.dx_type != kHistology, set.holds(photo.truth), times);
    shares.count(name + ".single", true, set.classes.size() == 1, times);
  }
  shares.count("cannot_tell", true, answer.cannot_tell, times);
  shares.count("nv_histo", photo.truth == LesionClass::kNv && !photo.dx_type.empty(), photo.dx_type == kHistology,
               times);
}

void count_urgency(Shares& shares, Judgement const& photo, double times) {
  auto const& answer = photo.at_point[static_cast<std::size_t>(OperatingPoint::kBalanced)];
  for (std::size_t u = 0; u < kUrgencyCount; ++u) {
    auto const urgency = static_cast<Urgency>(u);
    auto const level = "urgency." + std::string(name(urgency));
    bool const has = answer.urgency.urgency == urgency;
    shares.count(level, true, has, times);
    for (std::size_t c = 0; c < kLesionClassCount; ++c)
      shares.count(level + "." + std::string(kLesionClasses[c].id), std::size_t(photo.truth) == c, has, times);
  }
  for (auto const& rule : risk::policy().rules) {
    bool const decided = answer.urgency.rule_id == rule.id;
    shares.count("rule." + rule.id, true, decided, times);
    shares.count("rule." + rule.id + ".malignant", decided, photo.malignant, times);
  }
}

std::map<std::string, double> measure_once(std::vector<Judgement> const& photos,
                                           std::vector<std::uint32_t> const& times) {
  Shares shares;
  std::map<std::string, std::pair<double, double>> sizes;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    count_sets(shares, photos[i], times[i]);
    count_urgency(shares, photos[i], times[i]);
    for (auto const& set : photos[i].at_point.front().prediction_sets) {
      auto& [sum, number] = sizes["set" + std::to_string(int(std::lround(100 * set.level))) + ".size"];
      sum += double(times[i]) * double(set.classes.size());
      number += double(times[i]);
    }
    for (auto const& answer : photos[i].at_point) {
      if (!answer.operating_point) continue;
      auto const point = std::string(name(answer.operating_point->point));
      bool const positive = answer.operating_point->positive;
      shares.count(point + ".sensitivity", photos[i].malignant, positive, times[i]);
      shares.count(point + ".specificity", !photos[i].malignant, !positive, times[i]);
    }
  }
  auto values = shares.values();
  for (auto const& [name, sum] : sizes) values[name] = sum.second > 0 ? sum.first / sum.second : 0;
  return values;
}

}  // namespace

std::map<std::string, Metric> measure_trust(std::vector<Prediction> const& predictions, ModelCard const& card,
                                            int resamples) {
  std::vector<Judgement> photos;
  for (auto const& prediction : predictions) {
    Judgement photo{prediction.truth, info(prediction.truth).malignant, prediction.about.dx_type, {}};
    for (std::size_t p = 0; p < kOperatingPointCount; ++p)
      photo.at_point.push_back(risk::assess(prediction.logits, card, static_cast<OperatingPoint>(p)));
    photos.push_back(std::move(photo));
  }
  LesionBootstrap bootstrap(predictions, 1);
  std::map<std::string, std::vector<double>> resampled;
  for (int i = 0; i < resamples; ++i) {
    for (auto const& [name, value] : measure_once(photos, bootstrap.draw())) resampled[name].push_back(value);
  }
  std::map<std::string, Metric> metrics;
  std::vector<std::uint32_t> const once(predictions.size(), 1);
  for (auto const& [name, value] : measure_once(photos, once)) {
    if (!std::isnan(value)) metrics[name] = with_interval(value, std::move(resampled[name]));
  }
  auto const raw = measure_with_intervals(predictions, {}, card.class_prior, resamples);
  for (auto const* figure : {"log_loss", "ece", "brier"}) metrics["raw." + std::string(figure)] = raw.at(figure);
  return metrics;
}

std::map<std::string, Metric> measure_likeness(std::vector<Prediction> const& predictions,
                                               std::vector<double> const& distances, FeatureStatistics const& features,
                                               int resamples) {
  std::map<std::string, Metric> metrics;
  for (auto const& [name, limit] : {std::pair{"ood.rejected", features.rejected_from},
                                    std::pair{"ood.doubtful_or_rejected", features.doubtful_from}}) {
    std::vector<double> reached;
    for (double const distance : distances) reached.push_back(distance >= limit ? 1 : 0);
    metrics[name] = mean_over_photos(predictions, reached, resamples);
  }
  return metrics;
}

}  // namespace nevus::evaluation
