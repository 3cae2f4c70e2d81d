// SPDX-License-Identifier: MIT
#include "nevus/evaluation/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "nevus/risk/risk.h"

namespace nevus::evaluation {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double share(double part, double whole) { return whole > 0 ? part / whole : kUndefined; }

std::size_t argmax(PerClass<double> const& values) {
  return std::size_t(std::ranges::max_element(values) - values.begin());
}

bool is_malignant(std::size_t lesion_class) { return kLesionClasses[lesion_class].malignant; }

double malignant_prob(Answer const& answer) {
  double sum = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) sum += is_malignant(i) ? answer.prob[i] : 0;
  return sum;
}

Ranking rank_malignant(std::vector<Answer> const& answers) {
  std::vector<double> score;
  std::vector<bool> positive;
  for (auto const& answer : answers) {
    score.push_back(malignant_prob(answer));
    positive.push_back(is_malignant(answer.truth));
  }
  return {score, positive};
}

double brier(Answer const& answer) {
  double sum = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    double const error = answer.prob[i] - (i == answer.truth ? 1 : 0);
    sum += error * error;
  }
  return sum;
}

/// Everything that follows from the table of truths and answers.
void read_confusion(Figures& figures) {
  PerClass<std::size_t> answered{};
  for (auto const& row : figures.confusion) {
    for (std::size_t i = 0; i < kLesionClassCount; ++i) answered[i] += row[i];
  }
  double photos = 0;
  double right = 0;
  double occurring = 0;
  double recalls = 0;
  double f1s = 0;
  double weighted_f1s = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const support = double(figures.support[i]);
    auto const hits = double(figures.confusion[i][i]);
    figures.recall[i] = share(hits, support);
    figures.precision[i] = share(hits, double(answered[i]));
    figures.f1[i] = kUndefined;
    if (support == 0) continue;
    figures.f1[i] = 2 * hits / (support + double(answered[i]));
    photos += support;
    right += hits;
    occurring += 1;
    recalls += figures.recall[i];
    f1s += figures.f1[i];
    weighted_f1s += support * figures.f1[i];
  }
  figures.accuracy = share(right, photos);
  figures.plain_balanced_accuracy = share(recalls, occurring);
  figures.macro_f1 = share(f1s, occurring);
  figures.weighted_f1 = share(weighted_f1s, photos);
}

}  // namespace

std::size_t calibration_bin(double confidence) {
  // The baseline's confidence is 0 where no photo is a nevus.
  return std::clamp(std::size_t(std::ceil(confidence * double(kCalibrationBins))), std::size_t{1}, kCalibrationBins) -
         1;
}

Ranking::Ranking(std::vector<double> const& score, std::vector<bool> const& positive) {
  std::vector<std::uint32_t> order(score.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t photo) { return score[photo]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    bool const last_of_tie = i + 1 == order.size() || score[order[i]] != score[order[i + 1]];
    ascending_.push_back({order[i], positive[order[i]], last_of_tie});
  }
}

/// Calls `visit` with each tie from the lowest score up; returns all of them together.
template <typename Visit>
Ranking::Tie Ranking::visit_ties(std::vector<std::uint32_t> const& times, Visit visit) const {
  Tie all;
  Tie tie;
  for (auto const& entry : ascending_) {
    (entry.positive ? tie.positives : tie.negatives) += times[entry.photo];
    if (!entry.last_of_tie) continue;
    visit(tie);
    all.positives += tie.positives;
    all.negatives += tie.negatives;
    tie = {};
  }
  return all;
}

double Ranking::auc(std::vector<std::uint32_t> const& times) const {
  std::uint64_t negatives_below = 0;
  std::uint64_t half_wins = 0;
  auto const all = visit_ties(times, [&](Tie const& tie) {
    half_wins += tie.positives * (2 * negatives_below + tie.negatives);
    negatives_below += tie.negatives;
  });
  return share(double(half_wins), 2 * double(all.positives) * double(all.negatives));
}

double Ranking::sensitivity_at(unsigned min_specificity_percent, std::vector<std::uint32_t> const& times) const {
  auto const all = visit_ties(times, [](Tie const&) {});
  if (all.positives == 0 || all.negatives == 0) return kUndefined;
  std::uint64_t positives_below = 0;
  std::uint64_t negatives_below = 0;
  std::uint64_t missed = all.positives;
  visit_ties(times, [&](Tie const& tie) {
    bool const specific = 100 * negatives_below >= min_specificity_percent * all.negatives;
    if (specific) missed = std::min(missed, positives_below);
    positives_below += tie.positives;
    negatives_below += tie.negatives;
  });
  return double(all.positives - missed) / double(all.positives);
}

double Ranking::specificity_at(unsigned min_sensitivity_percent, std::vector<std::uint32_t> const& times) const {
  auto const all = visit_ties(times, [](Tie const&) {});
  if (all.positives == 0 || all.negatives == 0) return kUndefined;
  std::uint64_t positives_below = 0;
  std::uint64_t negatives_below = 0;
  std::uint64_t kept_below = 0;
  visit_ties(times, [&](Tie const& tie) {
    bool const sensitive = 100 * (all.positives - positives_below) >= min_sensitivity_percent * all.positives;
    if (sensitive) kept_below = negatives_below;
    positives_below += tie.positives;
    negatives_below += tie.negatives;
  });
  return double(kept_below) / double(all.negatives);
}

