// SPDX-License-Identifier: MIT
#include "nevus/training/run.h"

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "nevus/base/file.h"
#include "nevus/evaluation/curves.h"
#include "nevus/training/optimize.h"
#include "nevus/training/random.h"
#include "nevus/training/sampling.h"
#include "nevus/training/start_weights.h"
#include "nevus/training/weight_average.h"

namespace nevus {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

int cores() { return int(std::max(1U, std::thread::hardware_concurrency())); }

/// Two workers keep a few cores fed; the share of time spent waiting is printed with every epoch.
int loader_workers() { return std::min(2, cores()); }

}  // namespace

Run::Run(TrainingConfig const& config, FitOptions const& options)
    : config_(config), options_(options), scaler_(config.optimization.precision) {}

Result<void> Run::prepare(Dataset const& data) {
  auto const& o = config_.optimization;
  NEVUS_TRY(device_, training::choose_device(options_.device.value_or(o.device)));
  NEVUS_CHECK(training::check_precision(device_, o.precision));
  torch::set_num_threads(o.threads > 0 ? o.threads : cores());
  torch::manual_seed(std::uint64_t(o.seed));
  NEVUS_TRY(networks_, training::make_run_networks(config_));
  if (o.swa_epochs > 0) {
    NEVUS_TRY(networks_.mean, training::make_network(config_));
  }
  if (options_.start) {
    training::copy_network(*networks_.trained, *options_.start);
  } else if (config_.network.pretrained && !options_.resume) {
    NEVUS_TRY(auto const weights, training::imagenet_weights(config_.network.name, options_.weights));
    NEVUS_CHECK(training::load_weights(*networks_.trained, weights));
  }
  optimizer_ = training::make_optimizer(*networks_.trained, o);
  training::copy_network(*networks_.average, *networks_.trained);
  if (options_.resume) {
    NEVUS_TRY(state_, training::load_checkpoint(options_.run_folder / "checkpoint.pt", networks_, optimizer_.get()));
    if (state_.scaler) scaler_.restore(*state_.scaler);
    NEVUS_CHECK(training::write_log(options_.run_folder, state_.log));  // the stop may have come before it
  }
  for (auto const& network : {networks_.trained, networks_.average, networks_.best, networks_.mean}) {
    if (network) network->to(device_);
  }
  training::move_state(*optimizer_, device_);
  teachers_ = std::make_unique<Teachers>(options_.teachers, config_, device_);
  return load_all_photos(data);
}

Result<void> Run::load_all_photos(Dataset const& data) {
  auto const spec = config_.served_preprocess();  // the detail is that of every phase
  auto const& o = config_.optimization;
  for (auto const& phase : o.phases) {
    if (stores_.contains(phase.photos)) continue;
    auto photos = training::photos_of(phase, data);
    if (photos.size() < std::size_t(o.batch)) {
      return fail(ErrorCode::kConfig, "optimization.batch = " + std::to_string(o.batch) + " is more than the " +
                                          std::to_string(photos.size()) +
                                          " photos that there are to train on, so nothing would be learnt");
    }
    NEVUS_TRY(stores_[phase.photos], training::load_photos(std::move(photos), spec));
  }
  NEVUS_TRY(val_, training::load_photos(data.val, spec));
  natural_ = data.train;
  return {};
}

tl::unexpected<Error> Run::no_number(std::string const& what, int epoch) const {
  return fail(ErrorCode::kTraining,
              what + " in epoch " + std::to_string(epoch) +
                  (state_.epochs_done > 0 ? "; the checkpoint of epoch " + std::to_string(state_.epochs_done) +
                                                " is kept, but going on from it would come here again"
                                          : std::string()) +
                  ": start a run with lower learning rates");
}

Result<void> Run::all_epochs() {
  int const last =
      options_.stop_after_epochs > 0 ? std::min(options_.stop_after_epochs, total_epochs()) : total_epochs();
  while (state_.epochs_done < last && !has_stalled()) {
    EpochRecord record;
    if (state_.epochs_done < config_.epochs()) {
      NEVUS_TRY(record, one_epoch(state_.epochs_done));
    } else {
      record = epoch_of_the_mean();
    }
    NEVUS_CHECK(keep(record));
    if (options_.on_epoch) options_.on_epoch(record);
  }
  return {};
}

