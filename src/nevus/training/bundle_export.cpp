// SPDX-License-Identifier: MIT
#include "nevus/training/bundle_export.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/evaluation/model_card.h"
#include "nevus/evaluation/subgroups.h"
#include "nevus/inference/classifier.h"
#include "nevus/model/synthetic_lesion.h"
#include "nevus/training/networks.h"

namespace nevus::training {
namespace {

constexpr std::size_t kParityPhotos = 64;
constexpr double kMaxLogitDifference = 1e-3;
constexpr std::uint64_t kCanarySeed = 20261;
constexpr int kIntervalResamples = 1000;
constexpr char const* kLicence = "CC BY-NC 4.0 (trained on HAM10000, doi:10.7910/DVN/DBW86T)";

void measure_part(EvaluatedPart& part, PerClass<double> const& prior) {
  part.metrics = evaluation::measure_with_intervals(part.predictions, part.calibration, prior, kIntervalResamples);
  part.baseline = evaluation::majority_baseline(part.predictions);
}

Result<nlohmann::json> facts_of(std::filesystem::path const& run_folder) {
  NEVUS_TRY(auto const bytes, read_file(run_folder / "run.json"));
  auto facts = nlohmann::json::parse(bytes, nullptr, false);
  if (!facts.is_object()) return fail(ErrorCode::kData, (run_folder / "run.json").string() + ": is not a JSON object");
  return facts;
}

PartCount count_part(std::vector<Sample> const& samples) {
  std::set<std::string_view> lesions;
  for (auto const& sample : samples) lesions.insert(sample.lesion_id);
  return {samples.size(), lesions.size(), dataset::class_counts(samples)};
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

Result<ModelCard> make_card(TrainedNetwork const& trained, Dataset const& data, std::filesystem::path const& run_folder,
                            ExportOptions const& options, ByteVector const& network) {
  ModelCard card;
  card.id = options.folder.filename().string();
  card.version = options.version;
  card.architecture = trained.architecture;
  card.licence = kLicence;
  card.network_sha256 = sha256_hex(network);
  card.network_bytes = std::int64_t(network.size());
  card.preprocess = trained.config.served_preprocess();
  card.class_prior = natural_prior(data.train);
  NEVUS_TRY(auto const facts, facts_of(run_folder));
  card.training_data = training_data_text(data);
  if (auto const start = facts.value("start_data", ""); !start.empty())
    card.training_data += "; from a network trained on " + start;
  card.training_data_sha256 = dataset::content_sha256(data.train);
  card.code_commit = facts.value("code_commit", "unknown");
  NEVUS_TRY(auto const evaluated, evaluate_run(trained, data, true));
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

std::string training_data_text(Dataset const& data) {
  auto text = data.name + ", " + std::to_string(data.train.size()) + " photos of its training part";
  if (!data.extra.empty()) text += "; " + std::to_string(data.extra.size()) + " photos of ISIC 2017";
  if (!data.sharper.empty()) text += "; " + std::to_string(data.sharper.size()) + " sharper views of the same photos";
  if (!data.pretraining.empty())
    text += "; before them " + std::to_string(data.pretraining.size()) + " small photos of ISIC 2019 outside HAM10000";
  return text;
}

PerClass<double> natural_prior(std::vector<Sample> const& samples) {
  PerClass<double> prior{};
  auto const counts = dataset::class_counts(samples);
  for (std::size_t c = 0; c < kLesionClassCount; ++c)
    prior[c] = double(counts[c]) / double(std::max<std::size_t>(1, samples.size()));
  return prior;
}

Result<std::vector<Prediction>> predictions_of(TrainedNetwork const& trained, std::vector<Sample> const& samples) {
  NEVUS_TRY(auto const store, load_photos(samples));
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

Result<ExportedBundle> export_bundle(TrainedNetwork const& trained, Dataset const& data,
                                     std::filesystem::path const& run_folder, ExportOptions const& options) {
  namespace fs = std::filesystem;
  auto const spec = trained.config.served_preprocess();
  NEVUS_TRY(auto const network, to_onnx(*trained.network, spec.height_px, spec.width_px));
  NEVUS_TRY(auto const card, make_card(trained, data, run_folder, options, network));
  // The new bundle is made and tried beside its place, so that a bundle in use is never half replaced.
  fs::path const trial = fs::path(options.folder.string() + ".new") / card.id;
  std::error_code error;
  fs::remove_all(trial.parent_path(), error);
  fs::create_directories(trial, error);
  if (error) return fail(ErrorCode::kIo, trial.string() + ": " + error.message());
  NEVUS_CHECK(write_file_atomically(trial / "network.onnx", network));
  NEVUS_CHECK(write_file_atomically(trial / "card.json", model::to_json(card)));
  NEVUS_CHECK(write_file_atomically(trial / "MODEL_CARD.md", evaluation::model_card_markdown(card)));
  auto samples = data.val;
  samples.resize(std::min(samples.size(), kParityPhotos));
  NEVUS_TRY(auto const store, load_photos(std::move(samples)));
  auto parity = compare_with_served(trained, trial, store);
  if (parity && parity->max > kMaxLogitDifference) {
    parity = fail(ErrorCode::kModelRefused, "the served network differs from the trained one by " +
                                                std::to_string(parity->max) + " in a logit, more than " +
                                                std::to_string(kMaxLogitDifference));
  }
  if (parity) {
    fs::create_directories(options.folder, error);
    for (auto const* file : {"network.onnx", "card.json", "MODEL_CARD.md"}) {
      if (!error) fs::rename(trial / file, options.folder / file, error);
    }
  }
  std::error_code ignored;
  fs::remove_all(trial.parent_path(), ignored);
  if (!parity) return tl::unexpected<Error>(std::move(parity).error());
  if (error) return fail(ErrorCode::kIo, options.folder.string() + ": " + error.message());
  return ExportedBundle{options.folder, card.network_bytes, *parity};
}

}  // namespace nevus::training
