// SPDX-License-Identifier: MIT
#include "nevus/server/serve.h"

#include <thread>

#include "nevus/report/facts.h"
#include "nevus/server/dispatch.h"
#include "nevus/server/http_server.h"

namespace nevus::server {

Result<void> serve(Settings const& settings, ModelPlaces places, Log const& log) {
  NEVUS_TRY(auto keys, ApiKeys::read(settings.api_keys));
  // One photo is decoded while each core has one in the network, as in `nevus batch`.
  int const workers = static_cast<int>(std::thread::hardware_concurrency()) + 1;
  App app(settings, std::move(places), workers, log);
  Dispatcher dispatcher(app, std::move(keys));
  NEVUS_TRY(auto server, HttpServer::listen(settings, dispatcher));
  log({.message = "Nevus is ready to be asked", .fields = {{"version", NEVUS_VERSION}, {"url", server.url()}}});
  log({.message = std::string(kDisclaimer)});
  server.run();
  app.engine.stop();
  app.sessions.end_all();
  return {};
}

}  // namespace nevus::server