/// The validation of the mean counts as one more, so that it is logged, kept and resumed as any epoch.
int Run::total_epochs() const { return config_.epochs() + (networks_.mean ? 1 : 0); }

/// Early stopping; the mean of the last epochs is made once they are there.
bool Run::has_stalled() const {
  int const patience = config_.optimization.patience;
  return state_.epochs_done < config_.epochs() && patience > 0 && state_.best_epoch > 0 &&
         state_.epochs_done - state_.best_epoch >= patience;
}

std::int64_t Run::steps_of(Phase const& phase) const {
  auto const& o = config_.optimization;
  auto const batches = std::int64_t(stores_.at(phase.photos).samples.size()) / o.batch;
  return (batches + o.accumulation - 1) / o.accumulation;
}

std::int64_t Run::all_steps() const {
  std::int64_t steps = 0;
  for (auto const& phase : config_.optimization.phases) steps += phase.epochs * steps_of(phase);
  return steps;
}

Result<EpochRecord> Run::one_epoch(int number) {
  auto const& phase = config_.phase_of(number);
  auto const& photos = stores_.at(phase.photos).samples;
  auto random = generator(std::uint64_t(config_.optimization.seed), std::uint64_t(number), 0, Purpose::kDropout);
  torch::manual_seed(random());
  networks_.trained->train_with_frozen(phase.frozen_blocks);
  auto const start = Clock::now();
  Loader loader(stores_.at(phase.photos), config_, number, loader_workers());
  Epoch const epoch{number, phase, LossFunction(config_, photos, device_),
                    training::prior_shift(natural_, photos, config_)};
  EpochRecord record{.epoch = number + 1, .input_px = phase.input_px};
  NEVUS_TRY(record.train_loss, train(epoch, loader));
  auto const& group = static_cast<torch::optim::AdamWOptions const&>(optimizer_->param_groups().front().options());
  record.learning_rate = group.lr();
  double const seconds = seconds_since(start);
  record.photos_per_s = double(loader.batches()) * config_.optimization.batch / seconds;
  record.wait_share = loader.waited_s() / seconds;
  if (networks_.mean && number >= config_.epochs() - config_.optimization.swa_epochs) {
    int const before = number - (config_.epochs() - config_.optimization.swa_epochs);
    training::add_to_mean(*networks_.mean, *networks_.trained, before);
  }
  validate(record, *networks_.average, phase);
  record.peak_memory_mb = peak_memory_mb();
  return record;
}

/// The mean loss of an epoch's batches.
Result<double> Run::train(Epoch const& epoch, Loader& loader) {
  auto const& o = config_.optimization;
  auto const start = Clock::now();
  double loss_sum = 0;
  int batches_of_step = 0;
  for (int index = 0; auto const batch = loader.next(); ++index) {
    if (index % o.accumulation == 0) {
      batches_of_step = std::min(o.accumulation, loader.batches() - index);
      StepPosition const position{epoch.number + double(index + batches_of_step) / loader.batches(),
                                  double(config_.epochs()), state_.steps_done, all_steps()};
      training::apply_settings(*optimizer_, o, training::step_settings(o, position));
    }
    double const loss = add_gradient(epoch, *batch, batches_of_step);
    if (!std::isfinite(loss) && (!scaler_.active() || scaler_.gave_up())) {
      return no_number("the loss is no longer a number", epoch.number + 1);
    }
    loss_sum += std::isfinite(loss) ? loss : 0;
    if ((index + 1) % o.accumulation == 0 || index + 1 == loader.batches()) {
      training::finish_step(*networks_.trained, *optimizer_, scaler_, o.clip_norm);
      training::update_average(*networks_.average, *networks_.trained, o.ema_decay, state_.steps_done++);
    }
    report(epoch, index, loader, loss_sum / (index + 1), seconds_since(start));
  }
  return loss_sum / loader.batches();
}

double Run::add_gradient(Epoch const& epoch, Batch const& batch, int batches_of_step) {
  auto const input = batch.input.to(device_, /*non_blocking=*/true);
  auto const target = batch.target.to(device_, /*non_blocking=*/true);
  auto const taught = teachers_->probabilities(input, epoch.shift);
  auto const features = training::features_of(*networks_.trained, input, config_.optimization.precision);
  auto const loss = training::loss_of_heads(
      features, [&](torch::Tensor const& logits) { return epoch.loss(logits, target, taught); });
  scaler_.scale(batches_of_step > 1 ? loss / batches_of_step : loss).backward();
  return loss.item<double>();
}

