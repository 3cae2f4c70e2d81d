// SPDX-License-Identifier: MIT
#include "nevus/server/serve.h"

#include <malloc.h>
#include <sys/resource.h>
#include <algorithm>
#include <thread>

#include "nevus/report/facts.h"
#include "nevus/server/dispatch.h"
#include "nevus/server/http_server.h"

namespace nevus::server {
namespace {

/// No core dump, which would hold photos; and a file descriptor for each connection.
void set_process_limits(Settings const& settings) {
  rlimit const no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  constexpr rlim_t kOtherFiles = 100;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  auto const wanted = static_cast<rlim_t>(settings.max_connections) + kOtherFiles;
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, wanted));
  ::setrlimit(RLIMIT_NOFILE, &files);
}

/// Blocks of a megabyte and more (weights, bodies, large photos) are mappings of their own, which go back whole when
/// they are freed. Else glibc soon takes blocks of up to 32 MB from its heaps, which reloads then leave in pieces. The
/// heaps keep what small blocks come and go in: to give it back at once costs a twentieth of an answer.
void set_heap_limits() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace

Result<void> serve(Settings const& settings, ModelPlaces places, Log const& log) {
  NEVUS_TRY(auto keys, ApiKeys::read(settings.api_keys));
  set_process_limits(settings);
  set_heap_limits();
  // One photo is decoded while each core has one in the network, as in `nevus batch`.
  int const workers = static_cast<int>(std::thread::hardware_concurrency()) + 1;
  App app(settings, std::move(places), workers, log);
  Dispatcher dispatcher(app, std::move(keys));
  NEVUS_TRY(auto server, HttpServer::listen(settings, dispatcher));
  app.models.load_all();  // not before: settings that are wrong are said at once
  log({.message = "Nevus is ready to be asked", .fields = {{"version", NEVUS_VERSION}, {"url", server.url()}}});
  log({.message = std::string(kDisclaimer)});
  server.run();
  app.sessions.end_all();  // which ends talks that wait for a language model
  app.talks.stop();
  app.engine.stop();
  app.sessions.end_all();
  return {};
}

}  // namespace nevus::server
