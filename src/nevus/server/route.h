// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "nevus/server/app.h"
#include "nevus/server/message.h"

namespace nevus::server {

using Handler = Result<Response> (*)(App& app, Request const& request);

enum class Cost {
  kQuick,  ///< answered at once, in microseconds
  kWork    ///< goes through the engine's queue
};
enum class SessionUse {
  kNone,
  kIfThere,  ///< null where the client has none
  kCreate    ///< made where the client has none
};
/// Who may, where API keys are set up. Each role may what stands before it.
enum class Access { kAnyone, kMonitor, kUser };

enum class BodyKind { kNone, kJson, kPhoto, kPhotos, kTensors };

enum class Place { kPath, kQuery, kForm };  ///< kForm: a part of the form, or in the query beside a raw body
struct Parameter {
  std::string_view name;
  Place place;
  std::string_view schema;  ///< JSON Schema
  std::string_view what;
};

struct Answer {
  int status;
  std::string_view media_type;  ///< empty: no body
  std::string_view schema;      ///< name of a schema in openapi.cpp; empty: binary or text
  std::string_view what;
};

/// One row of the table from which dispatch, openapi.json and docs/http-api.md come.
struct Route {
  Method method;
  std::string_view pattern;  ///< "/api/v1/analyses/{id}"
  Handler handler;
  std::string_view summary;
  std::vector<Answer> answers{};  ///< without those of `errors` and what every route may answer
  std::vector<ErrorCode> errors{};
  std::vector<Parameter> parameters{};  ///< those of the path but `id` are described here too
  BodyKind body = BodyKind::kNone;
  Cost cost = Cost::kQuick;
  SessionUse session = SessionUse::kNone;
  Access access = Access::kUser;
  std::string_view body_schema{};  ///< of kJson: name of a schema in schemas.cpp
};

/// All routes but the pages.
[[nodiscard]] std::span<Route const> routes();

/// Whether `path` fits `pattern`; the parts for {…} go to `parameters`.
[[nodiscard]] bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters);

}  // namespace nevus::server
