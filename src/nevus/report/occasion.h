// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

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

/// What the ids of files for other systems are made from: photo, network, operating point and sign-off.
[[nodiscard]] std::string seed_of(Analysis const& analysis, Occasion const& occasion);

}  // namespace report
}  // namespace nevus
