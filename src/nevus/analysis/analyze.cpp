// SPDX-License-Identifier: MIT
#include "nevus/analysis/analyze.h"

#include "nevus/base/sha256.h"
#include "nevus/model/preprocess.h"
#include "nevus/quality/subject.h"

namespace nevus {

std::string_view name(AnalysisStatus status) {
  switch (status) {
    case AnalysisStatus::kAssessed:
      return "assessed";
    case AnalysisStatus::kRetakeAdvised:
      return "retake_advised";
    case AnalysisStatus::kNotDermoscopy:
      break;
  }
  return "not_dermoscopy";
}

AnalysisStatus Analysis::status() const {
  if (assessment) return AnalysisStatus::kAssessed;
  return ood && ood->state == OodState::kRejected ? AnalysisStatus::kNotDermoscopy : AnalysisStatus::kRetakeAdvised;
}

namespace analysis {
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
  if (facts.format == PhotoFormat::kDicom) facts.dicom = image::dicom_source(photo);

  Reductions const sizes(image);
  auto quality = timed(times.quality_ms, [&] { return quality::assess(sizes); });
  Analysis analysis{std::move(facts), std::move(quality), std::nullopt, {}};
  if (auto const subject = quality::check_subject(sizes); !subject.accepted()) {
    analysis.ood = OodReport{
        .state = OodState::kRejected, .reason = std::string(subject.reason), .cause = std::string(subject.cause)};
    return analysis;
  }
  if (!analysis.quality.usable()) return analysis;

  auto const& card = classifier.card();
  Tensor input;
  NEVUS_TRY(auto output, timed(times.network_ms, [&] {
              input = model::preprocess(sizes, card.preprocess);
              return classifier.run(input);
            }));
  if (card.features) analysis.ood = risk::judge_features(output.embedding, *card.features);
  if (analysis.ood && analysis.ood->state == OodState::kRejected) return analysis;
  analysis.assessment = risk::assess(output.logits, card, options.operating_point);

  if (options.explain) {
    auto const lesion_class = options.explain->lesion_class.value_or(analysis.assessment->predicted);
    NEVUS_TRY(analysis.explanation, timed(times.explain_ms, [&] {
                return explain::explain(classifier, image, input, output, lesion_class);
              }));
  }
  if (options.stability) {
    NEVUS_TRY(analysis.stability, timed(times.stability_ms, [&] { return measure_stability(sizes, classifier); }));
  }
  analysis.output = std::move(output);
  return analysis;
}

}  // namespace

Result<Analysis> analyze(Bytes photo, Classifier const& classifier, AnalysisOptions const& options) {
  StageTimes times;
  auto analysis = timed(times.total_ms, [&] { return flow(photo, classifier, options, times); });
  if (analysis) analysis->times = times;
  return analysis;
}

}  // namespace analysis
}  // namespace nevus
