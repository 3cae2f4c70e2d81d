// SPDX-License-Identifier: MIT
#include <deque>

#include "nevus/server/handlers.h"
#include "nevus/server/route.h"

namespace nevus::server {
namespace {

using enum Method;
using enum Cost;
using enum SessionUse;

constexpr auto kNo = ErrorCode::kNotFound;
constexpr auto kNoModel = ErrorCode::kModelNotFound;
constexpr auto kUsage = ErrorCode::kUsage;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kAnyText = R"({"type":"string"})";
constexpr std::string_view kLesionClass = R"({"enum":["akiec","bcc","bkl","df","mel","nv","vasc"]})";

std::vector<Parameter> analysis_parameters() {
  return {{"model", Place::kForm, kAnyText, "Model of /api/v1/models; else that of the session"},
          {"operating_point", Place::kForm, R"({"enum":["rule_out","balanced","rule_in"]})", "Where the line is drawn"},
          {"stability", Place::kForm, R"({"enum":["true","false"]})", "Also look at turned and shifted views"},
          {"name", Place::kQuery, kAnyText, "Of the photo, where it is the whole body; the last 255 bytes of it"}};
}

std::vector<Parameter> report_parameters() {
  return {{"language", Place::kQuery, R"({"enum":["en","de","es"]})", "Without it that of the session"},
          {"reader", Place::kQuery, R"({"enum":["patient","clinician"]})", "Whom the words are for"},
          {"paper", Place::kQuery, R"({"enum":["a4","letter"]})", "Of the PDF"}};
}

/// Of one analysis; a batch's have the offline writer's words.
std::vector<Parameter> one_report_parameters() {
  auto parameters = report_parameters();
  parameters.push_back({"narrative", Place::kQuery, R"({"enum":["offline","llm"]})",
                        "Whose words; llm: those that POST …/narrative brought for this language and reader"});
  return parameters;
}

std::vector<Parameter> dicom_parameters() {
  auto parameters = one_report_parameters();
  parameters.insert(parameters.begin(), {"kind", Place::kQuery, R"({"enum":["pdf","overlay","sr"]})",
                                         "The report, the photo under its heat map, or a structured report"});
  return parameters;
}

Parameter class_parameter() { return {"class", Place::kQuery, kLesionClass, "Whose; without it that of the answer"}; }

Parameter max_px_parameter() {
  return {"max_px", Place::kQuery, R"({"type":"integer","minimum":0,"maximum":4096})",
          "Longest side that is wanted; 0: that of the photo"};
}

std::vector<Answer> tensor_answers() {
  return {{200, kJson, "object", "The outputs; as binary tensors behind their JSON where those were asked for"},
          {200, kBytes, "binary", ""}};
}

std::vector<ErrorCode> photo_errors() {
  return {ErrorCode::kUsage,         ErrorCode::kModelNotFound, ErrorCode::kUnsupportedFormat, ErrorCode::kDamagedPhoto,
          ErrorCode::kPhotoTooLarge, ErrorCode::kPhotoTooSmall, ErrorCode::kSessionFull};
}

/// What is wrong with a single photo stands in its row. kNotFound: a session that was ended while the photos came.
std::vector<ErrorCode> batch_errors() {
  return {ErrorCode::kUsage, ErrorCode::kModelNotFound, ErrorCode::kPhotoTooLarge, ErrorCode::kSessionFull,
          ErrorCode::kNotFound};
}

std::vector<ErrorCode> infer_errors() {
  auto errors = photo_errors();
  std::erase(errors, ErrorCode::kSessionFull);
  return errors;
}

std::vector<ErrorCode> explain_errors() {
  auto errors = infer_errors();
  errors.push_back(ErrorCode::kNoHeatMap);
  return errors;
}

/// A route that looks into the client's session, if it has one.
Route in_session(Cost cost, Route route) {
  route.cost = cost;
  route.session = kIfThere;
  return route;
}

std::vector<Route> analyses_routes() {
  return {
      {kPost,
       "/api/v1/analyses",
       post_analysis,
       "Analyse a photo",
       {{201, kJson, "analysis", "The analysis"}},
       photo_errors(),
       analysis_parameters(),
       BodyKind::kPhoto,
       kWork,
       kCreate},
      in_session(kWork, {kGet,
                         "/api/v1/analyses",
                         list_analyses,
                         "The session's analyses, newest first",
                         {{200, kJson, "analysis_list", "One row each"}}}),
      in_session(kQuick, {kGet,
                          "/api/v1/analyses/{id}",
                          get_analysis,
                          "An analysis",
                          {{200, kJson, "analysis", "The analysis"}},
                          {kNo}}),
      in_session(kQuick, {kDelete,
                          "/api/v1/analyses/{id}",
                          delete_analysis,
                          "Forget an analysis and its photo",
                          {{204, "", "", "It is gone"}},
                          {kNo}}),
      in_session(kWork, {kGet,
                         "/api/v1/analyses/{id}/photo",
                         get_photo,
                         "The photo as it was uploaded, or smaller",
                         {{200, "image/*", "binary", "The photo"}},
                         {kNo, kUsage},
                         {{"as", Place::kQuery, R"({"enum":["png"]})", "For formats that browsers do not show"},
                          max_px_parameter()}}),
      in_session(kWork, {kGet,
                         "/api/v1/analyses/{id}/explanation",
                         get_explanation,
                         "What spoke for a class, and whether that can be believed",
                         {{200, kJson, "explanation", "The explanation"}},
                         {kNo, kUsage, ErrorCode::kNoHeatMap},
                         {class_parameter()}}),
      in_session(kWork, {kGet,
                         "/api/v1/analyses/{id}/heatmap.png",
                         get_heatmap,
                         "Heat map over the photo, or alone with transparency",
                         {{200, "image/png", "binary", "The picture"}},
                         {kNo, kUsage, ErrorCode::kNoHeatMap},
                         {class_parameter(),
                          {"layer", Place::kQuery, R"({"enum":["overlay","heat"]})", "overlay: with photo and legend"},
                          max_px_parameter()}}),
  };
}

std::vector<Route> report_routes() {
  return {
      in_session(kQuick, {kGet,
                          "/api/v1/analyses/{id}/report.json",
                          get_report_json,
                          "The result JSON as a download",
                          {{200, kJson, "result", "The result"}},
                          {kNo}}),
      in_session(kWork, {kGet,
                         "/api/v1/analyses/{id}/report.pdf",
                         get_report_pdf,
                         "A report to print or file",
                         {{200, "application/pdf", "binary", "The report"}},
                         {kNo, kUsage},
                         one_report_parameters()}),
      in_session(kWork, {kGet,
                         "/api/v1/analyses/{id}/report.fhir.json",
                         get_report_fhir,
                         "A FHIR R4 bundle with the PDF and the heat map inside",
                         {{200, "application/fhir+json", "object", "The bundle"}},
                         {kNo, kUsage},
                         one_report_parameters()}),
      in_session(kWork, {kGet,
                         "/api/v1/analyses/{id}/report.dcm",
                         get_report_dicom,
                         "A DICOM file: the PDF, the heat map over the photo, or a structured report",
                         {{200, "application/dicom", "binary", "The file"}},
                         {kNo, kUsage, ErrorCode::kNoHeatMap},
                         dicom_parameters()}),
  };
}

std::vector<Route> words_routes() {
  return {
      in_session(kQuick, {kGet,
                          "/api/v1/analyses/{id}/occasion",
                          get_occasion,
                          "What was typed for the reports, and who signed them",
                          {{200, kJson, "occasion", "What was typed"}},
                          {kNo}}),
      {kPut,
       "/api/v1/analyses/{id}/occasion",
       put_occasion,
       "Say what stands in the reports besides the answer, and sign them off",
       {{200, kJson, "occasion", "What was typed"}},
       {kNo, kUsage},
       {},
       BodyKind::kJson,
       kWork,
       kIfThere,
       Access::kUser,
       "occasion_change"},
      {kPost,
       "/api/v1/analyses/{id}/narrative",
       post_narrative,
       "What an analysis means in words, as server-sent events",
       {{200, "text/event-stream", "", "Events section, replaced and done"}},
       {kNo, kUsage},
       {},
       BodyKind::kJson,
       kWork,
       kIfThere,
       Access::kUser,
       "narrative_request"},
      in_session(kWork,
                 {kGet,
                  "/api/v1/analyses/{id}/narrative/request",
                  get_narrative_request,
                  "What a language model would be sent, and where; nothing is sent",
                  {{200, kJson, "narrative_preview", "The request"}},
                  {kNo, kUsage},
                  {{"language", Place::kQuery, R"({"enum":["en","de","es"]})", "Of the text; else that of the session"},
                   {"reader", Place::kQuery, R"({"enum":["patient","clinician"]})", "Whom the text is for"}}}),
  };
}

std::vector<Route> batch_routes() {
  return {
      {kPost,
       "/api/v1/batches",
       post_batch,
       "Analyse many photos",
       {{202, kJson, "batch", "It has begun"}},
       batch_errors(),
       analysis_parameters(),
       BodyKind::kPhotos,
       kWork,
       kCreate},
      in_session(kQuick, {kGet,
                          "/api/v1/batches/{id}",
                          get_batch,
                          "How far a batch is, and its rows",
                          {{200, kJson, "batch", "The batch"}},
                          {kNo}}),
      in_session(kQuick, {kGet,
                          "/api/v1/batches/{id}/events",
                          get_batch_events,
                          "A batch's rows as server-sent events",
                          {{200, "text/event-stream", "", "Events row, progress and done"}},
                          {kNo}}),
      in_session(kQuick, {kGet,
                          "/api/v1/batches/{id}/results.csv",
                          get_batch_csv,
                          "A batch's rows as `nevus batch` writes them",
                          {{200, "text/csv; charset=utf-8", "", "The rows"}},
                          {kNo}}),
      in_session(kQuick, {kGet,
                          "/api/v1/batches/{id}/results.jsonl",
                          get_batch_json_lines,
                          "A batch's results as JSON Lines",
                          {{200, "application/jsonl", "", "The results"}},
                          {kNo}}),
      in_session(kQuick, {kGet,
                          "/api/v1/batches/{id}/reports.zip",
                          get_batch_reports,
                          "A PDF of each photo, results.csv and results.jsonl; sent while it is made",
                          {{200, "application/zip", "binary", "The archive"}},
                          {kNo, kUsage},
                          report_parameters()}),
      in_session(kQuick, {kDelete,
                          "/api/v1/batches/{id}",
                          delete_batch,
                          "Stop and forget a batch; its analyses stay",
                          {{204, "", "", "It is gone"}},
                          {kNo}}),
  };
}

std::vector<Route> session_routes() {
  return {
      {kGet,
       "/api/v1/session",
       get_session,
       "Settings, limits and use of the session",
       {{200, kJson, "session", "The session"}},
       {},
       {},
       BodyKind::kNone,
       kQuick,
       kCreate},
      {kPut,
       "/api/v1/session",
       put_session,
       "Change settings of the session",
       {{200, kJson, "session", "The session"}},
       {kUsage, ErrorCode::kModelNotFound},
       {},
       BodyKind::kJson,
       kQuick,
       kCreate,
       Access::kUser,
       "session_change"},
      in_session(kQuick, {kDelete,
                          "/api/v1/session",
                          delete_session,
                          "Wipe everything of the session",
                          {{204, "", "", "It is gone"}}}),
  };
}

std::vector<Route> about_routes() {
  return {
      {kGet, "/api/v1/models", get_models, "The networks that are served", {{200, kJson, "models", "One row each"}}},
      {kGet,
       "/api/v1/version",
       get_version,
       "Versions of program, result JSON and OpenVINO",
       {{200, kJson, "version", "The versions"}}},
      {kGet, "/api/v1/examples", list_examples, "Photos to try it on", {{200, kJson, "examples", "One row each"}}},
      {kGet,
       "/api/v1/examples/{name}",
       get_example,
       "One of these photos",
       {{200, "image/jpeg", "binary", "The photo"}},
       {kNo},
       {{"name", Place::kPath, kAnyText, "Its name in the list"}}},
      {kGet, "/openapi.json", get_openapi, "This API as OpenAPI 3.1", {{200, kJson, "object", "The document"}}},
      {kGet, "/docs", get_docs, "This API for people", {{200, kHtml, "", "A page"}}},
  };
}

std::vector<Route> operations_routes() {
  return {
      {kGet,
       "/metrics",
       get_metrics,
       "Figures for Prometheus",
       {{200, "text/plain; version=0.0.4; charset=utf-8", "", "The figures"}},
       {},
       {},
       BodyKind::kNone,
       kQuick,
       kNone,
       Access::kMonitor},
      {kGet,
       "/v2/health/live",
       get_live,
       "Whether the process answers",
       {{200, kJson, "object", "It does"}},
       {},
       {},
       BodyKind::kNone,
       kQuick,
       kNone,
       Access::kAnyone},
      {kGet,
       "/v2/health/ready",
       get_ready,
       "Whether every network is loaded",
       {{200, kJson, "object", "They are"}},
       {},
       {},
       BodyKind::kNone,
       kQuick,
       kNone,
       Access::kAnyone},
  };
}

std::vector<Route> inference_routes() {
  return {
      {kGet,
       "/v2",
       get_server_metadata,
       "Open Inference Protocol: the server",
       {{200, kJson, "object", "Name and extensions"}}},
      {kGet,
       "/v2/models/{id}",
       get_model_metadata,
       "Open Inference Protocol: a model's inputs and outputs",
       {{200, kJson, "object", "The model"}},
       {kNoModel}},
      {kGet,
       "/v2/models/{id}/ready",
       get_model_ready,
       "Whether a model is loaded",
       {{200, kJson, "object", "It is"}},
       {kNoModel}},
      {kPost,
       "/v2/models/{id}/infer",
       post_infer,
       "Open Inference Protocol: tensors or photos to logits",
       tensor_answers(),
       infer_errors(),
       {},
       BodyKind::kTensors,
       kWork},
      {kPost,
       "/v2/models/{id}/explain",
       post_explain,
       "Our extension: where the network saw a class",
       tensor_answers(),
       explain_errors(),
       {},
       BodyKind::kTensors,
       kWork},
  };
}

/// Beside each route of a model one with its version, which Triton's clients add where they were given one.
std::vector<Route> with_versions(std::vector<Route> routes) {
  constexpr std::string_view kModel = "/v2/models/{id}";
  static std::deque<std::string> patterns;  // which the rows point to
  auto const count = routes.size();
  for (std::size_t i = 0; i < count; ++i) {
    auto route = routes[i];
    if (!route.pattern.starts_with(kModel)) continue;
    auto const rest = route.pattern.substr(kModel.size());
    route.pattern = patterns.emplace_back(std::string(kModel) + "/versions/{version}" + std::string(rest));
    route.parameters.push_back({"version", Place::kPath, kAnyText, "The one that the model has"});
    routes.push_back(std::move(route));
  }
  return routes;
}

std::vector<Route> table() {
  std::vector<Route> all;
  for (auto&& some : {analyses_routes(), report_routes(), words_routes(), batch_routes(), session_routes(),
                      about_routes(), operations_routes(), with_versions(inference_routes())})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace

std::span<Route const> routes() {
  static auto const rows = table();
  return rows;
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters) {
  parameters.clear();
  while (!pattern.empty()) {
    if (pattern.starts_with('{')) {
      auto const end = std::min(path.find('/'), path.size());
      if (end == 0) return false;
      parameters.emplace_back(path.substr(0, end));
      path.remove_prefix(end);
      pattern.remove_prefix(pattern.find('}') + 1);
      continue;
    }
    if (path.empty() || path.front() != pattern.front()) return false;
    path.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return path.empty();
}

}  // namespace nevus::server
