// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>

#include "nevus/base/config.h"
#include "nevus/server/body_limit.h"
#include "nevus/server/service.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): Asio's name
namespace ssl {
class context;  // NOLINT(readability-identifier-naming): Asio's name
}
}  // namespace boost::asio

namespace nevus::server {

class AnyConnection {
 public:
  virtual ~AnyConnection() = default;
  virtual void close_if_idle() = 0;
};

/// What all connections share. The event loop's thread alone touches it.
struct Connections {
  static constexpr std::size_t kMaxBodies_bytes = 512'000'000;  ///< that are under way or in work, all together

  Settings const settings;
  Service& service;
  std::set<AnyConnection*> open{};
  std::map<std::string, int> per_address{};
  BodyLimit bodies{kMaxBodies_bytes};
  bool draining = false;
};

/// Whoever has it closes `handle`.
struct AcceptedSocket {
  int handle;
  bool is_v6;
  std::string peer;  ///< client_at its address
};

/// Answers what comes over `socket` until either side closes it, on `io`, whose end comes before that of `connections`.
/// Null `tls`: without encryption.
void serve_connection(Connections& connections, boost::asio::io_context& io, AcceptedSocket socket,
                      boost::asio::ssl::context* tls);

}  // namespace nevus::server
