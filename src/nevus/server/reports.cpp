// SPDX-License-Identifier: MIT
// /api/v1/analyses/{id}/report.…, all made in memory.

#include "nevus/image/encode.h"
#include "nevus/report/dicom.h"
#include "nevus/report/fhir.h"
#include "nevus/server/handlers.h"
#include "nevus/server/lookup.h"
#include "nevus/server/making.h"

namespace nevus::server {
namespace {

struct Asked {
  ReportWish wish;
  std::string id;
  ReportParts parts;
};

Result<Asked> asked(App const& app, Request const& request) {
  NEVUS_TRY(auto wish, read_wish(request));
  NEVUS_TRY(auto const words, writer_named("narrative", request.parameter("narrative").value_or("offline")));
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto parts, report_parts(app, *request.session, *analysis));
  if (words == Origin::kLanguageModel) {
    parts.told = analysis->told->find(wish.writer);
    if (!parts.told)
      return fail(ErrorCode::kNotFound, "no language model has worded this analysis in this language for this reader");
  }
  return Asked{wish, analysis->id, std::move(parts)};
}

Response download(Response response, std::string const& id, std::string const& ending) {
  return std::move(response).with("Content-Disposition",
                                  "attachment; filename=\"nevus-" + id.substr(0, 8) + ending + "\"");
}

Response dicom_download(ByteVector file, std::string const& id, std::string const& kind) {
  return download(Response::binary("application/dicom", std::move(file)), id, "-" + kind + ".dcm");
}

/// Holds no picture, so nothing is decoded or explained for it.
Result<Response> structured_report(Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  auto typed = request.session->report_notes(analysis->id);
  NEVUS_TRY(auto file, report::to_dicom_sr(analysis->analysis, occasion_of(*analysis, std::move(typed.sign_off))));
  return dicom_download(std::move(file), analysis->id, "sr");
}

/// Null where nothing spoke for the class, or nothing was asked.
Image const* overlay(Analysis const& analysis) {
  auto const& explanation = analysis.explanation;
  return explanation && explanation->shown ? &explanation->shown->picture : nullptr;
}

}  // namespace

Result<Response> get_report_pdf(App& app, Request const& request) {
  NEVUS_TRY(auto const report, asked(app, request));
  NEVUS_TRY(auto pdf, make_pdf(report.parts, report.wish));
  return download(Response::binary("application/pdf", std::move(pdf)), report.id, ".pdf");
}

Result<Response> get_report_fhir(App& app, Request const& request) {
  NEVUS_TRY(auto const report, asked(app, request));
  NEVUS_TRY(auto const pdf, make_pdf(report.parts, report.wish));
  ByteVector png;
  if (auto const* const picture = overlay(report.parts.analysis)) {
    NEVUS_TRY(png, image::encode_png(*picture));
  }
  auto bundle = report::to_fhir(report.parts.analysis, report.parts.occasion, {.report_pdf = pdf, .heat_map_png = png});
  return download(Response::text("application/fhir+json", std::move(bundle)), report.id, ".fhir.json");
}

Result<Response> get_report_dicom(App& app, Request const& request) {
  auto const kind = request.parameter("kind").value_or("pdf");
  if (kind != "pdf" && kind != "overlay" && kind != "sr")
    return fail(ErrorCode::kUsage, "kind is \"" + kind + "\", but must be pdf, overlay or sr");
  if (kind == "sr") return structured_report(request);
  NEVUS_TRY(auto const report, asked(app, request));
  auto const& analysis = report.parts.analysis;
  auto const& occasion = report.parts.occasion;
  ByteVector file;
  if (kind == "overlay") {
    auto const* const picture = overlay(analysis);
    if (picture == nullptr) return fail(ErrorCode::kNoHeatMap, "this answer has no heat map");
    NEVUS_TRY(file, report::to_dicom_overlay(analysis, occasion, *picture));
  } else {
    NEVUS_TRY(auto const pdf, make_pdf(report.parts, report.wish));
    NEVUS_TRY(file, report::to_dicom_pdf(analysis, occasion, pdf));
  }
  return dicom_download(std::move(file), report.id, kind);
}

}  // namespace nevus::server
