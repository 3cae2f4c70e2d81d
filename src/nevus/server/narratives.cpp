// SPDX-License-Identifier: MIT
// /api/v1/analyses/{id}/narrative

#include <nlohmann/json.hpp>

#include "nevus/narrative/llm_writer.h"
#include "nevus/server/handlers.h"
#include "nevus/server/llm_key_name.h"
#include "nevus/server/lookup.h"
#include "nevus/server/making.h"
#include "nevus/server/talk.h"

namespace nevus::server {
namespace {

using Json = nlohmann::json;

struct NarrativeRequest {
  Origin source = Origin::kOffline;
  WriterOptions options;
};

Result<NarrativeRequest> read_request(Request const& request) {
  auto const tree = Json::parse(request.body.begin(), request.body.end(), nullptr, /*allow_exceptions=*/false);
  if (!tree.is_object()) return fail(ErrorCode::kUsage, R"(the body must be a JSON object like {"source": "offline"})");
  NarrativeRequest wanted;
  wanted.options.language = session_language(*request.session);
  for (auto const& [name, value] : tree.items()) {
    if (!value.is_string()) return fail(ErrorCode::kUsage, "\"" + name + "\" must be a text");
    auto const text = value.get<std::string>();
    if (name == "source") {
      NEVUS_TRY(wanted.source, writer_named(name, text));
    } else if (name == "language") {
      NEVUS_TRY(wanted.options.language, language_named(text));
    } else if (name == "reader") {
      NEVUS_TRY(wanted.options.reader, reader_named(text));
    } else {
      return fail(ErrorCode::kUsage, "there is no \"" + name + "\" here, but source, language and reader");
    }
  }
  return wanted;
}

/// Of the explained answer, as in the reports, so that all words say the same of the heat map.
Result<Facts> facts_of(App const& app, Session const& session, StoredAnalysis const& stored) {
  NEVUS_TRY(auto const parts, report_parts(app, session, stored));
  return narrative::gather(parts.analysis, stored.model);
}

}  // namespace

Result<Response> post_narrative(App& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto const wanted, read_request(request));
  NEVUS_TRY(auto const facts, facts_of(app, *request.session, *analysis));
  auto events = wanted.source == Origin::kOffline
                    ? offline_events(facts, wanted.options)
                    : start_talk(app, request.session, analysis->told, facts, wanted.options);
  return Response{.media_type = "text/event-stream", .events = std::move(events)};
}

Result<Response> get_narrative_request(App& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto const options, read_writer(request));
  NEVUS_TRY(auto const facts, facts_of(app, *request.session, *analysis));
  auto const setup = llm::set_up(app.settings, request.session->llm_key());
  auto const model = setup.model.empty() ? app.llm_models_of(setup, *request.session).known() : setup.model;
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();
  for (auto const& message : narrative::prompt(facts, options))
    messages.push_back({{"role", message.role}, {"content", message.content}});
  auto const or_null = [](std::string_view text) {
    return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
  };
  nlohmann::ordered_json const tree{{"state", name(setup.state)},
                                    {"host", setup.address.host},
                                    {"url", setup.address.url.empty() ? "" : setup.address.url + "/chat/completions"},
                                    {"model", or_null(model)},
                                    {"key", or_null(llm_key_name(setup.key_from))},
                                    {"messages", std::move(messages)}};
  return Response::json(tree.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace nevus::server
