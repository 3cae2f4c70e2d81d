// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/server/wiped_bytes.h"

namespace nevus::server {

class Session;

enum class Method { kGet, kPost, kPut, kDelete };
[[nodiscard]] std::string_view name(Method method);  ///< "GET"

/// A request that was read completely and let in.
struct Request {
  std::string id;  ///< stands in the answer and in the log
  Method method = Method::kGet;
  std::string path;                                 ///< decoded, without the query
  std::vector<std::string> parameters = {};         ///< the parts of the path that stand for {…} in the route
  std::map<std::string, std::string> query = {};    ///< decoded
  std::map<std::string, std::string> headers = {};  ///< names in lower case
  WipedBytes body = {};
  std::shared_ptr<void const> body_share = {};             ///< counts the body while it lives
  std::shared_ptr<Session> session = {};                   ///< where the route has one
  std::function<bool()> abandoned = [] { return false; };  ///< whether the client has left; asked from any thread

  [[nodiscard]] std::string header(std::string const& name) const;                    ///< empty where there is none
  [[nodiscard]] std::optional<std::string> parameter(std::string const& name) const;  ///< of the query
  [[nodiscard]] Bytes bytes() const { return body; }
};

/// A body that is made while it is sent, such as server-sent events: the transport takes what there is and waits for
/// more.
class EventSource {
 public:
  virtual ~EventSource() = default;
  struct Chunk {
    std::string text;       ///< complete events; may be empty
    bool finished = false;  ///< nothing comes after it
  };
  /// What happened since the last call. `wake` is called, from any thread, as soon as a further call would give more.
  [[nodiscard]] virtual Chunk take(std::function<void()> wake) = 0;
  /// What is sent now and then while there is nothing, so that proxies keep the way open.
  [[nodiscard]] virtual std::string idle() const { return ": still here\n\n"; }
};

struct Response {
  int status = 200;
  std::string media_type = {};  ///< empty: no body
  std::vector<std::pair<std::string, std::string>> headers = {};
  Bytes bytes = {};                        ///< kept alive by …
  std::shared_ptr<void const> owner = {};  ///< … this; nothing for bytes that live as long as the program
  std::shared_ptr<EventSource> events = {};
  std::string code = {};            ///< of the error table, for the log
  std::function<void()> undo = {};  ///< takes back what was kept, where the answer came too late for its client

  [[nodiscard]] static Response text(std::string media_type, std::string text, int status = 200);
  [[nodiscard]] static Response json(std::string text, int status = 200) {
    return Response::text("application/json", std::move(text), status);
  }
  [[nodiscard]] static Response binary(std::string media_type, ByteVector bytes);
  [[nodiscard]] static Response no_content();
  Response&& with(std::string name, std::string value) &&;
};

}  // namespace nevus::server
