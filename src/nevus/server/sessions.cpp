// SPDX-License-Identifier: MIT
// /api/v1/session

#include <nlohmann/json.hpp>
#include <thread>

#include "nevus/server/analyse.h"
#include "nevus/server/handlers.h"
#include "nevus/server/llm_key_name.h"
#include "nevus/server/making.h"
#include "nevus/server/wiped_bytes.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;
// A key must leave nothing behind, not even what the parser puts together.
using WipedText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;
using WipedJson = nlohmann::basic_json<std::map, std::vector, WipedText>;

constexpr std::size_t kMaxKey_bytes = 500;

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
    if (!value.empty()) NEVUS_CHECK(language_named(value).map([](Language) {}));
    settings.language = value;
  } else {
    return fail(ErrorCode::kUsage, "there is no session setting \"" + name + "\"");
  }
  return {};
}

/// The key of a language model that the person gives, or null to take it back.
Result<LlmKey> read_key(App const& app, WipedJson const& value) {
  if (value.is_null()) return LlmKey();
  if (!app.settings.llm_session_keys)
    return fail(ErrorCode::kUsage, "this server takes no key of its users (llm_session_keys)");
  if (value.is_string()) {
    auto const& text = value.get_ref<WipedText const&>();
    auto const is_printable = [](unsigned char byte) { return byte > 0x20 && byte < 0x7F; };
    if (text.size() <= kMaxKey_bytes && std::ranges::all_of(text, is_printable)) return LlmKey(text);
  }
  return fail(ErrorCode::kUsage,
              "llm_key must be a text without blanks of at most " + std::to_string(kMaxKey_bytes) + " bytes, or null");
}

Json llm_state(App& app, Session& session) {
  auto const setup = llm::set_up(app.settings, session.llm_key());
  auto const model = setup.model.empty() ? app.llm_models_of(setup, session).known() : setup.model;
  auto const or_null = [](std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); };
  return {{"state", name(setup.state)},
          {"host", setup.address.host},
          {"model", or_null(model)},
          {"key", or_null(llm_key_name(setup.key_from))},
          {"takes_key", app.settings.llm_session_keys},
          {"tokens_used", session.tokens().used()},
          {"tokens_cap", session.tokens().cap()},
          {"problem", or_null(setup.problem)}};
}

std::string state(App& app, Session& session) {
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
              {"llm", llm_state(app, session)},
              {"usage", {{"analyses", session.list().size()}, {"bytes", session.bytes()}}}}
      .dump();
}

}  // namespace

Result<Response> get_session(App& app, Request const& request) { return Response::json(state(app, *request.session)); }

Result<Response> put_session(App& app, Request const& request) {
  auto const tree = WipedJson::parse(request.body.begin(), request.body.end(), nullptr, /*allow_exceptions=*/false);
  auto const given = tree.is_object() ? tree.find("settings") : tree.end();
  if (given == tree.end() || !given->is_object())
    return fail(ErrorCode::kUsage, "the body must be a JSON object like {\"settings\": {\"model\": \"fast\"}}");
  for (auto entry = tree.begin(); entry != tree.end(); ++entry) {
    if (entry.key() != "settings")
      return fail(ErrorCode::kUsage, "there is no \"" + std::string(entry.key()) + "\" here, but settings");
  }
  auto settings = request.session->settings();
  std::optional<LlmKey> key;
  for (auto entry = given->begin(); entry != given->end(); ++entry) {
    std::string const name(entry.key());
    if (name == "llm_key") {
      NEVUS_TRY(key, read_key(app, entry.value()));
      continue;
    }
    if (!entry->is_string()) return fail(ErrorCode::kUsage, "the setting \"" + name + "\" must be a text");
    NEVUS_CHECK(change(app, settings, name, std::string(entry->get_ref<WipedText const&>())));
  }
  request.session->set(std::move(settings));
  if (key) request.session->set_llm_key(*std::move(key));
  return Response::json(state(app, *request.session));
}

Result<Response> delete_session(App& app, Request const& request) {
  if (request.session) app.sessions.end(request.session->id());
  return Response::no_content().with("Set-Cookie", "nevus_session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/");
}

}  // namespace nevus::server
