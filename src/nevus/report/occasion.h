// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/analysis/analyze.h"
#include "nevus/report/facts.h"
#include "nevus/report/sign_off.h"

namespace nevus {

/// What a report for other systems (FHIR, DICOM, audit log) says besides the analysis. The photo's name is not in it:
/// people call photos after patients.
struct Occasion {
  ModelIdentity model;
  Timestamp time{};  ///< of the analysis
  std::optional<SignOff> sign_off = {};
};

namespace report {

/// Why a photo has no assessment, and what to do about it.
[[nodiscard]] std::string why_declined(Analysis const& declined);

/// What keeps an answer from being taken as it stands, a sentence each: a class outside its own set, benign and
/// malignant that cannot be told apart, a photo unlike the training photos. Empty for a declined photo.
[[nodiscard]] std::vector<std::string> cautions(Analysis const& analysis);

/// "usable; failed: hair, ink", whose names are those of the result's `quality`.
[[nodiscard]] std::string quality_words(QualityReport const& quality);

/// Of the answer's heat map: "reliable", "unreliable", "nothing"; empty where none was asked for.
[[nodiscard]] std::string_view heat_map_words(Analysis const& analysis);

/// Of the picture of the heat map; says so where it failed its test.
[[nodiscard]] std::string heat_map_title(Analysis const& analysis);

/// What the ids of files for other systems are made from: photo, network, operating point and sign-off.
[[nodiscard]] std::string seed_of(Analysis const& analysis, Occasion const& occasion);

}  // namespace report
}  // namespace nevus
