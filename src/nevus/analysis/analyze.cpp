// SPDX-License-Identifier: MIT
#include "nevus/analysis/analyze.h"

#include "nevus/base/sha256.h"
#include "nevus/model/preprocess.h"

namespace nevus::analysis {
namespace {

/// Does `step` and says how long it took.
template <typename Step>
auto timed(std::chrono::duration<double, std::milli>& time, Step const& step) {
  auto const start = std::chrono::steady_clock::now();
  auto result = step();
  time = std::chrono::steady_clock::now() - start;
  return result;
}

Result<Analysis> flow(Bytes photo, Classifier const& classifier, DecodeLimits const& limits, StageTimes& times) {
  NEVUS_TRY(auto image, timed(times.decode_ms, [&] { return image::decode(photo, limits); }));
  PhotoFacts facts{sha256_hex(photo), image.source_format(), image.width_px(), image.height_px(), photo.size()};

  auto quality = timed(times.quality_ms, [&] { return quality::assess(image); });
  if (!quality.usable()) return Analysis{std::move(facts), std::move(quality), std::nullopt, {}};

  NEVUS_TRY(auto output, timed(times.network_ms,
                               [&] { return classifier.run(model::preprocess(image, classifier.card().preprocess)); }));
  auto assessment = risk::assess(risk::calibrate(output.logits, classifier.card().temperature));
  return Analysis{std::move(facts), std::move(quality), std::move(assessment), {}};
}

}  // namespace

Result<Analysis> analyze(Bytes photo, Classifier const& classifier, DecodeLimits const& limits) {
  StageTimes times;
  auto analysis = timed(times.total_ms, [&] { return flow(photo, classifier, limits, times); });
  if (analysis) analysis->times = times;
  return analysis;
}

}  // namespace nevus::analysis
