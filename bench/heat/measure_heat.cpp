// SPDX-License-Identifier: MIT
// bench_heat DATA_FOLDER BUNDLE [N]
//
// How much of the heat of the bundle's heat maps lies inside the lesion, by HAM10000's masks, and how many of the maps
// are reliable, over HAM10000's test photos and for the class that each photo is answered with. Writes the figures into
// the bundle's card.json and MODEL_CARD.md. A bundle that is exported anew has none until this runs again.
//
// Whether a map is reliable takes 16 further runs of the network; with N it is asked of every Nth lesion only, and the
// card says of how many photos.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "nevus/base/file.h"
#include "nevus/dataset/dataset.h"
#include "nevus/evaluation/model_card.h"
#include "nevus/explain/faithfulness.h"
#include "nevus/image/decode.h"

namespace {

using namespace nevus;
namespace fs = std::filesystem;

[[noreturn]] void stop(std::string const& message) {
  std::fprintf(stderr, "bench_heat: %s\n", message.c_str());
  std::exit(1);
}

template <typename Value>
Value value_or_stop(Result<Value> result) {
  if (!result) stop(result.error().message);
  return *std::move(result);
}

Image load(fs::path const& path) { return value_or_stop(image::decode(value_or_stop(read_file(path)))); }

/// Of one photo; all but `lesion_id` and `view_in_lesion` are 0 where no part speaks for the class.
struct Figures {
  std::string lesion_id;
  double has_map = 0;
  double heat_in_lesion = 0;  ///< share of the heat
  double peak_in_lesion = 0;  ///< 1 where at least half of the hottest cell is lesion
  double tested = 0;          ///< 1 where it was asked whether the map is reliable
  double reliable = 0;
  double view_in_lesion = 0;  ///< share of the network's view that is lesion: what heat spread evenly would reach
};

/// First and last photo pixel of a cell along one axis, and at least one.
std::pair<int, int> span_of(int cell, int cells, int input_px, double origin_px, double px_per_input, int photo_px) {
  auto const at = [&](int edge) {
    auto const input = edge * static_cast<double>(input_px) / cells - 0.5;
    return static_cast<int>(std::lround(origin_px + input * px_per_input + 0.5));
  };
  auto const first = std::clamp(at(cell), 0, photo_px - 1);
  return {first, std::clamp(at(cell + 1) - 1, first, photo_px - 1)};
}

/// Share of each cell of the map that is lesion, [height,width].
std::vector<double> lesion_by_cell(Image const& mask, HeatMap const& map, PreprocessSpec const& spec) {
  auto const place = model::placement(mask.width_px(), mask.height_px(), spec);
  std::vector<double> shares;
  for (int row = 0; row < map.height; ++row) {
    auto const [top, bottom] =
        span_of(row, map.height, spec.height_px, place.origin_y_px, place.px_per_input_y, mask.height_px());
    for (int column = 0; column < map.width; ++column) {
      auto const [left, right] =
          span_of(column, map.width, spec.width_px, place.origin_x_px, place.px_per_input_x, mask.width_px());
      int inside = 0;
      for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
          inside += static_cast<int>(mask.pixels()[std::size_t{3} * (y * mask.width_px() + x)] > 127);
        }
      }
      shares.push_back(static_cast<double>(inside) / ((bottom - top + 1) * (right - left + 1)));
    }
  }
  return shares;
}

enum class Faithful { kAsk, kSkip };

Figures measure(Sample const& sample, fs::path const& masks, Classifier const& classifier, Faithful faithful) {
  auto const photo = load(sample.path);
  auto const& spec = classifier.card().preprocess;
  auto const input = model::preprocess(photo, spec);
  auto const output = value_or_stop(classifier.run(input));
  auto const answer = std::ranges::max_element(output.logits) - output.logits.begin();
  Figures figures;
  figures.lesion_id = sample.lesion_id;
  auto const map = explain::heat_map(output, static_cast<LesionClass>(answer));
  if (!map) return figures;
  auto const lesion = lesion_by_cell(load(masks / (sample.image_id + ".png")), *map, spec);
  double heat = 0;
  double inside = 0;
  for (std::size_t i = 0; i < lesion.size(); ++i) {
    heat += map->heat[i];
    inside += map->heat[i] * lesion[i];
    figures.view_in_lesion += lesion[i] / static_cast<double>(lesion.size());
  }
  auto const hottest = std::ranges::max_element(map->heat) - map->heat.begin();
  figures.has_map = 1;
  figures.heat_in_lesion = inside / heat;
  figures.peak_in_lesion = lesion[static_cast<std::size_t>(hottest)] >= 0.5 ? 1 : 0;
  if (faithful == Faithful::kSkip) return figures;
  figures.tested = 1;
  figures.reliable = value_or_stop(explain::measure_faithfulness(classifier, input, output, *map)).reliable ? 1 : 0;
  return figures;
}

