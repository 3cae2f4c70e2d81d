// SPDX-License-Identifier: MIT
#include "nevus/server/openapi.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nevus/report/facts.h"
#include "nevus/server/route.h"
#include "nevus/server/schemas.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

Json reference(std::string_view schema) { return {{"$ref", "#/components/schemas/" + std::string(schema)}}; }

Json binary() { return {{"type", "string"}, {"contentMediaType", "application/octet-stream"}}; }

/// What any address may answer beside its own errors.
std::vector<ErrorCode> all_errors(Route const& route) {
  auto errors = route.errors;
  for (auto const code :
       {ErrorCode::kUsage, ErrorCode::kForbidden, ErrorCode::kPhotoTooLarge, ErrorCode::kTooManyRequests,
        ErrorCode::kHeadersTooLarge, ErrorCode::kInternal, ErrorCode::kOverloaded})
    errors.push_back(code);
  if (route.access != Access::kAnyone) errors.push_back(ErrorCode::kUnauthorized);
  if (route.body != BodyKind::kNone) errors.push_back(ErrorCode::kRequestTimeout);
  if (route.cost == Cost::kWork) errors.push_back(ErrorCode::kDeadline);
  return errors;
}

Json answers_of(Route const& route) {
  std::map<std::string, Json> answers;
  for (auto const& answer : route.answers) {
    auto& entry = answers[std::to_string(answer.status)];  // one, where it may come as several media types
    if (entry.is_null()) entry = {{"description", answer.what}};
    if (!answer.media_type.empty()) {
      auto const schema = answer.schema.empty()       ? Json{{"type", "string"}}
                          : answer.schema == "binary" ? binary()
                                                      : reference(answer.schema);
      entry["content"][std::string(answer.media_type)] = {{"schema", schema}};
    }
  }
  std::map<std::string, std::string> sentences;
  for (auto const code : all_errors(route)) {
    auto const& row = info(code);
    auto& sentence = sentences[std::to_string(row.http_status)];
    auto const text = std::string(row.name) + ": " + std::string(row.public_sentence);
    if (sentence.find(text) == std::string::npos) sentence += (sentence.empty() ? "" : " ") + text;
  }
  for (auto const& [status, sentence] : sentences) {
    answers.emplace(status, Json{{"description", sentence},
                                 {"content", {{"application/problem+json", {{"schema", reference("problem")}}}}}});
  }
  return answers;
}

Json parameters_of(Route const& route) {
  Json list = Json::array();
  for (std::size_t at = route.pattern.find('{'); at != std::string_view::npos; at = route.pattern.find('{', at + 1)) {
    auto const name = route.pattern.substr(at + 1, route.pattern.find('}', at) - at - 1);
    auto const described = std::ranges::find(route.parameters, name, &Parameter::name);
    list.push_back({{"name", name},
                    {"in", "path"},
                    {"required", true},
                    {"schema", {{"type", "string"}, {"minLength", 1}}},
                    {"description", described == route.parameters.end() ? "Its id" : std::string(described->what)}});
  }
  for (auto const& parameter : route.parameters) {
    if (parameter.place == Place::kPath) continue;
    list.push_back({{"name", parameter.name},
                    {"in", "query"},
                    {"required", false},
                    {"schema", Json::parse(parameter.schema)},
                    {"description", parameter.what}});
  }
  return list;
}

Json body_of(Route const& route) {
  if (route.body == BodyKind::kJson) {
    return {{"required", true}, {"content", {{"application/json", {{"schema", reference(route.body_schema)}}}}}};
  }
  if (route.body == BodyKind::kTensors)
    return {{"required", true},
            {"content",
             {{"application/json", {{"schema", reference("tensors")}}},
              {"application/octet-stream", {{"schema", binary()}}}}}};
  Json form{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  for (auto const& parameter : route.parameters) {
    if (parameter.place == Place::kForm)
      form["properties"][std::string(parameter.name)] = Json::parse(parameter.schema);
  }
  if (route.body == BodyKind::kPhoto) {
    form["required"] = {"photo"};
    form["properties"]["photo"] = binary();
  } else {
    form["properties"]["photo"] = {{"type", "array"}, {"items", binary()}};
    form["properties"]["archive"] = binary();
  }
  Json content{{"multipart/form-data", {{"schema", std::move(form)}}}};
  for (auto const* whole : {"image/*", "application/dicom", "application/octet-stream"})
    content[whole] = {{"schema", binary()}};
  if (route.body == BodyKind::kPhotos) content["application/zip"] = {{"schema", binary()}};
  return {{"required", true}, {"content", std::move(content)}};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (char const letter : text) {
    if (letter == '<') {
      result += "&lt;";
    } else if (letter == '&') {
      result += "&amp;";
    } else {
      result += letter;
    }
  }
  return result;
}

}  // namespace

std::string openapi_json() {
  Json document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Nevus"}, {"version", NEVUS_VERSION}, {"description", kDisclaimer}, {"license", {{"name", "MIT"}}}}},
      {"paths", Json::object()}};
  for (auto const& route : routes()) {
    Json operation{{"summary", route.summary}, {"parameters", parameters_of(route)}, {"responses", answers_of(route)}};
    if (route.body != BodyKind::kNone) operation["requestBody"] = body_of(route);
    if (route.access == Access::kAnyone) operation["security"] = Json::array();
    document["paths"][std::string(route.pattern)][lower(name(route.method))] = std::move(operation);
  }
  document["components"]["schemas"] = Json::parse(schemas_json());
  document["components"]["securitySchemes"] = {{"key", {{"type", "http"}, {"scheme", "bearer"}}}};
  document["security"] = {{{"key", Json::array()}}, Json::object()};
  return document.dump();
}

std::string docs_page() {
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>HTTP API of Nevus</title>"
      "<link rel=\"stylesheet\" href=\"/upload.css\"></head><body><main><h1>HTTP API of Nevus</h1>\n"
      "<p>For programs: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p>\n<table>\n";
  for (auto const& route : routes()) {
    page += "<tr><td>" + std::string(name(route.method)) + "</td><td><code>" + escaped(route.pattern) +
            "</code></td><td>" + escaped(route.summary) + "</td></tr>\n";
  }
  page += "</table>\n<h2>Errors</h2>\n<table>\n";
  for (auto const& row : error_table()) {
    page += "<tr id=\"" + std::string(row.name) + "\"><td>" + std::to_string(row.http_status) + "</td><td><code>" +
            std::string(row.name) + "</code></td><td>" + escaped(row.public_sentence) + "</td></tr>\n";
  }
  return page + "</table>\n<p class=\"note\">" + escaped(kDisclaimer) + "</p></main></body></html>\n";
}

std::string docs_table() {
  std::string table = "| method | address | does | answers |\n|---|---|---|---|\n";
  for (auto const& route : routes()) {
    std::string answers;
    for (auto const& answer : route.answers) {
      answers += (answers.empty() ? "" : ", ") + std::to_string(answer.status) +
                 (answer.media_type.empty() ? "" : " `" + std::string(answer.media_type) + "`");
    }
    for (auto const code : route.errors) answers += ", `" + std::string(info(code).name) + "`";
    table += "| " + std::string(name(route.method)) + " | `" + std::string(route.pattern) + "` | " +
             std::string(route.summary) + " | " + answers + " |\n";
  }
  return table;
}

}  // namespace nevus::server
