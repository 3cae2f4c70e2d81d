// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "nevus/analysis/stability.h"
#include "nevus/explain/explain.h"
#include "nevus/image/decode.h"
#include "nevus/image/dicom.h"
#include "nevus/inference/classifier.h"
#include "nevus/quality/quality.h"
#include "nevus/risk/ood.h"
#include "nevus/risk/risk.h"

namespace nevus {

/// What is known of the file itself.
struct PhotoFacts {
  std::string sha256;
  PhotoFormat format = PhotoFormat::kJpeg;
  int width_px = 0;
  int height_px = 0;
  std::size_t size_bytes = 0;
  std::optional<DicomSource> dicom = {};  ///< where the file is one
};

struct StageTimes {
  std::chrono::duration<double, std::milli> decode_ms{};
  std::chrono::duration<double, std::milli> quality_ms{};
  std::chrono::duration<double, std::milli> network_ms{};
  std::chrono::duration<double, std::milli> total_ms{};
  std::chrono::duration<double, std::milli> explain_ms{};    ///< 0 where nothing was explained
  std::chrono::duration<double, std::milli> stability_ms{};  ///< 0 where it was not measured
};

enum class AnalysisStatus { kAssessed, kRetakeAdvised, kNotDermoscopy };
[[nodiscard]] std::string_view name(AnalysisStatus status);  ///< "assessed", "retake_advised", "not_dermoscopy"

/// Everything about one photo. A photo that is declined has no assessment: that is an outcome, not an error.
struct Analysis {
  PhotoFacts photo;
  QualityReport quality;
  std::optional<Assessment> assessment;  ///< absent: declined
  StageTimes times;
  std::optional<Explanation> explanation = {};  ///< where it was asked for and there is an assessment
  std::optional<OodReport> ood = {};  ///< absent: nothing spoke against the photo and the network has no statistics
  std::optional<Stability> stability = {};   ///< where it was asked for and there is an assessment
  std::optional<NetworkOutput> output = {};  ///< of the network, where there is an assessment; heat maps come from it
  [[nodiscard]] AnalysisStatus status() const;
};

struct ExplanationRequest {
  std::optional<LesionClass> lesion_class;  ///< nothing: the predicted one
};

struct AnalysisOptions {
  DecodeLimits limits;
  std::optional<ExplanationRequest> explain;  ///< costs 16 further runs of the network
  OperatingPoint operating_point = OperatingPoint::kBalanced;
  bool stability = false;  ///< costs 16 further runs of the network
};

namespace analysis {

/// The whole flow, as drawn in ARCHITECTURE.md. Errors are those of image::decode and of the classifier.
[[nodiscard]] Result<Analysis> analyze(Bytes photo, Classifier const& classifier, AnalysisOptions const& options = {});

}  // namespace analysis
}  // namespace nevus
