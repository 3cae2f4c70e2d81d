// SPDX-License-Identifier: MIT
#include "nevus/training/bundle_export.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/evaluation/gate.h"
#include "nevus/evaluation/model_card.h"
#include "nevus/evaluation/subgroups.h"
#include "nevus/inference/classifier.h"
#include "nevus/model/synthetic_lesion.h"
#include "nevus/training/networks.h"
#include "nevus/training/safetensors.h"
#include "nevus/training/start_weights.h"

namespace nevus::training {
namespace {

constexpr std::size_t kParityPhotos = 64;
constexpr double kMaxLogitDifference = 1e-3;
constexpr std::uint64_t kCanarySeed = 20261;
constexpr int kIntervalResamples = 1000;

/// Of the weights; whoever trains on photos of their own knows it better than Nevus.
std::string licence_of(std::string const& source) {
  if (source == "ham10000") return "CC BY-NC 4.0 (trained on HAM10000, doi:10.7910/DVN/DBW86T)";
  if (source == "isic2018") return "CC BY-NC 4.0 (trained on ISIC 2018 Task 3, which is HAM10000)";
  if (source == "isic2019") return "CC BY-NC 4.0 (trained on ISIC 2019, HAM10000 among it)";
  if (source == "synthetic") return "MIT (trained on drawings of Nevus's own)";
  return "that of the photos it was trained on, which Nevus does not know";
}

void measure_part(EvaluatedPart& part, PerClass<double> const& prior) {
  part.metrics = evaluation::measure_with_intervals(part.predictions, part.calibration, prior, kIntervalResamples);
  part.baseline = evaluation::majority_baseline(part.predictions);
}

PartCount count_part(std::vector<Sample> const& samples) {
  std::set<std::string_view> lesions;
  std::size_t unknown = 0;  // each counts as one of its own
  for (auto const& sample : samples) {
    if (sample.lesion_id.empty()) ++unknown;
    if (!sample.lesion_id.empty()) lesions.insert(sample.lesion_id);
  }
  return {samples.size(), lesions.size() + unknown, dataset::class_counts(samples)};
}

/// LibTorch's logits of one photo.
PerClass<float> logits_of(Network& network, Image const& photo, PreprocessSpec const& spec) {
  PhotoStore store;
  store.samples.emplace_back();
  store.photos.push_back(photo);
  return predict(network, store, spec, {}).front().logits;
}

Result<Parity> compare_with_served(TrainedNetwork const& trained, std::filesystem::path const& folder,
                                   PhotoStore const& store) {
  NEVUS_TRY(auto const bundle, model::load_bundle(folder));
  NEVUS_TRY(auto const classifier, Classifier::load(bundle));
  auto const spec = trained.config.served_preprocess();
  std::vector<double> differences;
  auto const expected = predict(*trained.network, store, spec, {});
  for (std::size_t i = 0; i < store.photos.size(); ++i) {
    NEVUS_TRY(auto const output, classifier.run(model::preprocess(store.photos[i], spec)));
    for (std::size_t c = 0; c < kLesionClassCount; ++c)
      differences.push_back(std::abs(output.logits[c] - expected[i].logits[c]));
  }
  std::sort(differences.begin(), differences.end());
  Parity parity{store.photos.size(), 0, 0, 0, 0};
  if (differences.empty()) return parity;
  for (double d : differences) parity.mean += d / double(differences.size());
  auto const quantile = [&](double q) { return differences[std::size_t(q * double(differences.size() - 1))]; };
  parity.p90 = quantile(0.9);
  parity.p99 = quantile(0.99);
  parity.max = differences.back();
  return parity;
}

Result<ModelCard> make_card(TrainedNetwork const& trained, Dataset const& data, ExportOptions const& options,
                            ByteVector const& network) {
  ModelCard card;
  card.id = options.folder.filename().string();
  card.version = options.version;
  card.architecture = trained.architecture;
  card.source.photos = data.source;
  if (trained.config.data.source == "ham10000") card.source.view = trained.config.data.view;
  card.source.start_weights = start_weights_text(trained.provenance);
  card.licence = licence_of(data.source);
  card.network_sha256 = sha256_hex(network);
  card.network_bytes = std::int64_t(network.size());
  card.preprocess = trained.config.served_preprocess();
  card.class_prior = natural_prior(data.train);
  card.training_data = training_data_text(trained.provenance);
  card.training_data_sha256 = dataset::content_sha256(data.train);
  card.code_commit = code_commit_text(trained.provenance);
  NEVUS_TRY(auto const evaluated, evaluate_run(trained, data, true));
  if (auto const refusal = evaluation::untrained_refusal(evaluated.val.predictions))
    return fail(ErrorCode::kModelRefused, "the network makes no bundle: " + *refusal);
  card.calibration = evaluated.val.calibration;
  for (auto const& [name, metric] : evaluated.val.metrics) card.metrics["val." + name] = metric;
  for (auto const& [name, metric] : evaluated.test.metrics) card.metrics["test." + name] = metric;
  card.split = data.split;
  card.parts = {{"train", count_part(data.train)}, {"val", count_part(data.val)}, {"test", count_part(data.test)}};
  card.subgroups =
      evaluation::measure_subgroups(evaluated.test.predictions, card.calibration, card.class_prior, kIntervalResamples);
  card.canary_seed = kCanarySeed;
  card.canary_logits =
      logits_of(*trained.network, model::synthetic_lesion(kCanarySeed, LesionClass::kMel), card.preprocess);
  return card;
}

}  // namespace

PerClass<double> natural_prior(std::vector<Sample> const& samples) {
  PerClass<double> prior{};
  auto const counts = dataset::class_counts(samples);
  for (std::size_t c = 0; c < kLesionClassCount; ++c)
    prior[c] = double(counts[c]) / double(std::max<std::size_t>(1, samples.size()));
  return prior;
}

Result<std::vector<Prediction>> predictions_of(TrainedNetwork const& trained, std::vector<Sample> const& samples) {
  NEVUS_TRY(auto const store, load_photos(samples, trained.config.served_preprocess()));
  return predict(*trained.network, store, trained.config.served_preprocess(), {});
}

Result<EvaluatedRun> evaluate_run(TrainedNetwork const& trained, Dataset const& data, bool with_test) {
  auto const prior = natural_prior(data.train);
  EvaluatedRun evaluated;
  NEVUS_TRY(evaluated.val.predictions, predictions_of(trained, data.val));
  evaluated.val.calibration = evaluation::fit_temperature(evaluated.val.predictions);
  measure_part(evaluated.val, prior);
  if (!with_test) return evaluated;
  NEVUS_TRY(evaluated.test.predictions, predictions_of(trained, data.test));
  evaluated.test.calibration = evaluated.val.calibration;
  measure_part(evaluated.test, prior);
  return evaluated;
}

Result<ExportOptions> check_options(ExportOptions options) {
  if (options.version.empty()) return fail(ErrorCode::kUsage, "the bundle's version must not be empty");
  NEVUS_TRY(options.folder, check_place(options.folder, options.replacing));
  return options;
}

namespace {

/// Makes the bundle in `trial`, tries it and leaves it there.
Result<ExportedBundle> make_bundle(TrainedNetwork const& trained, Dataset const& data, ExportOptions const& options,
                                   std::filesystem::path const& trial) {
  auto const spec = trained.config.served_preprocess();
  NEVUS_TRY(auto const network, to_onnx(*trained.network, spec.height_px, spec.width_px));
  NEVUS_TRY(auto const card, make_card(trained, data, options, network));
  std::error_code error;
  std::filesystem::create_directories(trial, error);
  if (error) return fail(ErrorCode::kIo, trial.string() + ": " + error.message());
  NEVUS_CHECK(write_file_atomically(trial / "network.onnx", network));
  NEVUS_CHECK(write_file_atomically(trial / "card.json", model::to_json(card)));
  NEVUS_CHECK(write_file_atomically(trial / "MODEL_CARD.md", evaluation::model_card_markdown(card)));
  auto samples = data.val;
  samples.resize(std::min(samples.size(), kParityPhotos));
  NEVUS_TRY(auto const store, load_photos(std::move(samples), spec));
  NEVUS_TRY(auto const parity, compare_with_served(trained, trial, store));
  if (parity.max > kMaxLogitDifference) {
    return fail(ErrorCode::kModelRefused, "the served network differs from the trained one by " +
                                              std::to_string(parity.max) + " in a logit, more than " +
                                              std::to_string(kMaxLogitDifference));
  }
  if (options.calibrate) {
    NEVUS_CHECK(calibrate_bundle(trial, data, *options.calibrate));
  }
  return ExportedBundle{options.folder, card.network_bytes, parity};
}

}  // namespace

Result<ExportedBundle> export_bundle(TrainedNetwork const& trained, Dataset const& data,
                                     ExportOptions const& asked_for) {
  NEVUS_TRY(auto const options, check_options(asked_for));
  // Beside its place, so that a bundle in use is never half replaced.
  std::filesystem::path const workshop = options.folder.string() + ".new";
  std::error_code ignored;
  std::filesystem::remove_all(workshop, ignored);
  auto exported = make_bundle(trained, data, options, workshop / options.folder.filename());
  if (exported) {
    auto placed = take_place(workshop / options.folder.filename(), options.folder);
    if (!placed) exported = tl::unexpected<Error>(std::move(placed).error());
  }
  std::filesystem::remove_all(workshop, ignored);
  return exported;
}

Result<void> export_weights(std::filesystem::path const& run_folder, std::filesystem::path const& file) {
  NEVUS_TRY(auto const trained, load_trained(run_folder));
  return write_file_atomically(file, write_safetensors(weights_of(*trained.network)));
}

}  // namespace nevus::training
