// SPDX-License-Identifier: MIT
// bench_serving answer|network|batch|bare|decoding BUNDLE THREADS COUNT PHOTO...
//
// One measurement of bench/run, printed as one line of numbers:
//   answer   bytes in memory to Analysis, one photo at a time, warm: p50 p95 decode quality network heat (ms; the last
//            four are medians: the stages, and the heat map's picture, which comes on top and whose test is left out)
//   network  tensor to logits, one at a time, warm: p50 p95 (ms)
//   batch    the work of `nevus batch`, file to row, on as many threads: photos per second
//   bare     OpenVINO's infer requests on the same network, nothing decoded: photos per second
//   decoding the same with files read, decoded and prepared, and nothing else: photos per second
// COUNT photos are worked on; the files given are taken in turns.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bare_loop.h"
#include "nevus/analysis/analyze.h"
#include "nevus/base/file.h"
#include "nevus/report/csv.h"
#include "ordered_work.h"

namespace {

using namespace nevus;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kWarmUpCount = 30;

struct Job {
  ModelBundle bundle;
  int threads = 0;
  std::size_t count = 0;
  std::vector<std::filesystem::path> photos;

  [[nodiscard]] std::filesystem::path const& photo(std::size_t i) const { return photos[i % photos.size()]; }
};

[[noreturn]] void stop(std::string const& message) {
  std::fprintf(stderr, "bench_serving: %s\n", message.c_str());
  std::exit(2);
}

template <typename Value>
Value value_or_stop(Result<Value> result) {
  if (!result) stop(result.error().message);
  return *std::move(result);
}

int positive(char const* text, char const* name) {
  int value = 0;
  std::string_view const word(text);
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value <= 0)
    stop(std::string(name) + " is \"" + text + "\", but must be a positive number");
  return value;
}

Classifier load(Job const& job, ServingMode mode) {
  return value_or_stop(Classifier::load(job.bundle, {.mode = mode, .threads = job.threads}));
}

double quantile(std::vector<double> values, double frac) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(std::lround(frac * static_cast<double>(values.size() - 1)))];
}

template <typename Work>
double milliseconds(Work const& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return Milliseconds(std::chrono::steady_clock::now() - start).count();
}

void measure_answer(Job const& job) {
  auto const classifier = load(job, ServingMode::kLatency);
  std::vector<ByteVector> files;
  std::vector<Image> decoded;
  for (auto const& path : job.photos) {
    files.push_back(value_or_stop(read_file(path)));
    decoded.push_back(value_or_stop(image::decode(files.back())));
  }
  std::vector<double> total;
  std::vector<double> decode;
  std::vector<double> quality;
  std::vector<double> network;
  std::vector<double> heat;
  for (std::size_t i = 0; i < kWarmUpCount + job.count; ++i) {
    auto const analysis = value_or_stop(analysis::analyze(files[i % files.size()], classifier));
    if (!analysis.assessment) stop(job.photo(i).string() + " is declined, so it says nothing about the network");
    auto const& photo = decoded[i % decoded.size()];
    auto const heat_ms = milliseconds([&] {
      auto const map = explain::heat_map(*analysis.output, analysis.assessment->predicted);
      if (!map) stop(job.photo(i).string() + " has no heat map");
      auto const picture = explain::picture(photo, *map, classifier.card().preprocess, {.reliable = true});
      if (picture.width_px() < photo.width_px()) stop("the heat map's picture is too small");
    });
    if (i < kWarmUpCount) continue;
    heat.push_back(heat_ms);
    total.push_back(analysis.times.total_ms.count());
    decode.push_back(analysis.times.decode_ms.count());
    quality.push_back(analysis.times.quality_ms.count());
    network.push_back(analysis.times.network_ms.count());
  }
  std::printf("%.3f %.3f %.3f %.3f %.3f %.3f\n", quantile(total, 0.5), quantile(total, 0.95), quantile(decode, 0.5),
              quantile(quality, 0.5), quantile(network, 0.5), quantile(heat, 0.5));
}

Tensor first_input(Job const& job) {
  auto const bytes = value_or_stop(read_file(job.photo(0)));
  return model::preprocess(value_or_stop(image::decode(bytes)), job.bundle.card.preprocess);
}

void measure_network(Job const& job) {
  auto const classifier = load(job, ServingMode::kLatency);
  auto const input = first_input(job);
  std::vector<double> times;
  for (std::size_t i = 0; i < kWarmUpCount + job.count; ++i) {
    auto const time = milliseconds([&] { value_or_stop(classifier.run(input)); });
    if (i >= kWarmUpCount) times.push_back(time);
  }
  std::printf("%.3f %.3f\n", quantile(times, 0.5), quantile(times, 0.95));
}

std::string row_of(std::filesystem::path const& photo, Classifier const& classifier, ModelIdentity const& model) {
  auto const bytes = value_or_stop(read_file(photo));
  auto const analysis = value_or_stop(analysis::analyze(bytes, classifier));
  if (!analysis.assessment) stop(photo.string() + " is declined, so it says nothing about the network");
  return report::to_csv_row(analysis, photo.string(), model);
}

void measure_batch(Job const& job) {
  auto const classifier = load(job, ServingMode::kThroughput);
  auto const model = identity(classifier.card());
  auto const threads = static_cast<std::size_t>(classifier.streams()) + 1;  // as in apps/nevus/batch.cpp
  std::size_t rows = 0;
  auto const work_on = [&](std::size_t count) {
    app::work_in_order(
        count, threads, 4 * threads, [&](std::size_t i) { return row_of(job.photo(i), classifier, model); },
        [&](std::string const& row) {
          rows += static_cast<std::size_t>(!row.empty());
          return true;
        });
  };
  work_on(kWarmUpCount);
  rows = 0;
  auto const time_ms = milliseconds([&] { work_on(job.count); });
  if (rows != job.count) stop("some photos have no row");
  std::printf("%.2f\n", 1000.0 * static_cast<double>(rows) / time_ms);
}

void measure_bare(Job const& job) {
  std::printf("%.2f\n", bench::bare_photos_per_s(job.bundle, first_input(job), job.threads, job.count));
}

}  // namespace

int main(int argument_count, char** arguments) try {
  if (argument_count < 6) stop("usage: bench_serving answer|network|batch|bare|decoding BUNDLE THREADS COUNT PHOTO...");
  Job const job{.bundle = value_or_stop(model::load_bundle(arguments[2])),
                .threads = positive(arguments[3], "THREADS"),
                .count = static_cast<std::size_t>(positive(arguments[4], "COUNT")),
                .photos = {arguments + 5, arguments + argument_count}};
  std::string_view const what = arguments[1];
  if (what == "answer") {
    measure_answer(job);
  } else if (what == "network") {
    measure_network(job);
  } else if (what == "batch") {
    measure_batch(job);
  } else if (what == "bare") {
    measure_bare(job);
  } else if (what == "decoding") {
    std::printf("%.2f\n", bench::decoding_photos_per_s(job.bundle, job.photos, job.threads, job.count));
  } else {
    stop("\"" + std::string(what) + "\" is none of answer, network, batch, bare and decoding");
  }
} catch (std::exception const& exception) {
  stop(exception.what());
}
