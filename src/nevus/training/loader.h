// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "nevus/training/config.h"
#include "nevus/training/photo_store.h"

namespace nevus {

struct Batch {
  torch::Tensor input;   ///< [N,3,H,W], channels-last
  torch::Tensor target;  ///< [N,7], rows sum to 1
};

/// The batches of one training epoch, made ahead by worker threads. The result depends on (config, epoch) alone, never
/// on timing.
class Loader {
 public:
  Loader(PhotoStore const& store, TrainingConfig const& config, int epoch, int workers);
  ~Loader();
  Loader(Loader const&) = delete;
  Loader& operator=(Loader const&) = delete;

  /// The next batch; nothing at the end of the epoch. Blocks while the workers are behind. Throws what a worker threw.
  [[nodiscard]] std::optional<Batch> next();
  [[nodiscard]] int batches() const { return batches_; }
  [[nodiscard]] double waited_s() const { return waited_s_; }  ///< time that `next` spent blocked

 private:
  void work();
  [[nodiscard]] Batch make(int index) const;

  PhotoStore const& store_;
  TrainingConfig const& config_;
  int epoch_;
  PreprocessSpec spec_;
  std::vector<std::size_t> order_;
  int batches_;
  double waited_s_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Batch> ready_;
  int next_to_make_ = 0;
  int next_to_take_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> workers_;
};

}  // namespace nevus
