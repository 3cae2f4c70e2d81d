// SPDX-License-Identifier: MIT
#include "nevus/server/metrics.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>

namespace nevus::server {
namespace {

constexpr std::array kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0};
constexpr std::array kPhotos{1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0};

struct Kind {
  std::string_view name;
  std::string_view help;
  std::span<double const> buckets;  ///< none: a counter
};

constexpr std::array<Kind, 10> kKinds{{
    {"nevus_requests_total", "Requests by route, method and status", {}},
    {"nevus_request_seconds", "From the first byte of a request to the last of its answer", kSeconds},
    {"nevus_queue_seconds", "Wait for a free worker", kSeconds},
    {"nevus_stage_seconds", "Time of a stage of the analysis", kSeconds},
    {"nevus_photos_in_work", "Requests that the workers had in hand when one began", kPhotos},
    {"nevus_analyses_total", "Photos analysed, by model, status, class and urgency", {}},
    {"nevus_quality_failures_total", "Photos that failed a measure of quality", {}},
    {"nevus_doubts_total",
     "Photos outside what the network knows (ood), or for which it cannot tell (cannot_tell)",
     {}},
    {"nevus_failures_total", "Photos that could not be analysed, by error", {}},
    {"nevus_language_model_total", "Texts that a language model was asked for, by outcome", {}},
}};

Kind const& kind(std::string_view name) { return *std::ranges::find(kKinds, name, &Kind::name); }

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.9g", value);
  return text.data();
}

std::string line(std::string_view name, std::string_view suffix, std::string const& labels, std::string const& value) {
  return std::string(name) + std::string(suffix) + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
}

std::string head(std::string_view name, std::string_view help, std::string_view type) {
  return "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) + " " +
         std::string(type) + "\n";
}

}  // namespace

void Metrics::count(std::string_view name, Labels const& labels) { ++counters_[kind(name).name][labels]; }

void Metrics::observe(std::string_view name, Labels const& labels, double value) {
  auto const& buckets = kind(name).buckets;
  auto& histogram = histograms_[kind(name).name][labels];
  histogram.counts.resize(buckets.size() + 1);
  ++histogram.counts[static_cast<std::size_t>(std::ranges::lower_bound(buckets, value) - buckets.begin())];
  histogram.sum += value;
  ++histogram.count;
}

void Metrics::answered(Answered const& answered) {
  std::lock_guard const lock(mutex_);
  auto const route = label("route", answered.pattern);
  count("nevus_requests_total", route + "," + label("method", answered.pattern == "-" ? "-" : answered.method) + "," +
                                    label("code", std::to_string(answered.status)));
  observe("nevus_request_seconds", route, answered.time_ms / 1000);
}

void Metrics::analysed(StageTimes const& times, std::string const& model, std::string const& result_json) {
  auto const result = nlohmann::json::parse(result_json);
  auto const text = [&](char const* field) { return result.value(field, std::string("none")); };
  auto const urgency = result.contains("urgency") ? result["urgency"].value("level", "none") : std::string("none");
  std::lock_guard const lock(mutex_);
  auto const stage = [&](char const* name, std::chrono::duration<double, std::milli> time) {
    if (time.count() > 0) observe("nevus_stage_seconds", label("stage", name), time.count() / 1000);
  };
  stage("decode", times.decode_ms);
  stage("quality", times.quality_ms);
  stage("network", times.network_ms);
  stage("explain", times.explain_ms);
  stage("stability", times.stability_ms);
  stage("total", times.total_ms);
  count("nevus_analyses_total", label("model", model) + "," + label("status", text("status")) + "," +
                                    label("class", text("predicted_class")) + "," + label("urgency", urgency));
  for (auto const& measure : result["quality"]["measures"]) {
    if (!measure.value("passed", true))
      count("nevus_quality_failures_total", label("measure", measure.value("name", "none")));
  }
  auto const ood = result.contains("ood") ? result["ood"].value("state", "none") : std::string("in_distribution");
  if (ood != "in_distribution") count("nevus_doubts_total", label("kind", "ood_" + ood));
  if (result.value("cannot_tell", false)) count("nevus_doubts_total", label("kind", "cannot_tell"));
}

void Metrics::failed(std::string_view code) {
  std::lock_guard const lock(mutex_);
  count("nevus_failures_total", label("code", code));
}

void Metrics::told(std::string_view outcome) {
  std::lock_guard const lock(mutex_);
  count("nevus_language_model_total", label("outcome", outcome));
}

void Metrics::waited(double queue_ms) {
  std::lock_guard const lock(mutex_);
  observe("nevus_queue_seconds", "", queue_ms / 1000);
}

void Metrics::started(std::size_t photos_in_work) {
  std::lock_guard const lock(mutex_);
  observe("nevus_photos_in_work", "", static_cast<double>(photos_in_work));
}

std::string Metrics::text(std::vector<Gauge> const& gauges) const {
  std::lock_guard const lock(mutex_);
  std::string text;
  for (auto const& [name, series] : counters_) {
    text += head(name, kind(name).help, "counter");
    for (auto const& [labels, value] : series) text += line(name, "", labels, std::to_string(value));
  }
  for (auto const& [name, series] : histograms_) {
    auto const& buckets = kind(name).buckets;
    text += head(name, kind(name).help, "histogram");
    for (auto const& [labels, histogram] : series) {
      std::size_t below = 0;
      auto const separator = labels.empty() ? "" : ",";
      for (std::size_t i = 0; i < buckets.size(); ++i) {
        below += histogram.counts[i];
        text += line(name, "_bucket", labels + separator + label("le", number(buckets[i])), std::to_string(below));
      }
      text += line(name, "_bucket", labels + separator + label("le", "+Inf"), std::to_string(histogram.count));
      text += line(name, "_sum", labels, number(histogram.sum));
      text += line(name, "_count", labels, std::to_string(histogram.count));
    }
  }
  for (auto const& gauge : gauges)
    text += head(gauge.name, gauge.help, "gauge") + line(gauge.name, "", "", number(gauge.value));
  return text;
}

}  // namespace nevus::server
