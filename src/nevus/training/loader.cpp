// SPDX-License-Identifier: MIT
#include "nevus/training/loader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nevus/training/random.h"

namespace nevus {
namespace {

constexpr int kBatchesAhead = 4;

/// lambda of mixup (Zhang et al. 2018), Beta(alpha, alpha).
float draw_mix(double alpha, std::mt19937_64& random) {
  std::gamma_distribution<double> gamma(alpha, 1.0);
  double const a = gamma(random);
  double const b = gamma(random);
  return a + b > 0 ? float(a / (a + b)) : 1.0F;
}

/// Mixes row i with row n-1-i: every row meets a partner and no copy of the batch is needed.
void mix_rows(float* values, std::size_t rows, std::size_t row_size, float lambda) {
  for (std::size_t i = 0; i < rows / 2; ++i) {
    float* a = values + i * row_size;
    float* b = values + (rows - 1 - i) * row_size;
    for (std::size_t k = 0; k < row_size; ++k) {
      float const mixed = lambda * a[k] + (1 - lambda) * b[k];
      b[k] = lambda * b[k] + (1 - lambda) * a[k];
      a[k] = mixed;
    }
  }
}

}  // namespace

Loader::Loader(PhotoStore const& store, TrainingConfig const& config, int epoch, int workers)
    : store_(store),
      config_(config),
      epoch_(epoch),
      spec_(config.preprocess(config.phase_of(epoch).input_px)),
      order_(
          training::sample_order(store.samples, config.optimization.sampling_power, config.optimization.seed, epoch)),
      batches_(int(order_.size()) / config.optimization.batch) {
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

Loader::~Loader() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& worker : workers_) worker.join();
}

std::optional<Batch> Loader::next() {
  std::unique_lock lock(mutex_);
  if (next_to_take_ == batches_) return std::nullopt;
  auto const start = std::chrono::steady_clock::now();
  changed_.wait(lock, [this] { return ready_.contains(next_to_take_); });
  waited_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Batch batch = std::move(ready_.extract(next_to_take_++).mapped());
  lock.unlock();
  changed_.notify_all();
  batch.input = batch.input.contiguous(torch::MemoryFormat::ChannelsLast);
  return batch;
}

void Loader::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [this] { return stopping_ || next_to_make_ < std::min(batches_, next_to_take_ + kBatchesAhead); });
    if (stopping_) return;
    int const index = next_to_make_++;
    lock.unlock();
    Batch batch = make(index);
    lock.lock();
    ready_.emplace(index, std::move(batch));
    lock.unlock();
    changed_.notify_all();
  }
}

Batch Loader::make(int index) const {
  auto const& options = config_.optimization;
  std::size_t const rows = std::size_t(options.batch);
  std::size_t const row_size = std::size_t{3} * spec_.width_px * spec_.height_px;
  Batch batch{
      torch::empty({options.batch, 3, spec_.height_px, spec_.width_px}),
      torch::full({options.batch, std::int64_t(kLesionClassCount)}, options.label_smoothing / kLesionClassCount)};
  auto* input = batch.input.data_ptr<float>();
  auto* target = batch.target.data_ptr<float>();
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t const position = std::size_t(index) * rows + row;
    std::size_t const sample = order_[position];
    auto random = generator(options.seed, std::uint64_t(epoch_), position, Purpose::kAugment);
    Image const picture = training::augment(store_.photos[sample], spec_, config_.augment, random);
    model::normalize(picture, spec_, {input + row * row_size, row_size});
    target[row * kLesionClassCount + std::size_t(store_.samples[sample].label)] += float(1 - options.label_smoothing);
  }
  if (options.mixup_alpha > 0) {
    auto random = generator(options.seed, std::uint64_t(epoch_), std::uint64_t(index), Purpose::kMix);
    float const lambda = draw_mix(options.mixup_alpha, random);
    mix_rows(input, rows, row_size, lambda);
    mix_rows(target, rows, kLesionClassCount, lambda);
  }
  return batch;
}

namespace training {
namespace {

/// Share of draws for each class.
PerClass<double> sampled_prior(PerClass<std::size_t> const& counts, double power) {
  PerClass<double> prior{};
  for (std::size_t c = 0; c < kLesionClassCount; ++c)
    prior[c] = counts[c] > 0 ? std::pow(double(counts[c]), 1 - power) : 0;
  double const sum = std::accumulate(prior.begin(), prior.end(), 0.0);
  for (auto& share : prior) share /= sum;
  return prior;
}

}  // namespace

std::vector<std::size_t> sample_order(std::vector<Sample> const& samples, double power, std::uint64_t seed, int epoch) {
  auto random = generator(seed, std::uint64_t(epoch), 0, Purpose::kOrder);
  PerClass<std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < samples.size(); ++i) members[std::size_t(samples[i].label)].push_back(i);
  auto const prior = sampled_prior(dataset::class_counts(samples), power);
  std::vector<std::size_t> order;
  double owed = 0;  // carries the fractions of a draw, so that the sum is exact
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    owed += prior[c] * double(samples.size());
    auto draws = std::size_t(std::max(0.0, std::round(owed)));
    owed -= double(draws);
    while (draws > 0 && !members[c].empty()) {
      std::shuffle(members[c].begin(), members[c].end(), random);
      std::size_t const taken = std::min(draws, members[c].size());
      order.insert(order.end(), members[c].begin(), members[c].begin() + std::ptrdiff_t(taken));
      draws -= taken;
    }
  }
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

PerClass<float> prior_shift(std::vector<Sample> const& natural, std::vector<Sample> const& trained, double power) {
  auto const prior = sampled_prior(dataset::class_counts(natural), 0);
  auto const sampled = sampled_prior(dataset::class_counts(trained), power);
  PerClass<float> shift{};
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    if (prior[c] > 0 && sampled[c] > 0) shift[c] = float(std::log(prior[c] / sampled[c]));
  }
  return shift;
}

}  // namespace training
}  // namespace nevus
