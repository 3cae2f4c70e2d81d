// SPDX-License-Identifier: MIT
// /api/v1/session

#include <nlohmann/json.hpp>
#include <thread>

#include "nevus/server/analyse.h"
#include "nevus/server/handlers.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxLanguage_bytes = 16;

/// Models::get waits while a network loads, which a quick route must not.
Result<std::string> model_setting(App const& app, std::string const& id) {
  for (auto const& model : app.models.list()) {
    if (model.id == id || id.empty()) return id;
  }
  return fail(ErrorCode::kModelNotFound, "there is no model \"" + id + "\" here");
}

Result<void> change(App const& app, SessionSettings& settings, std::string const& name, std::string const& value) {
  if (name == "model") {
    NEVUS_TRY(settings.model, model_setting(app, value));
  } else if (name == "operating_point") {
    NEVUS_CHECK(check(app, AnalysisRequest{.operating_point = value}));
    settings.operating_point = value;
  } else if (name == "language") {
    auto const is_tag = [](unsigned char letter) { return std::isalnum(letter) != 0 || letter == '-'; };
    if (value.size() > kMaxLanguage_bytes || !std::ranges::all_of(value, is_tag))
      return fail(ErrorCode::kUsage, "language must be a language tag such as en or de-CH");
    settings.language = value;
  } else {
    return fail(ErrorCode::kUsage, "there is no session setting \"" + name + "\"");
  }
  return {};
}

std::string state(App const& app, Session const& session) {
  auto const settings = session.settings();
  std::string default_model;
  for (auto const& model : app.models.list()) {
    if (model.is_default) default_model = model.id;
  }
  auto const or_default = [](std::string const& value, std::string const& other) {
    return value.empty() ? other : value;
  };
  return Json{{"created_at", time_text(session.created_at())},
              {"expires_in_s", app.sessions.expires_in(session).count()},
              {"settings",
               {{"model", or_default(settings.model, default_model)},
                {"operating_point", or_default(settings.operating_point, "balanced")},
                {"language", or_default(settings.language, "en")}}},
              {"limits",
               {{"max_file_size_bytes", image::limits_from(app.settings).max_bytes},
                {"formats", app.settings.supported_formats},
                {"max_photos_per_batch", app.settings.max_batch_photos},
                {"max_analyses", app.settings.max_session_photos}}},
              {"device", {{"name", "CPU"}, {"threads", std::thread::hardware_concurrency()}}},
              {"llm", {{"state", "off"}}},
              {"usage", {{"analyses", session.list().size()}, {"bytes", session.bytes()}}}}
      .dump();
}

}  // namespace

Result<Response> get_session(App& app, Request const& request) { return Response::json(state(app, *request.session)); }

Result<Response> put_session(App& app, Request const& request) {
  // Not the ordered kind, whose members are looked for one by one.
  auto const tree =
      nlohmann::json::parse(request.body.begin(), request.body.end(), nullptr, /*allow_exceptions=*/false);
  if (!tree.is_object() || !tree.contains("settings") || !tree["settings"].is_object())
    return fail(ErrorCode::kUsage, "the body must be a JSON object like {\"settings\": {\"model\": \"fast\"}}");
  auto settings = request.session->settings();
  for (auto const& [name, value] : tree["settings"].items()) {
    if (!value.is_string()) return fail(ErrorCode::kUsage, "the setting \"" + name + "\" must be a text");
    NEVUS_CHECK(change(app, settings, name, value.get<std::string>()));
  }
  request.session->set(std::move(settings));
  return Response::json(state(app, *request.session));
}

Result<Response> delete_session(App& app, Request const& request) {
  if (request.session) app.sessions.end(request.session->id());
  return Response::no_content().with("Set-Cookie", "nevus_session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/");
}

}  // namespace nevus::server
