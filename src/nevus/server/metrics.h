// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "nevus/analysis/analyze.h"
#include "nevus/server/service.h"

namespace nevus::server {

/// A value that is read when metrics are asked for.
struct Gauge {
  std::string_view name;
  std::string_view help;
  double value = 0;
};

/// What the server has done since it began, for Prometheus. Holds sums alone, nothing of any single photo. Thread-safe.
class Metrics {
 public:
  void answered(Answered const& answered);
  /// `result_json` is the result of `analysis`.
  void analysed(StageTimes const& times, std::string const& model, std::string const& result_json);
  void failed(std::string_view code);
  void told(std::string_view outcome);  ///< by a language model
  void waited(double queue_ms);
  void started(std::size_t photos_in_work);

  /// The text format 0.0.4.
  [[nodiscard]] std::string text(std::vector<Gauge> const& gauges) const;

 private:
  struct Histogram {
    std::vector<std::size_t> counts;  ///< by bucket, not yet summed up
    double sum = 0;
    std::size_t count = 0;
  };
  using Labels = std::string;  ///< `route="/docs",code="200"`
  void count(std::string_view name, Labels const& labels);
  void observe(std::string_view name, Labels const& labels, double value);

  mutable std::mutex mutex_;
  std::map<std::string_view, std::map<Labels, std::size_t>> counters_;
  std::map<std::string_view, std::map<Labels, Histogram>> histograms_;
};

}  // namespace nevus::server
