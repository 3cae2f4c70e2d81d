// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace nevus::app {

/// Calls `work(i)` for i = 0 … count-1 on `threads` threads and gives the results to `take` on the calling thread, in
/// order. At most `window` results wait, so a slow first item does not fill the memory with finished later ones.
/// Stops early when `take` returns false. `work` must not throw.
template <typename Work, typename Take>
void work_in_order(std::size_t count, std::size_t threads, std::size_t window, Work const& work, Take const& take) {
  using Item = std::invoke_result_t<Work, std::size_t>;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Item> finished;
  std::size_t next_to_start = 0;
  std::size_t next_to_take = 0;
  bool stopped = false;

  auto const worker = [&] {
    for (std::unique_lock lock(mutex);;) {
      changed.wait(lock, [&] { return stopped || next_to_start == count || next_to_start < next_to_take + window; });
      if (stopped || next_to_start == count) return;
      auto const index = next_to_start++;
      lock.unlock();
      auto item = work(index);
      lock.lock();
      finished.emplace(index, std::move(item));
      changed.notify_all();
    }
  };
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < threads; ++i) workers.emplace_back(worker);

  for (std::unique_lock lock(mutex); next_to_take < count && !stopped;) {
    changed.wait(lock, [&] { return finished.contains(next_to_take); });
    auto item = std::move(finished.extract(next_to_take).mapped());
    lock.unlock();
    bool const go_on = take(std::move(item));
    lock.lock();
    ++next_to_take;
    stopped = !go_on;
    changed.notify_all();
  }
}

}  // namespace nevus::app
