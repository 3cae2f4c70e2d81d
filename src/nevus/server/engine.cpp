// SPDX-License-Identifier: MIT
#include "nevus/server/engine.h"

#include <utility>

namespace nevus::server {

Engine::Engine(int workers, std::size_t queue_length) : queue_length_(queue_length) {
  for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { run(); });
}

Engine::~Engine() { stop(); }

bool Engine::submit(Work work) {
  {
    std::lock_guard const lock(mutex_);
    if (stopped_ || queue_.size() >= queue_length_) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Engine::submit_background(Work work) {
  {
    std::lock_guard const lock(mutex_);
    if (stopped_) return;
    background_.push_back(std::move(work));
  }
  changed_.notify_one();
}

std::size_t Engine::waiting() const {
  std::lock_guard const lock(mutex_);
  return queue_.size();
}

std::size_t Engine::running() const {
  std::lock_guard const lock(mutex_);
  return running_;
}

void Engine::stop() {
  std::deque<Work> dropped;
  std::deque<Work> dropped_background;
  {
    std::lock_guard const lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
    dropped_background.swap(background_);
  }
  changed_.notify_all();
  threads_.clear();
}

void Engine::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty() || !background_.empty(); });
    if (stopped_) return;
    auto& source = queue_.empty() ? background_ : queue_;
    auto work = std::move(source.front());
    source.pop_front();
    ++running_;
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes now, not when the next work comes
    lock.lock();
    --running_;
  }
}

}  // namespace nevus::server
