// SPDX-License-Identifier: MIT
#include "nevus/training/loader.h"

#include <algorithm>

#include "nevus/training/mix.h"
#include "nevus/training/random.h"
#include "nevus/training/sampling.h"

namespace nevus {
namespace {

constexpr int kBatchesAhead = 4;

/// Mixes the batch's pictures and targets with each other; a batch gets mixup or cutmix, either as often as the other
/// where a recipe has both.
void mix_batch(Batch& batch, TrainingConfig::Optimization const& options, std::mt19937_64& random) {
  auto const rows_of = [](torch::Tensor& tensor) {
    return Rows{tensor.data_ptr<float>(), std::size_t(tensor.size(0)), std::size_t(tensor[0].numel())};
  };
  bool cut = options.cutmix_alpha > 0;
  if (cut && options.mixup_alpha > 0) cut = uniform(random, 0, 1) < 0.5;
  float share = training::draw_share(cut ? options.cutmix_alpha : options.mixup_alpha, random);
  if (cut) {
    int const height_px = int(batch.input.size(2));
    int const width_px = int(batch.input.size(3));
    auto const box = training::draw_box(width_px, height_px, share, random);
    training::swap_boxes(rows_of(batch.input), width_px, height_px, box);
    share = training::share_outside(box, width_px, height_px);
  } else {
    training::mix_rows(rows_of(batch.input), share);
  }
  training::mix_rows(rows_of(batch.target), share);
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
  changed_.wait(lock, [this] { return failure_ || ready_.contains(next_to_take_); });
  if (failure_) std::rethrow_exception(failure_);
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
    try {
      Batch batch = make(index);
      lock.lock();
      ready_.emplace(index, std::move(batch));
    } catch (...) {  // an exception that left a thread would end the program without a word
      if (!lock.owns_lock()) lock.lock();
      failure_ = std::current_exception();
      stopping_ = true;
    }
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
  if (options.mixup_alpha > 0 || options.cutmix_alpha > 0) {
    auto random = generator(options.seed, std::uint64_t(epoch_), std::uint64_t(index), Purpose::kMix);
    mix_batch(batch, options, random);
  }
  return batch;
}

}  // namespace nevus
