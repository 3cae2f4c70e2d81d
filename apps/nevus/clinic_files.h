// SPDX-License-Identifier: MIT
// What `nevus analyze` writes for a clinic's systems, and what an analyst says of the answer.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/report/occasion.h"

namespace nevus::app {

struct ClinicOptions {
  std::string fhir_file;
  std::string dicom_folder;
  std::string signed_by;
  std::optional<Verdict> verdict;
  std::string reason;

  [[nodiscard]] bool wants_files() const { return !fhir_file.empty() || !dicom_folder.empty(); }
};
void add_clinic_options(CLI::App& command, ClinicOptions& options);

/// This moment, the network and the sign-off; kUsage where the sign-off is not complete.
[[nodiscard]] Result<Occasion> occasion(ClinicOptions const& options, ModelIdentity model);

/// The FHIR bundle, and the DICOM files sr.dcm, overlay.dcm (where there is a heat map) and report.dcm. `report_pdf`
/// goes into both; empty: no report was asked for.
[[nodiscard]] Result<void> write_clinic_files(ClinicOptions const& options, Analysis const& analysis,
                                              Occasion const& occasion, Bytes report_pdf);

}  // namespace nevus::app
