// SPDX-License-Identifier: MIT
#include "nevus/training/fit.h"

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "nevus/base/file.h"
#include "nevus/training/loader.h"
#include "nevus/training/networks.h"
#include "nevus/training/optimize.h"
#include "nevus/training/random.h"
#include "nevus/training/run_folder.h"
#include "nevus/training/start_weights.h"

namespace nevus::training {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPredictionBatch = 32;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

int cores() { return int(std::max(1U, std::thread::hardware_concurrency())); }

std::vector<Sample> photos_of(Phase const& phase, Dataset const& data) {
  if (phase.photos == "pretraining") return data.pretraining;
  auto photos = data.train;
  photos.insert(photos.end(), data.extra.begin(), data.extra.end());
  return photos;
}

Result<RunNetworks> make_networks(TrainingConfig const& config) {
  RunNetworks networks;
  NEVUS_TRY(networks.trained, make_network(config));
  NEVUS_TRY(networks.average, make_network(config));
  NEVUS_TRY(networks.best, make_network(config));
  return networks;
}

/// A run in progress: the parts that one epoch needs.
class Run {
 public:
  Run(TrainingConfig const& config, FitOptions const& options) : config_(config), options_(options) {}

  Result<void> prepare(Dataset const& data) {
    // Two workers keep a few cores fed; the share of time spent waiting is printed with every epoch.
    torch::set_num_threads(config_.optimization.threads > 0 ? config_.optimization.threads : cores());
    torch::manual_seed(config_.optimization.seed);
    NEVUS_TRY(networks_, make_networks(config_));
    if (config_.network.pretrained && !options_.resume) {
      NEVUS_TRY(auto const weights, imagenet_weights(config_.network.name, options_.weights));
      NEVUS_CHECK(load_weights(*networks_.trained, weights));
    }
    optimizer_ = make_optimizer(*networks_.trained, config_.optimization);
    copy_network(*networks_.average, *networks_.trained);
    if (options_.resume) {
      NEVUS_TRY(state_, load_checkpoint(checkpoint_path(), networks_, optimizer_.get()));
    }
    for (auto const& phase : config_.optimization.phases) {
      if (stores_.contains(phase.photos)) continue;
      NEVUS_TRY(stores_[phase.photos], load_photos(photos_of(phase, data)));
    }
    NEVUS_TRY(val_, load_photos(data.val));
    natural_ = data.train;
    return {};
  }

  Result<void> all_epochs() {
    int const last =
        options_.stop_after_epochs > 0 ? std::min(options_.stop_after_epochs, config_.epochs()) : config_.epochs();
    while (state_.epochs_done < last && !has_stalled()) {
      NEVUS_TRY(auto record, one_epoch(state_.epochs_done));
      state_.log.push_back(record);
      ++state_.epochs_done;
      keep_if_best();
      NEVUS_CHECK(save_checkpoint(checkpoint_path(), state_, networks_, *optimizer_));
      NEVUS_CHECK(write_log(options_.run_folder, state_.log));
      if (options_.on_epoch) options_.on_epoch(record);
    }
    return {};
  }

 private:
  [[nodiscard]] std::filesystem::path checkpoint_path() const { return options_.run_folder / "checkpoint.pt"; }

  /// Early stopping.
  [[nodiscard]] bool has_stalled() const {
    int const patience = config_.optimization.patience;
    return patience > 0 && state_.best_epoch > 0 && state_.epochs_done - state_.best_epoch >= patience;
  }

  /// Only epochs at the served size compare.
  void keep_if_best() {
    if (!config_.in_last_phase(state_.epochs_done - 1)) return;
    auto const loss_of = [this](int epoch) { return state_.log[std::size_t(epoch) - 1].val_loss; };
    if (state_.best_epoch > 0 && loss_of(state_.best_epoch) <= loss_of(state_.epochs_done)) return;
    state_.best_epoch = state_.epochs_done;
    copy_network(*networks_.best, *networks_.average);
  }