EpochRecord Run::epoch_of_the_mean() {
  auto const start = Clock::now();
  auto const& phase = config_.optimization.phases.back();
  int const number = config_.epochs();
  Loader loader(stores_.at(phase.photos), config_, number, loader_workers());
  training::measure_batch_statistics(*networks_.mean, phase.frozen_blocks, loader);
  EpochRecord record{.epoch = number + 1, .input_px = phase.input_px};
  record.train_loss = std::numeric_limits<double>::quiet_NaN();
  double const seconds = seconds_since(start);
  record.photos_per_s = double(loader.batches()) * config_.optimization.batch / seconds;
  record.wait_share = loader.waited_s() / seconds;
  validate(record, *networks_.mean, phase);
  record.peak_memory_mb = peak_memory_mb();
  return record;
}

/// Only epochs at the served size compare.
Result<void> Run::keep(EpochRecord const& record) {
  // The last step of an epoch can spoil the weights without any loss that tells.
  if (!std::isfinite(record.val_loss)) return no_number("the validation loss is no longer a number", record.epoch);
  auto const& folder = options_.run_folder;
  state_.log.push_back(record);
  ++state_.epochs_done;
  auto const loss_of = [this](int epoch) { return state_.log[std::size_t(epoch) - 1].val_loss; };
  bool const is_first = state_.best_epoch == 0;
  if (config_.in_last_phase(state_.epochs_done - 1) &&
      (is_first || loss_of(state_.epochs_done) < loss_of(state_.best_epoch))) {
    state_.best_epoch = state_.epochs_done;
    bool const is_mean = state_.epochs_done > config_.epochs();
    training::copy_network(*networks_.best, is_mean ? *networks_.mean : *networks_.average);
    NEVUS_TRY(auto const chart, evaluation::draw_confusion(confusion_));
    NEVUS_CHECK(write_file_atomically(folder / "confusion.png", chart.png));
  }
  if (scaler_.active()) state_.scaler = scaler_.state();
  NEVUS_CHECK(training::save_checkpoint(folder / "checkpoint.pt", state_, networks_, *optimizer_));
  return training::write_log(folder, state_.log);
}

void Run::validate(EpochRecord& record, Network& network, Phase const& phase) {
  auto const shift = training::prior_shift(natural_, stores_.at(phase.photos).samples, config_);
  auto const predictions = training::predict(network, val_, config_.preprocess(record.input_px), shift);
  PerClass<double> prior{};
  auto const counts = dataset::class_counts(natural_);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) prior[c] = double(counts[c]) / double(natural_.size());
  auto const figures = evaluation::measure(predictions, 1.0, prior);
  confusion_ = figures.confusion;
  record.val_loss = figures.log_loss;
  record.val_accuracy = figures.accuracy;
  record.val_balanced_accuracy = figures.balanced_accuracy;
  record.val_macro_auc = figures.macro_auc;
}

void Run::report(Epoch const& epoch, int index, Loader const& loader, double loss, double seconds) const {
  if (!options_.on_progress) return;
  double const per_batch = seconds / (index + 1);
  // Later phases have larger inputs: their photos cost in proportion to the pixels.
  double left = (loader.batches() - index - 1) * per_batch;
  double const pixels = std::pow(epoch.phase.input_px, 2);
  for (int later = epoch.number + 1; later < config_.epochs(); ++later) {
    auto const& phase = config_.phase_of(later);
    double const batches = double(stores_.at(phase.photos).samples.size()) / config_.optimization.batch;
    left += batches * per_batch * std::pow(phase.input_px, 2) / pixels;
  }
  options_.on_progress({epoch.number + 1, config_.epochs(), index + 1, loader.batches(), loss,
                        config_.optimization.batch / per_batch, left, peak_memory_mb()});
}

namespace training {

std::vector<Sample> photos_of(Phase const& phase, Dataset const& data) {
  if (phase.photos == "pretraining") return data.pretraining;
  auto photos = data.train;
  photos.insert(photos.end(), data.extra.begin(), data.extra.end());
  photos.insert(photos.end(), data.sharper.begin(), data.sharper.end());
  return photos;
}

}  // namespace training
}  // namespace nevus