std::vector<std::pair<double, double>> Ranking::roc() const {
  std::vector<std::uint32_t> const once(ascending_.size(), 1);
  auto const all = visit_ties(once, [](Tie const&) {});
  std::vector<std::pair<double, double>> points;
  if (all.positives == 0 || all.negatives == 0) return points;
  Tie above = all;
  auto const add_point = [&] {
    points.emplace_back(double(above.negatives) / double(all.negatives),
                        double(above.positives) / double(all.positives));
  };
  visit_ties(once, [&](Tie const& tie) {
    add_point();
    above.positives -= tie.positives;
    above.negatives -= tie.negatives;
  });
  add_point();
  return points;
}

double log_prob_of_truth(Prediction const& prediction, Calibration const& calibration) {
  auto const logits = calibration.apply(prediction.logits);
  double const top_logit = *std::ranges::max_element(logits);
  double sum = 0;
  for (double const logit : logits) sum += std::exp(logit - top_logit);
  return logits[static_cast<std::size_t>(prediction.truth)] - top_logit - std::log(sum);
}

Answer make_answer(Prediction const& prediction, Calibration const& calibration, PerClass<double> const& class_prior) {
  Answer answer;
  answer.truth = static_cast<std::size_t>(prediction.truth);
  answer.prob = risk::calibrate(prediction.logits, calibration);
  answer.log_prob_of_truth = log_prob_of_truth(prediction, calibration);
  answer.top = argmax(answer.prob);
  auto const logits = calibration.apply(prediction.logits);
  PerClass<double> log_ratio{};  // of p to the prior, but for a constant
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    log_ratio[i] = class_prior[i] > 0 ? logits[i] - std::log(class_prior[i]) : -std::numeric_limits<double>::infinity();
  }
  answer.balanced_top = argmax(log_ratio);
  return answer;
}

std::vector<Answer> make_answers(std::vector<Prediction> const& predictions, Calibration const& calibration,
                                 PerClass<double> const& class_prior) {
  std::vector<Answer> answers;
  for (auto const& prediction : predictions) answers.push_back(make_answer(prediction, calibration, class_prior));
  return answers;
}

Ranking rank_class(std::vector<Answer> const& answers, std::size_t lesion_class) {
  std::vector<double> score;
  std::vector<bool> positive;
  for (auto const& answer : answers) {
    score.push_back(answer.prob[lesion_class]);
    positive.push_back(answer.truth == lesion_class);
  }
  return {score, positive};
}

Scores make_scores(std::vector<Prediction> const& predictions, Calibration const& calibration,
                   PerClass<double> const& class_prior) {
  return Scores(make_answers(predictions, calibration, class_prior));
}

Scores::Scores(std::vector<Answer> answers)
    : answers_(std::move(answers)), malignant_ranking_(rank_malignant(answers_)) {
  for (std::size_t i = 0; i < kLesionClassCount; ++i) class_rankings_.push_back(rank_class(answers_, i));
}

void Scores::count(std::vector<std::uint32_t> const& times, Figures& figures) const {
  PerClass<std::size_t> balanced_hits{};
  double photos = 0;
  double log_losses = 0;
  double briers = 0;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    auto const& answer = answers_[i];
    if (times[i] == 0) continue;
    figures.support[answer.truth] += times[i];
    figures.confusion[answer.truth][answer.top] += times[i];
    if (answer.balanced_top == answer.truth) balanced_hits[answer.truth] += times[i];
    photos += times[i];
    log_losses -= times[i] * answer.log_prob_of_truth;
    briers += times[i] * brier(answer);
  }
  double recalls = 0;
  double occurring = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    if (figures.support[i] == 0) continue;
    recalls += double(balanced_hits[i]) / double(figures.support[i]);
    occurring += 1;
  }
  figures.balanced_accuracy = share(recalls, occurring);
  figures.log_loss = share(log_losses, photos);
  figures.brier = share(briers, photos);
}

double Scores::calibration_error(std::vector<std::uint32_t> const& times) const {
  // The share of a bin times |its accuracy - its mean confidence| is |hits - sum of confidences| over all photos.
  std::array<double, kCalibrationBins> surplus{};
  double photos = 0;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    auto const& answer = answers_[i];
    double const confidence = answer.prob[answer.top];
    surplus[calibration_bin(confidence)] += times[i] * ((answer.top == answer.truth ? 1 : 0) - confidence);
    photos += times[i];
  }
  double sum = 0;
  for (double const bin : surplus) sum += std::abs(bin);
  return share(sum, photos);
}

Figures Scores::figures(std::vector<std::uint32_t> const& times) const {
  Figures figures;
  count(times, figures);
  read_confusion(figures);
  double aucs = 0;
  double defined = 0;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    figures.auc[i] = class_rankings_[i].auc(times);
    if (std::isnan(figures.auc[i])) continue;
    aucs += figures.auc[i];
    defined += 1;
  }
  figures.macro_auc = share(aucs, defined);
  figures.malignant_auc = malignant_ranking_.auc(times);
  auto const& melanoma = class_rankings_[static_cast<std::size_t>(LesionClass::kMel)];
  figures.mel_sensitivity_at_90_specificity = melanoma.sensitivity_at(90, times);
  figures.mel_sensitivity_at_95_specificity = melanoma.sensitivity_at(95, times);
  figures.mel_specificity_at_90_sensitivity = melanoma.specificity_at(90, times);
  figures.mel_specificity_at_95_sensitivity = melanoma.specificity_at(95, times);
  figures.ece = calibration_error(times);
  return figures;
}

}  // namespace nevus::evaluation
