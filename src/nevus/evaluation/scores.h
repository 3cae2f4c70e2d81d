// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nevus/evaluation/metrics.h"

namespace nevus::evaluation {

inline constexpr std::size_t kCalibrationBins = 15;

/// The bin of equal width that a confidence in 0..1 falls into, upper ends included (Guo et al. 2017).
[[nodiscard]] std::size_t calibration_bin(double confidence);

/// The photos of a set in ascending order of one score. Sorted once, then counted for every resample in linear time.
class Ranking {
 public:
  /// `positive[i]` tells whether photo i, with the score `score[i]`, has the finding.
  Ranking(std::vector<double> const& score, std::vector<bool> const& positive);

  /// Area under the ROC curve where photo i stands `times[i]` times in the set; equal scores count half (Mann and
  /// Whitney 1947). NaN without photos on both sides.
  [[nodiscard]] double auc(std::vector<std::uint32_t> const& times) const;

  /// The largest share of positives at or above a threshold that at least `min_specificity_percent` of the negatives
  /// stay below. NaN without photos on both sides.
  [[nodiscard]] double sensitivity_at(unsigned min_specificity_percent, std::vector<std::uint32_t> const& times) const;

  /// The largest share of negatives below a threshold that at least `min_sensitivity_percent` of the positives reach.
  [[nodiscard]] double specificity_at(unsigned min_sensitivity_percent, std::vector<std::uint32_t> const& times) const;

  /// Shares of the negatives and of the positives at or above each threshold, from (1, 1) down to (0, 0); each photo
  /// once. Empty without photos on both sides.
  [[nodiscard]] std::vector<std::pair<double, double>> roc() const;

 private:
  struct Entry {
    std::uint32_t photo;
    bool positive;
    bool last_of_tie;
  };
  /// Positives and negatives of one score.
  struct Tie {
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
  };
  template <typename Visit>
  Tie visit_ties(std::vector<std::uint32_t> const& times, Visit visit) const;

  std::vector<Entry> ascending_;
};

/// What a classifier said of one photo, and what was so.
struct Answer {
  std::size_t truth = 0;
  PerClass<double> prob{};
  double log_prob_of_truth = 0;
  std::size_t top = 0;           ///< argmax p
  std::size_t balanced_top = 0;  ///< argmax (p / prior)
};

/// In logits throughout, since a probability may underflow to 0.
[[nodiscard]] double log_prob_of_truth(Prediction const& prediction, Calibration const& calibration);

[[nodiscard]] Answer make_answer(Prediction const& prediction, Calibration const& calibration,
                                 PerClass<double> const& class_prior);

[[nodiscard]] std::vector<Answer> make_answers(std::vector<Prediction> const& predictions,
                                               Calibration const& calibration, PerClass<double> const& class_prior);

/// Of `lesion_class` (its index) against the rest.
[[nodiscard]] Ranking rank_class(std::vector<Answer> const& answers, std::size_t lesion_class);

/// The answers of a set, ready to be measured for many resamples.
class Scores {
 public:
  explicit Scores(std::vector<Answer> answers);

  /// The figures of the set in which photo i stands `times[i]` times.
  [[nodiscard]] Figures figures(std::vector<std::uint32_t> const& times) const;

 private:
  void count(std::vector<std::uint32_t> const& times, Figures& figures) const;
  [[nodiscard]] double calibration_error(std::vector<std::uint32_t> const& times) const;

  std::vector<Answer> answers_;
  std::vector<Ranking> class_rankings_;
  Ranking malignant_ranking_;
};

[[nodiscard]] Scores make_scores(std::vector<Prediction> const& predictions, Calibration const& calibration,
                                 PerClass<double> const& class_prior);

}  // namespace nevus::evaluation
