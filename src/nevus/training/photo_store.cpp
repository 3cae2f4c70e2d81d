// SPDX-License-Identifier: MIT
#include "nevus/training/photo_store.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

namespace nevus::training {
namespace {

/// A library that fails in one of many threads must not end the program.
Result<Image> load(Sample const& sample, PreprocessSpec const* spec) {
  try {
    NEVUS_TRY(auto photo, dataset::load_photo(sample));
    return spec != nullptr && spec->detail_px > 0 ? model::detailed(photo, *spec) : std::move(photo);
  } catch (std::bad_alloc const&) {
    return fail(ErrorCode::kTraining, sample.path.string() + ": there is not enough memory for the photos");
  } catch (std::exception const& problem) {
    return fail(ErrorCode::kDamagedPhoto, sample.path.string() + ": " + problem.what());
  }
}

Result<PhotoStore> load_all(std::vector<Sample> samples, PreprocessSpec const* spec) {
  std::vector<std::optional<Image>> photos(samples.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> error;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1U, std::thread::hardware_concurrency()); ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < samples.size(); i = next++) {
        auto photo = load(samples[i], spec);
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

}  // namespace

Result<PhotoStore> load_photos(std::vector<Sample> samples) { return load_all(std::move(samples), nullptr); }

Result<PhotoStore> load_photos(std::vector<Sample> samples, PreprocessSpec const& spec) {
  return load_all(std::move(samples), &spec);
}

}  // namespace nevus::training
