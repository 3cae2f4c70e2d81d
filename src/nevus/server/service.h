// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "nevus/server/log.h"
#include "nevus/server/message.h"

namespace nevus::server {

struct Route;

/// A request's head as it came over the wire.
struct RequestHead {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case; of a name that came twice the first
  std::string peer;                            ///< client_at the address
  std::optional<std::uint64_t> content_length;
  bool secure = false;  ///< came over TLS

  [[nodiscard]] std::string header(std::string const& name) const;  ///< empty where there is none
};

/// A request whose body may now be read.
struct Admitted {
  Route const* route = nullptr;
  std::string_view pattern;  ///< of the route, for the log
  bool takes_time = false;   ///< is answered by the engine
  std::size_t max_body_bytes = 0;
  Request request;
  bool secure = false;
};

/// What an answered request looked like from outside.
struct Answered {
  std::string method;
  std::string_view pattern;  ///< of the route; "-" where none was reached
  int status = 0;
  std::string_view code;  ///< of the error table, or empty
  double time_ms = 0;
  std::string_view request_id;
};

/// What the transport needs to know of everything else. Called from the transport's thread, `answer` also from the
/// engine's.
class Service {
 public:
  virtual ~Service() = default;
  /// Decides on the head alone: pages and refusals are answered at once.
  [[nodiscard]] virtual std::variant<Admitted, Response> admit(RequestHead const& head,
                                                               std::string const& request_id) = 0;
  /// The handler's answer, whatever happens in it.
  [[nodiscard]] virtual Response answer(Admitted& admitted) = 0;
  /// In the dialect of the address; `target` is empty where none could be read.
  [[nodiscard]] virtual Response refuse(std::string_view target, Error const& error, std::string const& request_id) = 0;
  /// Adds the headers that every answer has.
  virtual void finish(Response& response, std::string const& request_id, bool secure) = 0;
  /// False where the queue is full.
  [[nodiscard]] virtual bool submit(std::function<void()> work) = 0;
  virtual void answered(Answered const& answered) = 0;
  virtual void say(LogLine const& line) = 0;
  virtual void sweep() = 0;   ///< every few seconds
  virtual void reload() = 0;  ///< on SIGHUP; returns before the networks are read
};

}  // namespace nevus::server