  Result<EpochRecord> one_epoch(int epoch) {
    auto const& phase = config_.phase_of(epoch);
    auto random = generator(config_.optimization.seed, std::uint64_t(epoch), 0, Purpose::kDropout);
    torch::manual_seed(random());
    networks_.trained->train_with_frozen(phase.frozen_blocks);
    auto const start = Clock::now();
    Loader loader(stores_.at(phase.photos), config_, epoch, std::min(2, cores()));
    EpochRecord record{.epoch = epoch + 1, .input_px = phase.input_px};
    double loss_sum = 0;
    for (int index = 0; auto batch = loader.next(); ++index) {
      double const share = cosine_with_warmup(epoch + (index + 1.0) / loader.batches(),
                                              config_.optimization.warmup_epochs, config_.epochs());
      record.learning_rate = config_.optimization.learning_rate * share;
      double const loss = step(*batch, share);
      if (!std::isfinite(loss)) {
        return fail(ErrorCode::kTraining,
                    "the loss is no longer a number in epoch " + std::to_string(epoch + 1) +
                        "; the checkpoint of the last whole epoch is kept: lower the learning rate and resume");
      }
      loss_sum += loss;
      report(epoch, index, loader, loss_sum / (index + 1), seconds_since(start));
    }
    double const seconds = seconds_since(start);
    record.train_loss = loss_sum / loader.batches();
    record.photos_per_s = double(loader.batches()) * config_.optimization.batch / seconds;
    record.wait_share = loader.waited_s() / seconds;
    validate(record, phase);
    record.peak_memory_mb = peak_memory_mb();
    return record;
  }

  double step(Batch const& batch, double share_of_peak) {
    set_learning_rates(*optimizer_, config_.optimization, share_of_peak);
    optimizer_->zero_grad();
    auto const loss = batch_loss(*networks_.trained, batch.input, batch.target, config_.optimization.precision);
    loss.backward();
    torch::nn::utils::clip_grad_norm_(networks_.trained->parameters(), config_.optimization.clip_norm);
    optimizer_->step();
    update_average(*networks_.average, *networks_.trained, config_.optimization.ema_decay, state_.steps_done++);
    return loss.item<double>();
  }

  void report(int epoch, int index, Loader const& loader, double loss, double seconds) const {
    if (!options_.on_progress) return;
    double const per_batch = seconds / (index + 1);
    // Later phases have larger inputs: their photos cost in proportion to the pixels.
    double left = (loader.batches() - index - 1) * per_batch;
    double const pixels = std::pow(config_.phase_of(epoch).input_px, 2);
    for (int later = epoch + 1; later < config_.epochs(); ++later) {
      auto const& phase = config_.phase_of(later);
      double const batches = double(stores_.at(phase.photos).samples.size()) / config_.optimization.batch;
      left += batches * per_batch * std::pow(phase.input_px, 2) / pixels;
    }
    options_.on_progress(
        {epoch + 1, config_.epochs(), index + 1, loader.batches(), loss, config_.optimization.batch / per_batch, left});
  }

  void validate(EpochRecord& record, Phase const& phase) {
    auto const shift = prior_shift(natural_, stores_.at(phase.photos).samples, config_.optimization.sampling_power);
    auto const predictions = predict(*networks_.average, val_, config_.preprocess(record.input_px), shift);
    PerClass<double> prior{};
    auto const counts = dataset::class_counts(natural_);
    for (std::size_t c = 0; c < kLesionClassCount; ++c) prior[c] = double(counts[c]) / double(natural_.size());
    auto const figures = evaluation::measure(predictions, 1.0, prior);
    record.val_loss = figures.log_loss;
    record.val_accuracy = figures.accuracy;
    record.val_balanced_accuracy = figures.balanced_accuracy;
    record.val_macro_auc = figures.macro_auc;
  }

  TrainingConfig const& config_;
  FitOptions const& options_;
  RunNetworks networks_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
  std::map<std::string, PhotoStore> stores_;  ///< by Phase::photos
  PhotoStore val_;
  std::vector<Sample> natural_;  ///< whose classes are as frequent as answers should take them to be
  Checkpoint state_;
};

std::string run_facts(TrainingConfig const& config, Dataset const& data, FitOptions const& options) {
  nlohmann::ordered_json facts;
  facts["recipe"] = config.name;
  facts["data"] = data.name;
  facts["split"] = data.split;
  facts["train_photos"] = data.train.size();
  facts["val_photos"] = data.val.size();
  facts["train_sha256"] = dataset::content_sha256(data.train);
  facts["val_sha256"] = dataset::content_sha256(data.val);
  facts["extra_photos"] = data.extra.size();
  facts["extra_sha256"] = dataset::content_sha256(data.extra);
  facts["pretraining_photos"] = data.pretraining.size();
  facts["pretraining_sha256"] = dataset::content_sha256(data.pretraining);
  facts["leaked_share"] = dataset::leaked_share(data.train, data.val);
  facts["class_counts"] = dataset::class_counts(data.train);
  facts["code_commit"] = options.code_commit;
  facts["torch"] = TORCH_VERSION;
  return facts.dump(2) + "\n";
}

/// A fresh run must not overwrite one that is there; a resumed one must be of the same recipe and data.
Result<void> check_folder(TrainingConfig const& config, Dataset const& data, FitOptions const& options) {
  auto const& folder = options.run_folder;
  bool const has_checkpoint = std::filesystem::exists(folder / "checkpoint.pt");
  if (!options.resume) {
    if (has_checkpoint) {
      return fail(ErrorCode::kUsage,
                  folder.string() + ": there is a run here already; go on with --resume or choose another --out");
    }
    return {};
  }
  if (!has_checkpoint) return fail(ErrorCode::kNotFound, folder.string() + ": there is no checkpoint to resume from");
  NEVUS_TRY(auto const old_config, read_file(folder / "config.toml"));
  if (!std::equal(old_config.begin(), old_config.end(), config.text.begin(), config.text.end())) {
    return fail(ErrorCode::kConfig,
                folder.string() + ": the run was started with another recipe; resume with its own config.toml");
  }
  NEVUS_TRY(auto const old_facts, read_file(folder / "run.json"));
  auto const facts = nlohmann::json::parse(old_facts, nullptr, false);
  auto const same = [&facts](char const* key, std::vector<Sample> const& samples) {
    return facts.is_object() && facts.value(key, "") == dataset::content_sha256(samples);
  };
  if (same("train_sha256", data.train) && same("extra_sha256", data.extra) &&
      same("pretraining_sha256", data.pretraining)) {
    return {};
  }
  return fail(ErrorCode::kData, folder.string() + ": the run was started with other training photos");
}

}  // namespace

