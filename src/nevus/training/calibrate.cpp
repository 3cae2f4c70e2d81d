// SPDX-License-Identifier: MIT
#include "nevus/training/calibrate.h"

#include <torch/torch.h>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <optional>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/evaluation/model_card.h"
#include "nevus/evaluation/scores.h"
#include "nevus/evaluation/subgroups.h"
#include "nevus/evaluation/trust_measures.h"
#include "nevus/evaluation/views.h"
#include "nevus/inference/classifier.h"
#include "nevus/risk/ood.h"
#include "nevus/training/photo_store.h"

namespace nevus::training {
namespace {

constexpr int kAxes = 128;  // more raise what is refused of other pictures by less than a point, docs/ood.md
constexpr double kDoubtfulShare = .05;
constexpr double kRejectedShare = .015;

struct Served {
  Prediction prediction;
  std::vector<float> embedding;
};

Result<Served> serve(Sample const& sample, Classifier const& classifier) {
  NEVUS_TRY(auto const photo, dataset::load_photo(sample));
  NEVUS_TRY(auto output, classifier.run(model::preprocess(photo, classifier.card().preprocess)));
  return Served{evaluation::prediction_of(sample, output.logits), std::move(output.embedding)};
}

/// In the order of `samples`, on all of the classifier's streams.
Result<std::vector<Served>> serve_all(std::vector<Sample> const& samples, Classifier const& classifier) {
  std::vector<std::optional<Result<Served>>> answers(samples.size());
  std::atomic<std::size_t> next{0};
  auto const work = [&] {
    for (std::size_t i = next++; i < samples.size(); i = next++) answers[i] = serve(samples[i], classifier);
  };
  std::vector<std::future<void>> workers;
  for (int w = 0; w <= classifier.streams(); ++w) workers.push_back(std::async(std::launch::async, work));
  for (auto& worker : workers) worker.get();
  std::vector<Served> served;
  for (auto& answer : answers) {
    if (!*answer) return tl::unexpected<Error>(answer->error());
    served.push_back(*std::move(*answer));
  }
  return served;
}

/// Those of `samples` that the view has.
std::vector<Sample> in_view(std::vector<Sample> samples, std::filesystem::path const& folder) {
  for (auto& sample : samples) sample.path = folder / sample.path.filename();
  std::erase_if(samples, [](Sample const& sample) {
    std::error_code error;
    return !std::filesystem::exists(sample.path, error);
  });
  return samples;
}

std::vector<Prediction> predictions_of(std::vector<Served> const& served) {
  std::vector<Prediction> predictions;
  for (auto const& answer : served) predictions.push_back(answer.prediction);
  return predictions;
}

std::vector<double> distances(std::vector<Served> const& served, FeatureStatistics const& features) {
  std::vector<double> values;
  for (auto const& answer : served) values.push_back(risk::feature_distance(answer.embedding, features));
  return values;
}

/// The value that `share` of `values` lie above.
double upper_quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, std::size_t(std::ceil((1 - share) * double(values.size()))))];
}

/// A part of the data in one view.
struct ViewAnswers {
  std::string view;
  std::vector<Served> val;
  std::vector<Served> test;
};

void add_all(std::map<std::string, Metric>& metrics, std::string const& prefix,
             std::map<std::string, Metric> const& added) {
  for (auto const& [name, metric] : added) metrics[prefix + name] = metric;
}

/// Photos of a further view, and the same photos in the complete one: whether sharpness alone changes the answers.
void add_view_checks(std::map<std::string, Metric>& metrics, ViewAnswers const& base, ViewAnswers const& further,
                     ModelCard const& card, int resamples) {
  std::vector<Prediction> sharper;
  std::vector<Prediction> same;
  for (auto const& answer : further.test) {
    auto const found = std::ranges::find(base.test, answer.prediction.image_id,
                                         [](Served const& served) { return served.prediction.image_id; });
    if (found == base.test.end()) continue;
    sharper.push_back(answer.prediction);
    same.push_back(found->prediction);
  }
  for (auto const& [part, predictions] :
       {std::pair{further.view, &sharper}, std::pair{further.view + "-as-" + base.view, &same}}) {
    auto const measured =
        evaluation::measure_with_intervals(*predictions, card.calibration, card.class_prior, resamples);
    for (auto const& [figure, metric] : measured) {
      bool const shown = figure == "accuracy" || figure == "balanced_accuracy" || figure == "macro_auc" ||
                         figure == "log_loss" || figure.starts_with("recall.");
      if (shown) metrics["test@" + part + "." + figure] = metric;
    }
  }
  add_all(metrics, "test@" + further.view + ".",
          evaluation::recall_differences(sharper, same, card.calibration, resamples));
}

