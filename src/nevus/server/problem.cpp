// SPDX-License-Identifier: MIT
#include "nevus/server/problem.h"

#include <nlohmann/json.hpp>

namespace nevus::server {

Response problem(Error const& error, std::string const& request_id, Disclosure disclosure, Dialect dialect) {
  auto const& row = info(error.code);
  constexpr int kFirstServerError = 500;
  bool const our_fault = row.http_status >= kFirstServerError;
  bool const tell = disclosure == Disclosure::kEverything || !our_fault;
  nlohmann::ordered_json document{{"type", "/docs#" + std::string(row.name)},
                                  {"title", row.public_sentence},
                                  {"status", row.http_status},
                                  {"detail", tell ? error.message : std::string(row.public_sentence)},
                                  {"code", row.name},
                                  {"request_id", request_id}};
  if (dialect == Dialect::kInferenceProtocol) document["error"] = document["detail"];
  auto response =
      Response::text("application/problem+json",
                     document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), row.http_status);
  response.code = row.name;
  constexpr char const* kRetryAfter_s = "1";  // who asks too often hears of his own wait from the dispatcher
  if (error.code == ErrorCode::kOverloaded) return std::move(response).with("Retry-After", kRetryAfter_s);
  if (error.code == ErrorCode::kUnauthorized)
    return std::move(response).with("WWW-Authenticate", R"(Basic realm="Nevus", charset="UTF-8")");
  return response;
}

}  // namespace nevus::server
