// SPDX-License-Identifier: MIT
// For whoever runs the server: metrics, health, openapi.json and its page.

#include <fstream>

#include "nevus/server/handlers.h"
#include "nevus/server/openapi.h"

namespace nevus::server {
namespace {

/// Resident memory of this process.
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  constexpr double kPage_bytes = 4096;
  return pages * kPage_bytes;
}

}  // namespace

Result<Response> get_metrics(App& app, Request const& /*request*/) {
  auto const number = [](std::size_t value) { return static_cast<double>(value); };
  return Response::text(
      "text/plain; version=0.0.4; charset=utf-8",
      app.metrics.text(
          {{"nevus_queue_depth", "Requests that wait for a worker", number(app.engine.waiting())},
           {"nevus_workers_busy", "Workers that have something in hand", number(app.engine.running())},
           {"nevus_sessions", "Sessions that are open", number(app.sessions.count())},
           {"nevus_session_bytes", "Bytes of photos, answers and notes in sessions", number(app.sessions.bytes())},
           {"nevus_ready", "1 when every network is loaded", app.models.ready() ? 1.0 : 0.0},
           {"process_resident_memory_bytes", "Memory of the process", resident_bytes()}}));
}

Result<Response> get_live(App& /*app*/, Request const& /*request*/) { return Response::json(R"({"live":true})"); }

Result<Response> get_ready(App& app, Request const& /*request*/) {
  if (app.models.ready()) return Response::json(R"({"ready":true})");
  return fail(ErrorCode::kOverloaded, "the networks are not loaded yet");
}

Result<Response> get_openapi(App& /*app*/, Request const& /*request*/) { return Response::json(openapi_json()); }

Result<Response> get_docs(App& /*app*/, Request const& /*request*/) {
  return Response::text("text/html; charset=utf-8", docs_page());
}

}  // namespace nevus::server
