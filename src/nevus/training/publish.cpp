// SPDX-License-Identifier: MIT
#include "nevus/training/publish.h"

#include "nevus/inference/classifier.h"

namespace nevus::training {
namespace {

/// The bundle in place on these photos, prepared and run as it is served. Its temperature is fitted as that of a run
/// is, so that networks are compared and not a run against what `calibrate` made of a bundle.
Result<Judged> served_answers(std::filesystem::path const& place, std::vector<Sample> const& samples) {
  NEVUS_TRY(auto const bundle, model::load_bundle(place));
  NEVUS_TRY(auto const classifier, Classifier::load(bundle));
  NEVUS_TRY(auto const store, load_photos(samples));
  Judged judged{{}, {}, bundle.card.class_prior};
  for (std::size_t i = 0; i < store.samples.size(); ++i) {
    NEVUS_TRY(auto const output, classifier.run(model::preprocess(store.photos[i], bundle.card.preprocess)));
    judged.predictions.push_back(evaluation::prediction_of(store.samples[i], output.logits));
  }
  judged.calibration = evaluation::fit_temperature(judged.predictions);
  return judged;
}

}  // namespace

std::optional<std::string> refusal_of(SplitKind split, EvaluatedPart const& val,
                                      std::optional<PairedDifference> const& difference) {
  if (split == SplitKind::kLeaky8515) {
    return "it was trained under the leaky protocol leaky_85_15, with photos of test lesions, so none of its figures "
           "would "
           "be true of new patients";
  }
  if (split == SplitKind::kFold)
    return "it was trained on one fold of a cross-validation, which is for measuring recipes and not for use";
  if (auto refusal = evaluation::untrained_refusal(val.predictions)) return refusal;
  if (auto refusal = evaluation::majority_refusal(val.metrics, val.baseline)) return refusal;
  return difference ? evaluation::incumbent_refusal(*difference) : std::nullopt;
}

Result<Verdict> judge(TrainedNetwork const& trained, Dataset const& data, std::filesystem::path const& place) {
  auto const split = trained.config.data.split;
  Verdict verdict;
  if (split != SplitKind::kFixed) {
    verdict.refusal = refusal_of(split, {}, {});
    return verdict;
  }
  NEVUS_TRY(auto evaluated, evaluate_run(trained, data, false));
  std::error_code error;
  if (std::filesystem::exists(place / "card.json", error)) {
    auto samples = data.val;
    samples.insert(samples.end(), data.sharper_val.begin(), data.sharper_val.end());
    NEVUS_TRY(auto const incumbent, served_answers(place, samples));
    Judged candidate{{}, {}, natural_prior(data.train)};
    NEVUS_TRY(candidate.predictions, predictions_of(trained, samples));
    candidate.calibration = evaluation::fit_temperature(candidate.predictions);
    verdict.difference = evaluation::compare(candidate, incumbent);
  }
  verdict.refusal = refusal_of(split, evaluated.val, verdict.difference);
  return verdict;
}

}  // namespace nevus::training
