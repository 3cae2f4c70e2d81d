// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/dataset/dataset.h"
#include "nevus/model/bundle.h"

namespace nevus {

/// What is known of a photo beside its label; empty where nobody wrote it down.
struct PhotoAttributes {
  std::string sex;
  std::optional<double> age_years;
  std::string localization;
  std::string dx_type;
  std::string view;  ///< name of the folder that the photo came from
  bool operator==(PhotoAttributes const&) const = default;
};

/// One photo's answer beside the truth.
struct Prediction {
  std::string image_id;
  std::string lesion_id;
  LesionClass truth = LesionClass::kNv;
  PerClass<float> logits{};
  PhotoAttributes about{};
};

/// Plain figures over a set of predictions; probabilities p are softmax(scale * logits + bias). Of equally likely
/// classes the first answers. A figure that the set does not define is NaN: the recall of a class that does not occur,
/// the F1 too, the precision of one that was never answered, an AUC without photos on both sides, everything over no
/// photos.
struct Figures {
  double accuracy = 0;                 ///< of argmax p
  double balanced_accuracy = 0;        ///< mean recall of argmax(p / prior), over the classes that occur
  double plain_balanced_accuracy = 0;  ///< mean recall of argmax p
  double macro_auc = 0;      ///< mean of one-against-rest ROC AUC over the classes that occur, ties counted half
  double malignant_auc = 0;  ///< of mel + bcc + akiec against the rest
  double mel_sensitivity_at_90_specificity = 0;  ///< the most that a threshold on p(mel) reaches with at least 90 %
  double mel_sensitivity_at_95_specificity = 0;
  double mel_specificity_at_90_sensitivity = 0;
  double mel_specificity_at_95_sensitivity = 0;
  double log_loss = 0;
  double ece = 0;       ///< expected calibration error of the top class, 15 equal-width bins (Guo et al. 2017)
  double brier = 0;     ///< sum over classes of squared error, mean over photos
  double macro_f1 = 0;  ///< of argmax p, over the classes that occur
  double weighted_f1 = 0;
  PerClass<double> recall{};  ///< of argmax p
  PerClass<double> precision{};
  PerClass<double> f1{};
  PerClass<double> auc{};  ///< of p(class), one against the rest
  PerClass<std::size_t> support{};
  PerClass<PerClass<std::size_t>> confusion{};  ///< [truth][argmax p]
};

namespace evaluation {

/// `class_prior` are the class frequencies of the training photos; a class that has none is never the answer of
/// argmax(p / prior).
[[nodiscard]] Figures measure(std::vector<Prediction> const& predictions, Calibration const& calibration,
                              PerClass<double> const& class_prior);

/// `sample` with what a network said of it.
[[nodiscard]] Prediction prediction_of(Sample const& sample, PerClass<float> const& logits);

/// The figures that are defined, under the names of the model card.
[[nodiscard]] std::map<std::string, double> by_name(Figures const& figures);

/// The same figures under the names of the model card ("accuracy", "balanced_accuracy", "macro_auc", …, "recall.mel",
/// "precision.mel", …), each with its 95 % percentile interval from `resamples` bootstrap resamples of whole lesions,
/// since photos of one lesion are not independent. A figure that the set does not define is left out; a resample that
/// does not define it does not count. Percentiles carry the bias of resampling: the interval of `ece`, which noise can
/// only raise, may lie above its value. Cost: about 0.1 s for 1000 resamples of 1500 photos.
[[nodiscard]] std::map<std::string, Metric> measure_with_intervals(std::vector<Prediction> const& predictions,
                                                                   Calibration const& calibration,
                                                                   PerClass<double> const& class_prior,
                                                                   int resamples = 1000, std::uint64_t seed = 1);

/// The constant answer "nevus" on the same photos, with their class frequencies as its probabilities (no constant has a
/// lower log loss): the baseline every table shows.
[[nodiscard]] Figures majority_baseline(std::vector<Prediction> const& predictions);

/// The temperature in [0.05, 20] that minimises the log loss (golden section on its logarithm; the loss is unimodal in
/// it). 1 over no photos.
[[nodiscard]] double fit_temperature(std::vector<Prediction> const& predictions);

/// CSV with the columns image, akiec … vasc (calibrated probabilities, as any scorer reads them), truth, lesion,
/// logit_akiec … logit_vasc, sex, age_years, localization, dx_type, view; and back without loss from the logits. kData,
/// naming `name` (the file) and the line, where a row is malformed, a class unknown or a logit not a finite number.
[[nodiscard]] std::string to_csv(std::vector<Prediction> const& predictions, Calibration const& calibration);
[[nodiscard]] Result<std::vector<Prediction>> from_csv(std::string_view csv,
                                                       std::string const& name = "predictions.csv");

}  // namespace evaluation
}  // namespace nevus
