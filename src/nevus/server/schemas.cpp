// SPDX-License-Identifier: MIT
#include "nevus/server/schemas.h"

#include <nlohmann/json.hpp>

#include "nevus/server/embedded.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

// Written as JSON, since that is what they are.
constexpr char const* kOwn = R"({
  "problem": {"type": "object", "description": "RFC 9457", "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
      "detail": {"type": "string"}, "code": {"type": "string", "description": "A name of docs/errors.md"},
      "request_id": {"type": "string"}, "error": {"type": "string", "description": "The detail once more, below /v2"}}},
  "analysis_list": {"type": "array", "items": {"type": "object",
    "required": ["id", "name", "created_at", "model", "status", "predicted_class", "predicted_name", "confidence", "malignant_prob", "urgency"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"},
      "model": {"type": "string"}, "status": {"type": "string"}, "predicted_class": {"type": ["string", "null"]},
      "predicted_name": {"type": ["string", "null"]}, "confidence": {"type": ["number", "null"]},
      "malignant_prob": {"type": ["number", "null"]}, "urgency": {"type": ["string", "null"]}}}},
  "batch": {"type": "object", "required": ["id", "state", "total", "done", "failed", "results"],
    "properties": {"id": {"type": "string"}, "state": {"enum": ["running", "done", "cancelled"]}, "total": {"type": "integer"},
      "done": {"type": "integer"}, "failed": {"type": "integer"},
      "results": {"type": "array", "items": {"type": "object", "required": ["index", "name", "analysis_id", "status", "error"],
        "properties": {"index": {"type": "integer"}, "name": {"type": "string"}, "analysis_id": {"type": ["string", "null"]},
          "status": {"type": "string"}, "error": {"oneOf": [{"type": "null"}, {"type": "object",
            "required": ["code", "message"], "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}]}}}}}},
  "models": {"type": "array", "items": {"type": "object",
    "required": ["id", "version", "architecture", "sha256", "input_px", "default", "state", "metrics", "licence", "training_data"],
    "properties": {"id": {"type": "string"}, "default": {"type": "boolean"}, "state": {"enum": ["ready", "loading", "failed"]},
      "input_px": {"type": "integer"}, "metrics": {"type": "object", "additionalProperties": {"type": "object",
        "required": ["value", "low", "high"]}}}}},
  "session": {"type": "object", "required": ["created_at", "expires_in_s", "settings", "limits", "device", "llm", "usage"],
    "properties": {"created_at": {"type": "string", "format": "date-time"}, "expires_in_s": {"type": "integer"},
      "settings": {"type": "object"}, "limits": {"type": "object"}, "device": {"type": "object"}, "llm": {"type": "object",
        "required": ["state", "host", "model", "key", "takes_key", "tokens_used", "tokens_cap", "problem"],
        "properties": {"state": {"enum": ["off", "ready", "error"]}, "host": {"type": "string"},
          "model": {"type": ["string", "null"]}, "key": {"enum": ["server", "session", null]},
          "takes_key": {"type": "boolean"}, "tokens_used": {"type": "integer"}, "tokens_cap": {"type": "integer"},
          "problem": {"type": ["string", "null"]}}},
      "usage": {"type": "object"}}},
  "session_change": {"type": "object", "required": ["settings"], "additionalProperties": false, "properties": {"settings": {"type": "object",
    "additionalProperties": false, "properties": {"model": {"type": "string"},
      "operating_point": {"enum": ["rule_out", "balanced", "rule_in"]}, "language": {"enum": ["en", "de", "es"]},
      "llm_key": {"type": ["string", "null"], "maxLength": 500, "pattern": "^[!-~]*$"}}}}},
  "narrative_request": {"type": "object", "additionalProperties": false, "properties": {"source": {"enum": ["offline", "llm"]},
    "language": {"enum": ["en", "de", "es"]}, "reader": {"enum": ["patient", "clinician"]}}},
  "occasion": {"type": "object", "required": ["patient", "born", "site", "history", "analyst", "sign_off"],
    "properties": {"patient": {"type": "string"}, "born": {"type": "string"}, "site": {"type": "string"},
      "history": {"type": "string"}, "analyst": {"type": "string"},
      "sign_off": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["analyst", "verdict", "reason", "time"],
        "properties": {"analyst": {"type": "string"}, "verdict": {"enum": ["agree", "override"]}, "reason": {"type": "string"},
          "time": {"type": "string", "format": "date-time"}}}]}}},
  "occasion_change": {"type": "object", "additionalProperties": false, "description": "A text that is left out is empty; a sign-off that is left out stays as it is",
    "properties": {"patient": {"type": "string", "maxLength": 200}, "born": {"type": "string", "maxLength": 200},
      "site": {"type": "string", "maxLength": 200}, "history": {"type": "string", "maxLength": 2000},
      "analyst": {"type": "string", "maxLength": 200, "description": "Of a sign-off: at most 64 bytes"},
      "sign_off": {"oneOf": [{"type": "null", "description": "Withdraws it"}, {"type": "object", "required": ["verdict"], "additionalProperties": false,
        "properties": {"verdict": {"enum": ["agree", "override"]}, "reason": {"type": "string", "maxLength": 1000,
          "description": "Needed for an override"}}}]}}},
  "narrative_preview": {"type": "object", "required": ["state", "host", "url", "model", "key", "messages"],
    "properties": {"state": {"enum": ["off", "ready", "error"]}, "host": {"type": "string"}, "url": {"type": "string"},
      "model": {"type": ["string", "null"]}, "key": {"enum": ["server", "session", null]},
      "messages": {"type": "array", "items": {"type": "object", "required": ["role", "content"]}}}},
  "version": {"type": "object", "required": ["version", "schema_version", "openvino"],
    "properties": {"version": {"type": "string"}, "schema_version": {"type": "integer"}, "openvino": {"type": "string"}}},
  "examples": {"type": "array", "items": {"type": "object", "required": ["name", "title", "class", "source"]}},
  "object": {"type": "object"},
  "tensors": {"type": "object", "required": ["inputs"], "properties": {"id": {"type": "string"},
    "inputs": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name", "shape", "datatype"],
      "properties": {"name": {"enum": ["image", "photo"]}, "datatype": {"enum": ["FP32", "BYTES"]},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 1}}, "data": {"type": "array"},
        "parameters": {"type": "object"}}}},
    "outputs": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"},
      "parameters": {"type": "object"}}}}, "parameters": {"type": "object"}}}
})";