/// All photos of every Nth lesion, in the order in which lesions first occur.
std::vector<Faithful> of_every_nth_lesion(std::vector<Sample> const& samples, std::size_t n) {
  std::map<std::string, std::size_t> place_of_lesion;
  std::vector<Faithful> asked;
  for (auto const& sample : samples) {
    auto const place = place_of_lesion.emplace(sample.lesion_id, place_of_lesion.size()).first->second;
    asked.push_back(place % n == 0 ? Faithful::kAsk : Faithful::kSkip);
  }
  return asked;
}

std::vector<Figures> measure_all(std::vector<Sample> const& samples, fs::path const& masks,
                                 Classifier const& classifier, std::size_t test_every_lesion) {
  auto const asked = of_every_nth_lesion(samples, test_every_lesion);
  std::vector<Figures> all(samples.size());
  std::atomic<std::size_t> next = 0;
  auto const work = [&] {
    for (std::size_t i; (i = next++) < samples.size();) all[i] = measure(samples[i], masks, classifier, asked[i]);
  };
  std::vector<std::jthread> workers;
  for (int i = 0; i <= classifier.streams(); ++i) workers.emplace_back(work);
  workers.clear();
  return all;
}

/// Mean over the photos that have a map (over all, for `has_map` itself; over those that were tested, for `reliable`),
/// with the 95 % interval from 1,000 resamples of whole lesions.
Metric mean_of(std::vector<Figures> const& all, double Figures::*figure) {
  std::map<std::string, std::pair<double, double>> by_lesion;  // sum and count
  for (auto const& one : all) {
    if (figure != &Figures::has_map && one.has_map == 0) continue;
    if (figure == &Figures::reliable && one.tested == 0) continue;
    auto& [sum, count] = by_lesion[one.lesion_id];
    sum += one.*figure;
    ++count;
  }
  std::vector<std::pair<double, double>> lesions;
  for (auto const& [id, sum_and_count] : by_lesion) lesions.push_back(sum_and_count);
  auto const mean = [&](auto const& pick) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = 0; i < lesions.size(); ++i) {
      auto const& [lesion_sum, lesion_count] = lesions[pick(i)];
      sum += lesion_sum;
      count += lesion_count;
    }
    return sum / std::max(1.0, count);
  };
  std::mt19937 random(1);
  std::vector<double> resampled;
  for (int i = 0; i < 1000; ++i) resampled.push_back(mean([&](std::size_t) { return random() % lesions.size(); }));
  std::ranges::sort(resampled);
  return {mean([](std::size_t i) { return i; }), resampled[25], resampled[974]};
}

void write_or_stop(fs::path const& path, std::string const& text) {
  auto const written = write_file_atomically(path, text);
  if (!written) stop(written.error().message);
}

}  // namespace

int main(int argument_count, char** arguments) {
  int const every = argument_count == 4 ? std::atoi(arguments[3]) : 1;
  if (argument_count < 3 || argument_count > 4 || every < 1)
    stop("give the folder that holds ham10000/, a bundle and, if you like, N: test the maps of every Nth lesion");
  auto const root = fs::path(arguments[1]) / "ham10000";
  auto const data = value_or_stop(dataset::read_ham10000(root, "images-200x150"));
  auto bundle = value_or_stop(model::load_bundle(arguments[2]));
  auto const classifier = value_or_stop(Classifier::load(bundle, {.mode = ServingMode::kThroughput}));
  auto const all = measure_all(data.test, root / "masks-200x150", classifier, std::size_t(every));
  for (auto const& [name, figure] : std::initializer_list<std::pair<char const*, double Figures::*>>{
           {"heat.has_map", &Figures::has_map},
           {"heat.heat_in_lesion", &Figures::heat_in_lesion},
           {"heat.view_in_lesion", &Figures::view_in_lesion},
           {"heat.peak_in_lesion", &Figures::peak_in_lesion},
           {"heat.reliable", &Figures::reliable}}) {
    auto const metric = mean_of(all, figure);
    bundle.card.metrics[name] = metric;
    std::printf("%-20s %.3f (%.3f to %.3f)\n", name, metric.value, metric.low, metric.high);
  }
  auto const tested = double(std::ranges::count(all, 1.0, &Figures::tested));
  bundle.card.metrics.erase("heat.reliable.photos");
  if (every > 1) bundle.card.metrics["heat.reliable.photos"] = {tested, tested, tested};
  write_or_stop(bundle.folder / "card.json", model::to_json(bundle.card));
  write_or_stop(bundle.folder / "MODEL_CARD.md", evaluation::model_card_markdown(bundle.card));
}