/// How well distance tells a class from the others where its photos are left out of the statistics. The network has
/// learnt the class all the same, so this is easier than a class that nobody knew.
void add_leave_one_out(std::map<std::string, Metric>& metrics, std::vector<Served> const& train,
                       std::vector<Served> const& val) {
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    std::vector<std::vector<float>> others;
    for (auto const& answer : train)
      if (std::size_t(answer.prediction.truth) != c) others.push_back(answer.embedding);
    auto const features = fit_features(others, kAxes);
    std::vector<bool> unknown;
    for (auto const& answer : val) unknown.push_back(std::size_t(answer.prediction.truth) == c);
    double const auc =
        evaluation::Ranking(distances(val, features), unknown).auc(std::vector<std::uint32_t>(val.size(), 1));
    metrics["val.ood.left_out_auc." + std::string(kLesionClasses[c].id)] = {auc, auc, auc};
  }
}

void measure(ModelCard& card, std::vector<ViewAnswers> const& views, int resamples) {
  // Those of other commands stay.
  std::erase_if(card.metrics, [](auto const& metric) {
    return metric.first.starts_with("val.") || metric.first.starts_with("test.") || metric.first.starts_with("test@");
  });
  auto const& base = views.front();
  for (auto const& [part, served] : {std::pair{"val.", &base.val}, std::pair{"test.", &base.test}}) {
    auto const predictions = predictions_of(*served);
    add_all(card.metrics, part,
            evaluation::measure_with_intervals(predictions, card.calibration, card.class_prior, resamples));
    add_all(card.metrics, part, evaluation::measure_trust(predictions, card, resamples));
    add_all(card.metrics, part,
            evaluation::measure_likeness(predictions, distances(*served, *card.features), *card.features, resamples));
  }
  for (std::size_t v = 1; v < views.size(); ++v) {
    add_view_checks(card.metrics, base, views[v], card, resamples);
    auto const& further = views[v].test;
    add_all(card.metrics, "test@" + views[v].view + ".",
            evaluation::measure_likeness(predictions_of(further), distances(further, *card.features), *card.features,
                                         resamples));
  }
  card.subgroups =
      evaluation::measure_subgroups(predictions_of(base.test), card.calibration, card.class_prior, resamples);
}

Result<void> write(ModelCard const& card, std::filesystem::path const& folder) {
  // The card last: it names the SHA-256 of the statistics, so that a half-written bundle is refused and not believed.
  NEVUS_CHECK(write_file_atomically(folder / "features.f32", model::to_bytes(*card.features)));
  NEVUS_CHECK(write_file_atomically(folder / "card.json", model::to_json(card)));
  return write_file_atomically(folder / "MODEL_CARD.md", evaluation::model_card_markdown(card));
}

/// The photos that everything is fitted and measured on must be new to the network.
Result<void> check_unseen(ModelCard const& card, Dataset const& data) {
  if (card.split != "fixed" && card.split != "grouped") {
    return fail(ErrorCode::kModelRefused, "model " + card.id + ": was trained under the split \"" + card.split +
                                              "\", so it knows photos that it would be calibrated on; only \"fixed\" "
                                              "and \"grouped\" keep val and test apart");
  }
  if (card.split == data.split && card.training_data_sha256 == dataset::content_sha256(data.train)) return {};
  return fail(ErrorCode::kData,
              data.name + ": its training part is not what model " + card.id + " was trained on (by its SHA-256)");
}

}  // namespace

