// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "nevus/image/image.h"

namespace nevus::bench {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

[[noreturn]] void stop(std::string const& message);

[[nodiscard]] Image load(fs::path const& path);

struct Listed {
  std::string diagnosis;
  std::string split;
};

/// What split.csv says of every HAM10000 photo, by its id.
[[nodiscard]] std::map<std::string, Listed> read_splits(fs::path const& data);

template <typename Keep>
Paths photos_in(fs::path const& folder, Keep keep) {
  Paths paths;
  for (auto const& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".jpg" && keep(entry.path().stem().string())) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

/// The photos of the validation part in this view of HAM10000.
[[nodiscard]] Paths validation_photos(fs::path const& data, std::string const& view);

/// make(i) for each i below `count`, in their order.
template <typename Item, typename Make>
std::vector<Item> on_all_cores(std::size_t count, Make const& make) {
  std::vector<Item> items(count);
  std::atomic<std::size_t> next = 0;
  auto const work = [&] {
    for (std::size_t i; (i = next++) < count;) items[i] = make(i);
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  workers.clear();
  return items;
}

/// A lesion's mask, 255 inside.
struct Mask {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> inside;
};

/// HAM10000's mask of a photo, brought to the photo's size.
[[nodiscard]] Mask mask_of(fs::path const& data, fs::path const& photo, int width_px, int height_px);

/// A part of the frame, in pixels.
struct Window {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

[[nodiscard]] Image cropped(Image const& photo, Window const& window);
[[nodiscard]] Mask cropped(Mask const& mask, Window const& window);

/// A window of two thirds of each side at a place that `seed` draws.
[[nodiscard]] Window two_thirds(int width_px, int height_px, unsigned seed);

/// The photo seen from further away: made smaller by `factor` in the middle of a frame of its old size, with skin in
/// the mean colour of its edge and some grain around it.
[[nodiscard]] Image from_afar(Image const& photo, int factor, unsigned seed);

}  // namespace nevus::bench