/// Points "#/$defs/x" to where x stands in an OpenAPI document.
void move_references(Json& tree) {
  constexpr std::string_view kOld = "#/$defs/";
  if (tree.is_object() && tree.contains("$ref") && tree["$ref"].is_string()) {
    auto const target = tree["$ref"].get<std::string>();
    if (target.starts_with(kOld)) tree["$ref"] = "#/components/schemas/result_" + target.substr(kOld.size());
  }
  for (auto& child : tree) {
    if (child.is_structured()) move_references(child);
  }
}

/// An analysis is a result with three members more.
Json as_analysis(Json result) {
  result["properties"]["id"] = {{"type", "string"}, {"pattern", "^[0-9a-f]{32}$"}};
  result["properties"]["created_at"] = {{"type", "string"}, {"format", "date-time"}};
  result["properties"]["expires_in_s"] = {{"type", "integer"}, {"minimum", 0}};
  for (auto const* member : {"id", "created_at", "expires_in_s"}) result["required"].push_back(member);
  return result;
}

}  // namespace

std::string schemas_json() {
  auto schemas = Json::parse(kOwn);
  auto const file = result_schema().front().bytes;
  auto const result = Json::parse(file.begin(), file.end());
  auto const& parts = result.at("$defs");
  for (auto const& [name, part] : parts.items()) {
    schemas["result_" + name] = part;
    move_references(schemas["result_" + name]);
  }
  schemas["explanation"] = parts.at("assessed").at("properties").at("explanation");
  move_references(schemas["explanation"]);
  schemas["result"] = {{"oneOf", Json::array()}};
  schemas["analysis"] = {{"oneOf", Json::array()}};
  for (auto const& choice : result.at("oneOf")) {
    auto const name = choice.at("$ref").get<std::string>().substr(std::string_view("#/$defs/").size());
    if (name == "failed") continue;  // a row of a batch, never an analysis
    schemas["result"]["oneOf"].push_back({{"$ref", "#/components/schemas/result_" + name}});
    schemas["analysis"]["oneOf"].push_back({{"$ref", "#/components/schemas/analysis_" + name}});
    schemas["analysis_" + name] = as_analysis(schemas["result_" + name]);
  }
  return schemas.dump();
}

}  // namespace nevus::server
