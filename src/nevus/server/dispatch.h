// SPDX-License-Identifier: MIT
#pragma once

#include <thread>

#include "nevus/server/app.h"
#include "nevus/server/service.h"

namespace nevus::server {

/// Brings requests to the handlers of the route table, and pages to browsers.
class Dispatcher : public Service {
 public:
  explicit Dispatcher(App& app) : app_(app) {}

  std::variant<Admitted, Response> admit(RequestHead const& head, std::string const& request_id) override;
  Response answer(Admitted& admitted) override;
  Response refuse(Error const& error, std::string const& request_id) override;
  void finish(Response& response, std::string const& request_id, bool secure) override;
  bool submit(std::function<void()> work) override { return app_.engine.submit(std::move(work)); }
  void answered(Answered const& answered) override;
  void say(LogLine const& line) override { app_.log(line); }
  void sweep() override { app_.sessions.sweep(); }
  void reload() override;

 private:
  App& app_;
  std::jthread reloading_;
};

}  // namespace nevus::server