FeatureStatistics fit_features(std::vector<std::vector<float>> const& embeddings, int axes) {
  auto const n = std::int64_t(embeddings.size());
  auto const d = std::int64_t(embeddings.front().size());
  auto data = torch::empty({n, d});
  for (std::int64_t i = 0; i < n; ++i)
    std::copy(embeddings[std::size_t(i)].begin(), embeddings[std::size_t(i)].end(), data[i].data_ptr<float>());
  auto const mean = data.mean(0);
  auto const centred = (data - mean).to(torch::kFloat64);
  auto const [variance, vectors] = torch::linalg_eigh(centred.t().mm(centred) / double(n), "L");
  auto const k = std::min<std::int64_t>(axes, d - 1);
  auto const kept = variance.slice(0, d - k).flip(0).to(torch::kFloat32).contiguous();
  auto const basis = vectors.slice(1, d - k).flip(1).t().to(torch::kFloat32).contiguous();
  FeatureStatistics features;
  features.mean.assign(mean.data_ptr<float>(), mean.data_ptr<float>() + d);
  features.axis_variance.assign(kept.data_ptr<float>(), kept.data_ptr<float>() + k);
  features.axes.assign(basis.data_ptr<float>(), basis.data_ptr<float>() + k * d);
  features.rest_variance = std::max(1e-12, variance.slice(0, 0, d - k).mean().item<double>());
  return features;
}

Result<CalibratedBundle> calibrate_bundle(std::filesystem::path const& folder, Dataset const& data,
                                          CalibrateOptions const& options) {
  NEVUS_TRY(auto bundle, model::load_bundle(folder));
  NEVUS_CHECK(check_unseen(bundle.card, data));
  NEVUS_TRY(auto const classifier, Classifier::load(bundle, {.mode = ServingMode::kThroughput}));

  NEVUS_TRY(auto const train, serve_all(data.train, classifier));
  std::vector<std::vector<float>> embeddings;
  for (auto const& answer : train) embeddings.push_back(answer.embedding);
  std::vector<ViewAnswers> views(1);
  views[0].view = bundle.card.source.view;
  NEVUS_TRY(views[0].val, serve_all(data.val, classifier));
  NEVUS_TRY(views[0].test, serve_all(data.test, classifier));
  for (auto const& view : options.further_views) {
    NEVUS_TRY(auto const more, serve_all(in_view(data.train, view), classifier));
    for (auto const& answer : more) embeddings.push_back(answer.embedding);
    NEVUS_TRY(auto val, serve_all(in_view(data.val, view), classifier));
    NEVUS_TRY(auto test, serve_all(in_view(data.test, view), classifier));
    if (!val.empty() && !test.empty()) views.push_back({view.filename().string(), std::move(val), std::move(test)});
  }

  auto& card = bundle.card;
  auto const val = predictions_of(views[0].val);
  auto const choice = evaluation::choose_calibration(val);
  card.calibration = choice.chosen;
  card.limits.sets = {evaluation::fit_set_limits(val, card.calibration, .90),
                      evaluation::fit_set_limits(val, card.calibration, .95)};
  card.limits.thresholds = evaluation::fit_operating_points(val, card.calibration);
  auto features = fit_features(embeddings, kAxes);
  for (auto const& view : views) {
    auto const values = distances(view.val, features);
    features.doubtful_from = std::max(features.doubtful_from, upper_quantile(values, kDoubtfulShare));
    features.rejected_from = std::max(features.rejected_from, upper_quantile(values, kRejectedShare));
  }
  features.sha256 = sha256_hex(model::to_bytes(features));
  card.features = std::move(features);
  measure(card, views, options.resamples);
  card.metrics["val.held_out.raw.log_loss"] = {choice.raw_log_loss, choice.raw_log_loss, choice.raw_log_loss};
  card.metrics["val.held_out.temperature.log_loss"] = {choice.temperature_log_loss, choice.temperature_log_loss,
                                                       choice.temperature_log_loss};
  card.metrics["val.held_out.vector.log_loss"] = {choice.vector_log_loss, choice.vector_log_loss,
                                                  choice.vector_log_loss};
  for (auto const& set : card.limits.sets) {
    card.metrics["val.held_out.set" + std::to_string(std::lround(100 * set.level)) + ".coverage"] =
        evaluation::held_out_coverage(val, card.calibration, set.level, options.resamples);
  }
  add_leave_one_out(card.metrics, train, views[0].val);
  NEVUS_CHECK(write(card, folder));
  return CalibratedBundle{card, choice};
}

}  // namespace nevus::training
