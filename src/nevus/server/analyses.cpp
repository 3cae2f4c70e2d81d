// SPDX-License-Identifier: MIT
// /api/v1/analyses

#include <nlohmann/json.hpp>

#include "nevus/server/analyse.h"
#include "nevus/server/handlers.h"
#include "nevus/server/lookup.h"
#include "nevus/server/summary.h"
#include "nevus/server/upload.h"

namespace nevus::server {

Result<Response> post_analysis(App& app, Request const& request) {
  NEVUS_TRY(auto const upload, read_upload(request, 1));
  if (upload.photos.empty()) return fail(ErrorCode::kUsage, "an archive goes to /api/v1/batches");
  auto const& photo = upload.photos.front();
  NEVUS_CHECK(check_photo(app, photo.bytes));
  NEVUS_CHECK(check(app, upload.request));
  NEVUS_CHECK(request.session->room_for(1));
  NEVUS_TRY(auto stored, app.sessions.store(photo.bytes, *request.session));
  NEVUS_TRY(auto const analysis, analyse(app, *request.session, photo.name, std::move(stored), upload.request));
  auto response = Response::json(analysis_json(app, *request.session, *analysis), 201);
  response.undo = [session = request.session, id = analysis->id] { session->remove(id); };
  return std::move(response).with("Location", "/api/v1/analyses/" + analysis->id);
}

Result<Response> list_analyses(App& /*app*/, Request const& request) {
  std::string text;
  for (auto const& analysis : request.session ? request.session->list() : decltype(request.session->list())()) {
    nlohmann::ordered_json const head{{"id", analysis->id},
                                      {"name", analysis->name},
                                      {"created_at", time_text(analysis->created_at)},
                                      {"model", analysis->model.id}};
    auto const members = head.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    text += (text.empty() ? "" : ",") + members.substr(0, members.size() - 1) + "," + summary_members(*analysis) + "}";
  }
  return Response::json("[" + text + "]");
}

Result<Response> get_analysis(App& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  return Response::json(analysis_json(app, *request.session, *analysis));
}

Result<Response> get_report_json(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  return Response::json(analysis->result_json + "\n")
      .with("Content-Disposition", R"(attachment; filename="nevus-)" + analysis->id.substr(0, 8) + ".json\"");
}

Result<Response> delete_analysis(App& /*app*/, Request const& request) {
  NEVUS_CHECK(find_analysis(request).map([](auto const&) {}));
  request.session->remove(request.parameters.at(0));
  return Response::no_content();
}

}  // namespace nevus::server
