// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nevus::server {

/// The threads that do all work that takes time, behind one bounded queue. A worker decodes a photo while the others
/// have theirs in the network, as in `nevus batch`.
class Engine {
 public:
  using Work = std::function<void()>;  ///< throws nothing

  Engine(int workers, std::size_t queue_length);
  ~Engine();  ///< what is queued is dropped, what runs is waited for
  Engine(Engine const&) = delete;
  Engine& operator=(Engine const&) = delete;

  /// False where the queue is full.
  [[nodiscard]] bool submit(Work work);
  /// Work of a batch: done when no request waits. Batches take turns, since each submits its next piece when one is
  /// done.
  void submit_background(Work work);

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] int workers() const { return static_cast<int>(threads_.size()); }
  void stop();

 private:
  void run();

  std::size_t queue_length_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  std::deque<Work> background_;
  std::size_t running_ = 0;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace nevus::server
