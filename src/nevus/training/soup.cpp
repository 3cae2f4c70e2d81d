// SPDX-License-Identifier: MIT
#include "nevus/training/soup.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nevus/base/file.h"
#include "nevus/training/optimize.h"
#include "nevus/training/run.h"
#include "nevus/training/sampling.h"
#include "nevus/training/weight_average.h"

namespace nevus::training {
namespace {

constexpr double kSameShift = 1e-6;

Phase const& phase_of(TrainedNetwork const& trained) { return trained.config.phase_of(std::max(0, trained.epoch - 1)); }

PerClass<float> shift_of(TrainedNetwork const& trained, Dataset const& data) {
  return prior_shift(data.train, photos_of(phase_of(trained), data), trained.config);
}

Result<void> check_alike(TrainedNetwork const& first, Dataset const& first_data, TrainedNetwork const& other,
                         RunOnData const& other_run) {
  auto const& folder = other_run.folder;
  if (first.config.network.name != other.config.network.name)
    return fail(ErrorCode::kConfig, folder.string() + ": its network is " + other.config.network.name +
                                        ", that of the first run " + first.config.network.name);
  if (first.config.served_preprocess() != other.config.served_preprocess())
    return fail(ErrorCode::kConfig,
                folder.string() + ": its network is served another input than that of the first run");
  if (dataset::content_sha256(first_data.train) != dataset::content_sha256(other_run.data.train))
    return fail(ErrorCode::kConfig, folder.string() + ": its network was trained on other photos than the first run");
  auto const a = shift_of(first, first_data);
  auto const b = shift_of(other, other_run.data);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (std::abs(a[c] - b[c]) > kSameShift)
      return fail(ErrorCode::kConfig,
                  folder.string() + ": its network was trained on other class frequencies than that of the first run");
  }
  return {};
}

/// A folder that looks like a run that is over, so that evaluate and export take it.
Result<void> write_run(std::vector<RunOnData> const& runs, std::filesystem::path const& out, TrainedNetwork const& soup,
                       EpochRecord const& record) {
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) return fail(ErrorCode::kIo, out.string() + ": " + error.message());
  NEVUS_CHECK(write_file_atomically(out / "config.toml", soup.config.text));
  std::vector<std::filesystem::path> folders;
  for (auto const& run : runs) folders.push_back(run.folder);
  NEVUS_TRY(auto const facts, soup_facts(folders));
  NEVUS_CHECK(write_file_atomically(out / "run.json", facts));
  auto const optimizer = make_optimizer(*soup.network, soup.config.optimization);
  Checkpoint state;
  state.epochs_done = state.best_epoch = record.epoch;
  state.log = {record};
  RunNetworks const networks{soup.network, soup.network, soup.network, nullptr};
  NEVUS_CHECK(save_checkpoint(out / "checkpoint.pt", state, networks, *optimizer));
  return write_log(out, state.log);
}

}  // namespace

Result<EpochRecord> make_soup(std::vector<RunOnData> const& runs, std::filesystem::path const& out) {
  if (runs.size() < 2) return fail(ErrorCode::kUsage, "soup: at least two runs are needed");
  if (std::filesystem::exists(out / "checkpoint.pt"))
    return fail(ErrorCode::kUsage, out.string() + ": there is a run here already; choose another --out");
  auto const& data = runs.front().data;
  NEVUS_TRY(auto soup, load_trained(runs.front().folder));
  for (std::size_t i = 1; i < runs.size(); ++i) {
    NEVUS_TRY(auto const other, load_trained(runs[i].folder));
    NEVUS_CHECK(check_alike(soup, data, other, runs[i]));
    add_to_mean(*soup.network, *other.network, int(i));
  }
  if (int const threads = soup.config.optimization.threads; threads > 0) torch::set_num_threads(threads);
  auto const& phase = soup.config.optimization.phases.back();
  NEVUS_TRY(auto const store, load_photos(photos_of(phase, data), soup.config.served_preprocess()));
  Loader loader(store, soup.config, soup.config.epochs(), 2);
  measure_batch_statistics(*soup.network, phase.frozen_blocks, loader);
  NEVUS_TRY(auto const val, load_photos(data.val, soup.config.served_preprocess()));
  auto const predictions =
      predict(*soup.network, val, soup.config.served_preprocess(), prior_shift(data.train, store.samples, soup.config));
  PerClass<double> prior{};
  auto const counts = dataset::class_counts(data.train);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) prior[c] = double(counts[c]) / double(data.train.size());
  auto const figures = evaluation::measure(predictions, 1.0, prior);
  EpochRecord record{.epoch = soup.config.epochs(), .input_px = phase.input_px};
  record.train_loss = std::numeric_limits<double>::quiet_NaN();
  record.val_loss = figures.log_loss;
  record.val_accuracy = figures.accuracy;
  record.val_balanced_accuracy = figures.balanced_accuracy;
  record.val_macro_auc = figures.macro_auc;
  NEVUS_CHECK(write_run(runs, out, soup, record));
  return record;
}

}  // namespace nevus::training
