// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "nevus/base/config.h"
#include "nevus/server/service.h"

namespace nevus::server {

/// Connections, TLS and time limits: everything between the socket and the `Service`. One thread moves bytes; the
/// engine does the work.
class HttpServer {
 public:
  /// Binds the settings' address. Errors as `serve`.
  [[nodiscard]] static Result<HttpServer> listen(Settings const& settings, Service& service);
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) = delete;
  ~HttpServer();

  [[nodiscard]] std::string const& url() const;  ///< "http://127.0.0.1:8501"
  void run();                                    ///< serves until SIGTERM or SIGINT, and answers what is under way

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace nevus::server
