// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/report/occasion.h"

namespace nevus {

/// Files that a bundle carries inside; empty: left out.
struct FhirAttachments {
  Bytes report_pdf = {};
  Bytes heat_map_png = {};
};

namespace report {

/// A FHIR R4 Bundle (collection) as JSON: DiagnosticReport and Observation (preliminary, or final once signed off),
/// Device, Provenance, and a DocumentReference for each attachment. Never a Condition: a model's answer is no
/// diagnosis, and there is no subject. All ids are stable for the same photo, network and sign-off. Codes:
/// docs/fhir.md.
[[nodiscard]] std::string to_fhir(Analysis const& analysis, Occasion const& occasion,
                                  FhirAttachments const& attachments = {});

}  // namespace report
}  // namespace nevus
