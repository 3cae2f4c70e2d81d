// SPDX-License-Identifier: MIT
#include "photos.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "nevus/base/file.h"
#include "nevus/image/decode.h"
#include "quality/defects.h"
#include "quality/drawings.h"

namespace nevus::bench {

void stop(std::string const& message) {
  std::fprintf(stderr, "bench_quality: %s\n", message.c_str());
  std::exit(1);
}

Image load(fs::path const& path) {
  auto const bytes = read_file(path);
  if (!bytes) stop(bytes.error().message);
  auto photo = image::decode(*bytes);
  if (!photo) stop(path.string() + ": " + photo.error().message);
  return *std::move(photo);
}

std::map<std::string, Listed> read_splits(fs::path const& data) {
  std::ifstream file(data / "ham10000/split.csv");
  if (!file) stop((data / "ham10000/split.csv").string() + " cannot be read; give the folder that holds ham10000/");
  std::map<std::string, Listed> splits;
  for (std::string line; std::getline(file, line);) {
    auto const last = line.rfind(',');
    auto const before = line.rfind(',', last - 1);
    splits[line.substr(0, line.find(','))] = {line.substr(before + 1, last - before - 1), line.substr(last + 1)};
  }
  return splits;
}

Paths validation_photos(fs::path const& data, std::string const& view) {
  auto splits = read_splits(data);
  auto paths = photos_in(data / "ham10000" / view, [&](std::string const& id) { return splits[id].split == "val"; });
  if (paths.empty()) stop("no validation photos in " + (data / "ham10000" / view).string());
  return paths;
}

Mask mask_of(fs::path const& data, fs::path const& photo, int width_px, int height_px) {
  auto const stored = load(data / "ham10000/masks-200x150" / (photo.stem().string() + ".png"));
  Mask mask{width_px, height_px, {}};
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      auto const from = std::size_t(y * stored.height_px() / height_px) * std::size_t(stored.width_px()) +
                        std::size_t(x * stored.width_px() / width_px);
      mask.inside.push_back(stored.pixels()[3 * from] > 127 ? 255 : 0);
    }
  }
  return mask;
}

Image cropped(Image const& photo, Window const& window) {
  std::vector<std::uint8_t> pixels;
  for (int y = window.y; y < window.y + window.height; ++y) {
    auto const row = photo.pixels().begin() + std::ptrdiff_t{3} * (y * photo.width_px() + window.x);
    pixels.insert(pixels.end(), row, row + std::ptrdiff_t{3} * window.width);
  }
  return {window.width, window.height, std::move(pixels)};
}

Mask cropped(Mask const& mask, Window const& window) {
  Mask part{window.width, window.height, {}};
  for (int y = window.y; y < window.y + window.height; ++y) {
    auto const row = mask.inside.begin() + std::ptrdiff_t{y} * mask.width_px + window.x;
    part.inside.insert(part.inside.end(), row, row + window.width);
  }
  return part;
}

Window two_thirds(int width_px, int height_px, unsigned seed) {
  std::mt19937 random(seed);
  Window window{0, 0, 2 * width_px / 3, 2 * height_px / 3};
  window.x = int(quality::drawings::between(random, 0, width_px - window.width + 0.99));
  window.y = int(quality::drawings::between(random, 0, height_px - window.height + 0.99));
  return window;
}

Image from_afar(Image const& photo, int factor, unsigned seed) {
  auto const small = quality::defects::reduced(photo, factor);
  std::array<double, 3> edge{};
  double count = 0;
  for (int x = 0; x < small.width_px(); ++x) {
    for (auto const y : {0, small.height_px() - 1}) {
      for (std::size_t c = 0; c < 3; ++c) edge[c] += small.pixels()[std::size_t(3 * (y * small.width_px() + x)) + c];
      ++count;
    }
  }
  std::mt19937 random(seed);
  std::vector<std::uint8_t> pixels(photo.pixels().size());
  auto const left = (photo.width_px() - small.width_px()) / 2;
  auto const top = (photo.height_px() - small.height_px()) / 2;
  for (int y = 0; y < photo.height_px(); ++y) {
    for (int x = 0; x < photo.width_px(); ++x) {
      auto const inner_x = x - left;
      auto const inner_y = y - top;
      bool const inside = inner_x >= 0 && inner_x < small.width_px() && inner_y >= 0 && inner_y < small.height_px();
      auto const grain = quality::drawings::between(random, -5, 5);
      for (std::size_t c = 0; c < 3; ++c) {
        pixels[std::size_t(3 * (y * photo.width_px() + x)) + c] =
            inside ? small.pixels()[std::size_t(3 * (inner_y * small.width_px() + inner_x)) + c]
                   : quality::defects::to_byte(edge[c] / count + grain);
      }
    }
  }
  return {photo.width_px(), photo.height_px(), std::move(pixels)};
}

}  // namespace nevus::bench
