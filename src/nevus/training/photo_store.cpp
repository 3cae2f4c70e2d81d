// SPDX-License-Identifier: MIT
#include "nevus/training/photo_store.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace nevus::training {

Result<PhotoStore> load_photos(std::vector<Sample> samples) {
  std::vector<std::optional<Image>> photos(samples.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> error;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1U, std::thread::hardware_concurrency()); ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < samples.size(); i = next++) {
        auto photo = dataset::load_photo(samples[i]);
        if (photo) {
          photos[i] = std::move(*photo);
          continue;
        }
        std::lock_guard const lock(mutex);
        if (!error) error = std::move(photo).error();
        next = samples.size();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (error) return tl::unexpected<Error>(*std::move(error));
  PhotoStore store{std::move(samples), {}};
  store.photos.reserve(photos.size());
  for (auto& photo : photos) store.photos.push_back(*std::move(photo));
  return store;
}

}  // namespace nevus::training
