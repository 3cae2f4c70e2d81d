// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <thread>

#include "nevus/server/access.h"
#include "nevus/server/app.h"
#include "nevus/server/service.h"

namespace nevus::server {

/// Brings requests to the handlers of the route table, and pages to browsers.
class Dispatcher : public Service {
 public:
  Dispatcher(App& app, ApiKeys keys)
      : app_(app), keys_(std::move(keys)), rate_limit_(app.settings.rate_limit_per_min) {}

  std::variant<Admitted, Response> admit(RequestHead const& head, std::string const& request_id) override;
  Response answer(Admitted& admitted) override;
  Response refuse(std::string_view target, Error const& error, std::string const& request_id) override;
  void finish(Response& response, std::string const& request_id, bool secure) override;
  bool submit(std::function<void()> work) override;
  void answered(Answered const& answered) override;
  void say(LogLine const& line) override { app_.log(line); }
  void sweep() override { app_.sessions.sweep(); }
  void reload() override;

 private:
  /// The refusal of who may not, or asks too often.
  [[nodiscard]] std::optional<Response> turn_away(RequestHead const& head, Access wanted,
                                                  std::string const& request_id);

  App& app_;
  ApiKeys keys_;
  RateLimit rate_limit_;
  std::atomic<bool> reload_waits_ = false;  ///< for the one before it to end
  std::jthread reloading_;
};

}  // namespace nevus::server
