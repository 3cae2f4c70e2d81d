// SPDX-License-Identifier: MIT
#include "clinic_files.h"

#include <chrono>
#include <system_error>

#include "nevus/base/file.h"
#include "nevus/image/encode.h"
#include "nevus/report/dicom.h"
#include "nevus/report/fhir.h"
#include "options.h"

namespace nevus::app {
namespace {

Result<void> write_fhir(std::string const& file, Analysis const& analysis, Occasion const& occasion, Bytes pdf) {
  ByteVector heat_map;
  if (analysis.explanation && analysis.explanation->shown) {
    NEVUS_TRY(heat_map, image::encode_png(analysis.explanation->shown->picture));
  }
  FhirAttachments const attachments{.report_pdf = pdf, .heat_map_png = heat_map};
  return write_file_atomically(file, report::to_fhir(analysis, occasion, attachments) + "\n");
}

Result<void> write_dicom(std::filesystem::path const& folder, Analysis const& analysis, Occasion const& occasion,
                         Bytes pdf) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, folder.string() + ": " + error.message());
  NEVUS_TRY(auto const structured, report::to_dicom_sr(analysis, occasion));
  NEVUS_CHECK(write_file_atomically(folder / "sr.dcm", structured));
  if (!pdf.empty()) {
    NEVUS_TRY(auto const report, report::to_dicom_pdf(analysis, occasion, pdf));
    NEVUS_CHECK(write_file_atomically(folder / "report.dcm", report));
  }
  if (!analysis.explanation || !analysis.explanation->shown) return {};
  NEVUS_TRY(auto const overlay, report::to_dicom_overlay(analysis, occasion, analysis.explanation->shown->picture));
  return write_file_atomically(folder / "overlay.dcm", overlay);
}

}  // namespace

void add_clinic_options(CLI::App& command, ClinicOptions& options) {
  command.add_option("--fhir", options.fhir_file, "Also write a FHIR R4 bundle into this file")->type_name("FILE.json");
  command
      .add_option("--dicom-out", options.dicom_folder,
                  "Also write DICOM into this folder: a structured report, the heat map and what --report makes")
      ->type_name("DIR");
  command
      .add_option("--signed-by", options.signed_by,
                  "Analyst who looked at the answer; needs --verdict, and makes reports final")
      ->type_name("NAME");
  add_choice<std::optional<Verdict>>(command, "--verdict", options.verdict, "What the analyst says of the answer",
                                     {{"agree", Verdict::kAgree}, {"override", Verdict::kOverride}});
  command.add_option("--reason", options.reason, "Why; an override needs a reason")->type_name("TEXT");
}

Result<Occasion> occasion(ClinicOptions const& options, ModelIdentity model) {
  auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  Occasion occasion{.model = std::move(model), .time = now};
  if (options.signed_by.empty()) {
    if (!options.verdict && options.reason.empty()) return occasion;
    return fail(ErrorCode::kUsage, "--verdict and --reason belong to a sign-off, which needs --signed-by");
  }
  if (!options.verdict)
    return fail(ErrorCode::kUsage,
                "--signed-by needs --verdict agree or --verdict override: nobody agrees without saying so");
  NEVUS_TRY(occasion.sign_off, report::checked({options.signed_by, *options.verdict, options.reason, now}));
  return occasion;
}

Result<void> write_clinic_files(ClinicOptions const& options, Analysis const& analysis, Occasion const& occasion,
                                Bytes report_pdf) {
  if (!options.fhir_file.empty()) NEVUS_CHECK(write_fhir(options.fhir_file, analysis, occasion, report_pdf));
  if (!options.dicom_folder.empty()) NEVUS_CHECK(write_dicom(options.dicom_folder, analysis, occasion, report_pdf));
  return {};
}

}  // namespace nevus::app