Result<void> fit(TrainingConfig const& config, Dataset const& data, FitOptions const& options) {
  NEVUS_CHECK(check_folder(config, data, options));
  std::error_code error;
  std::filesystem::create_directories(options.run_folder, error);
  if (error) return fail(ErrorCode::kIo, options.run_folder.string() + ": " + error.message());
  if (!options.resume) {
    NEVUS_CHECK(write_file_atomically(options.run_folder / "config.toml", config.text));
    NEVUS_CHECK(write_file_atomically(options.run_folder / "run.json", run_facts(config, data, options)));
  }
  try {
    Run run(config, options);
    NEVUS_CHECK(run.prepare(data));
    return run.all_epochs();
  } catch (c10::Error const& problem) {
    return fail(ErrorCode::kTraining, std::string("LibTorch: ") + problem.what_without_backtrace());
  }
}

Result<TrainedNetwork> load_run(std::filesystem::path const& run_folder, Dataset const& trained_on) {
  NEVUS_TRY(auto config, load_config(run_folder / "config.toml"));
  NEVUS_TRY(auto const networks, make_networks(config));
  NEVUS_TRY(auto const state, load_checkpoint(run_folder / "checkpoint.pt", networks, nullptr));
  auto const network = state.best_epoch > 0 ? networks.best : networks.average;
  int const epoch = state.best_epoch > 0 ? state.best_epoch : state.epochs_done;
  network->eval();
  auto const& phase = config.phase_of(std::max(0, epoch - 1));
  auto const shift = prior_shift(trained_on.train, photos_of(phase, trained_on), config.optimization.sampling_power);
  network->fold_for_serving({shift.begin(), shift.end()});
  return TrainedNetwork{std::move(config), network, epoch};
}

std::vector<Prediction> predict(Network& network, PhotoStore const& store, PreprocessSpec const& spec,
                                PerClass<float> const& logit_shift) {
  torch::NoGradGuard const no_grad;
  network.eval();
  std::vector<Prediction> predictions;
  std::size_t const row_size = std::size_t{3} * spec.width_px * spec.height_px;
  for (std::size_t start = 0; start < store.samples.size(); start += kPredictionBatch) {
    std::size_t const rows = std::min<std::size_t>(kPredictionBatch, store.samples.size() - start);
    auto input = torch::empty({std::int64_t(rows), 3, spec.height_px, spec.width_px});
    for (std::size_t row = 0; row < rows; ++row) {
      model::normalize(model::render(store.photos[start + row], spec), spec,
                       {input.data_ptr<float>() + row * row_size, row_size});
    }
    auto const logits = network.forward(input.contiguous(torch::MemoryFormat::ChannelsLast)).logits.contiguous();
    for (std::size_t row = 0; row < rows; ++row) {
      auto const& sample = store.samples[start + row];
      auto prediction = evaluation::prediction_of(sample, {});
      for (std::size_t c = 0; c < kLesionClassCount; ++c) {
        prediction.logits[c] = logits.data_ptr<float>()[row * kLesionClassCount + c] + logit_shift[c];
      }
      predictions.push_back(std::move(prediction));
    }
  }
  return predictions;
}

}  // namespace nevus::training
