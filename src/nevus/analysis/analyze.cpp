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

Result<Analysis> flow(Bytes photo, Classifier const& classifier, AnalysisOptions const& options, StageTimes& times) {
  NEVUS_TRY(auto image, timed(times.decode_ms, [&] { return image::decode(photo, options.limits); }));
  PhotoFacts facts{sha256_hex(photo), image.source_format(), image.width_px(), image.height_px(), photo.size()};

  auto quality = timed(times.quality_ms, [&] { return quality::assess(image); });
  if (!quality.usable()) return Analysis{std::move(facts), std::move(quality), std::nullopt, {}};

  Tensor input;
  NEVUS_TRY(auto const output, timed(times.network_ms, [&] {
              input = model::preprocess(image, classifier.card().preprocess);
              return classifier.run(input);
            }));
  auto assessment = risk::assess(risk::calibrate(output.logits, classifier.card().temperature));
  Analysis analysis{std::move(facts), std::move(quality), std::move(assessment), {}};
  if (!options.explain) return analysis;

  auto const lesion_class = options.explain->lesion_class.value_or(analysis.assessment->predicted);
  NEVUS_TRY(analysis.explanation,
            timed(times.explain_ms, [&] { return explain::explain(classifier, image, input, output, lesion_class); }));
  return analysis;
}

}  // namespace

Result<Analysis> analyze(Bytes photo, Classifier const& classifier, AnalysisOptions const& options) {
  StageTimes times;
  auto analysis = timed(times.total_ms, [&] { return flow(photo, classifier, options, times); });
  if (analysis) analysis->times = times;
  return analysis;
}

}  // namespace nevus::analysis
