// SPDX-License-Identifier: MIT
#include "nevus/server/dispatch.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

#include "nevus/server/embedded.h"
#include "nevus/server/origin.h"
#include "nevus/server/route.h"
#include "nevus/server/target.h"

namespace nevus::server {
namespace {

constexpr std::size_t kFormOverhead_bytes = 65'536;
constexpr std::size_t kMaxJson_bytes = 65'536;
constexpr std::size_t kMaxBatch_bytes = 200'000'000;
constexpr std::size_t kMaxTensors_bytes = 32'000'000;

// No script but ours, no frame around us, nothing from elsewhere: a page that shows photos of patients loads no
// stranger.
constexpr char const* kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src "
    "'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

std::size_t max_body_bytes(App const& app, BodyKind kind) {
  auto const photo_bytes = image::limits_from(app.settings).max_bytes;
  switch (kind) {
    case BodyKind::kNone:
      return 0;
    case BodyKind::kJson:
      return kMaxJson_bytes;
    case BodyKind::kPhoto:
      return photo_bytes + kFormOverhead_bytes;
    case BodyKind::kPhotos:
      return std::min(photo_bytes * static_cast<std::size_t>(app.settings.max_batch_photos), kMaxBatch_bytes) +
             kFormOverhead_bytes;
    case BodyKind::kTensors:
      return kMaxTensors_bytes;
  }
  return 0;
}

std::string cookie(RequestHead const& head) {
  auto const found = head.headers.find("cookie");
  if (found == head.headers.end()) return "";
  constexpr std::string_view kName = "nevus_session=";
  std::string_view rest = found->second;
  while (!rest.empty()) {
    auto const pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    auto const start = pair.find_first_not_of(' ');
    if (start != std::string_view::npos && pair.substr(start).starts_with(kName))
      return std::string(pair.substr(start + kName.size()));
  }
  return "";
}

/// Pages keep their place in a browser's history, so an address without a file is the dashboard's own.
EmbeddedFile const* page(std::string const& path, RequestHead const& head) {
  auto const find = [](std::string_view name) -> EmbeddedFile const* {
    auto const files = pages();
    auto const file = std::ranges::find(files, name, &EmbeddedFile::path);
    return file == files.end() ? nullptr : &*file;
  };
  if (path == "/") return find("index.html");
  if (auto const* const file = find(path.substr(1))) return file;
  auto const accept = head.headers.find("accept");
  bool const wants_page = accept != head.headers.end() && accept->second.find("text/html") != std::string::npos;
  bool const may_be_page =
      !path.starts_with("/api/") && !path.starts_with("/v2/") && path.find('.') == std::string::npos;
  return wants_page && may_be_page ? find("index.html") : nullptr;
}

Response page_response(EmbeddedFile const& file, RequestHead const& head) {
  Response response{.media_type = std::string(file.media_type)};
  // Vite puts a hash of the content into the names below assets/.
  bool const immutable = file.path.starts_with("assets/");
  response.headers = {{"Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"ETag", std::string(file.etag)},
                      {"Vary", "Accept-Encoding"}};
  auto const header = [&](char const* name) {
    auto const found = head.headers.find(name);
    return found == head.headers.end() ? std::string() : found->second;
  };
  if (header("if-none-match").find(file.etag) != std::string::npos) {
    response.status = 304;
    return response;
  }
  bool const packed = !file.gzip.empty() && header("accept-encoding").find("gzip") != std::string::npos;
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.bytes = packed ? file.gzip : file.bytes;
  return response;
}

std::optional<Method> method_of(std::string const& name) {
  if (name == "GET" || name == "HEAD") return Method::kGet;
  if (name == "POST") return Method::kPost;
  if (name == "PUT") return Method::kPut;
  if (name == "DELETE") return Method::kDelete;
  return std::nullopt;
}

/// The route of this address and method; or the methods that the address has.
Result<Route const*> find_route(std::string const& method_name, Target const& target,
                                std::vector<std::string>& parameters, std::string& allowed) {
  auto const method = method_of(method_name);
  for (auto const& route : routes()) {
    if (!fits(route.pattern, target.path, parameters)) continue;
    if (method == route.method) return &route;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name(route.method));
  }
  if (allowed.empty()) return fail(ErrorCode::kNotFound, "there is nothing at " + target.path);
  return fail(ErrorCode::kMethodNotAllowed, target.path + " knows " + allowed);
}

/// A name that is mistyped must not mean the default, silently.
Result<void> check_parameters(Route const& route, Target const& target) {
  for (auto const& [name, value] : target.query) {
    std::string known;
    bool found = false;
    for (auto const& parameter : route.parameters) {
      if (parameter.place == Place::kPath) continue;
      found = found || parameter.name == name;
      known += (known.empty() ? "" : ", ") + std::string(parameter.name);
    }
    if (!found) {
      return fail(ErrorCode::kUsage, "there is no parameter \"" + name + "\" at " + std::string(route.pattern) +
                                         (known.empty() ? ", which has none" : ", but " + known));
    }
  }
  if (target.repeated.empty()) return {};
  return fail(ErrorCode::kUsage, "the parameter \"" + target.repeated + "\" is there twice");
}

Response cookie_for(Response response, Session const& session, bool secure) {
  return std::move(response).with("Set-Cookie", "nevus_session=" + session.id() +
                                                    "; HttpOnly; SameSite=Strict; Path=/" + (secure ? "; Secure" : ""));
}

std::string one_decimal(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

}  // namespace

std::string RequestHead::header(std::string const& name) const {
  auto const found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Response Dispatcher::refuse(std::string_view target, Error const& error, std::string const& request_id) {
  auto const dialect = target.starts_with("/v2") ? Dialect::kInferenceProtocol : Dialect::kPlain;
  return problem(error, request_id, app_.disclosure(), dialect);
}

std::variant<Admitted, Response> Dispatcher::admit(RequestHead const& head, std::string const& request_id) {
  auto& app = app_;
  auto const refuse = [&](Error const& error) { return this->refuse(head.target, error, request_id); };
  auto const target = parse_target(head.target);
  if (!target) return refuse({ErrorCode::kUsage, "the address is malformed"});
  if (auto const allowed = check_origin(app.settings, head, target->path); !allowed) return refuse(allowed.error());

  Admitted admitted;
  admitted.request.id = request_id;
  admitted.request.path = target->path;
  admitted.request.query = target->query;
  std::string allowed_methods;
  auto const route = find_route(head.method, *target, admitted.request.parameters, allowed_methods);
  if (!route) {
    bool const reads = head.method == "GET" || head.method == "HEAD";
    if (auto refusal = turn_away(head, Access::kUser, request_id)) return *std::move(refusal);
    auto const* const file = reads && route.error().code == ErrorCode::kNotFound ? page(target->path, head) : nullptr;
    if (file != nullptr) return page_response(*file, head);
    auto refusal = refuse(route.error());
    return allowed_methods.empty() ? refusal : std::move(refusal).with("Allow", allowed_methods);
  }
  admitted.route = *route;
  if (auto refusal = turn_away(head, admitted.route->access, request_id)) return *std::move(refusal);
  if (auto const known = check_parameters(**route, *target); !known) return refuse(known.error());
  admitted.max_body_bytes = max_body_bytes(app, admitted.route->body);
  if (head.content_length.value_or(0) > admitted.max_body_bytes) {
    return refuse({ErrorCode::kPhotoTooLarge, "a body of " + std::to_string(*head.content_length) +
                                                  " bytes is more than the limit of " +
                                                  std::to_string(admitted.max_body_bytes) + " bytes for this address"});
  }
  admitted.request.method = admitted.route->method;
  admitted.pattern = admitted.route->pattern;
  admitted.takes_time = admitted.route->cost == Cost::kWork;
  admitted.secure = head.secure;
  admitted.request.headers = head.headers;
  admitted.request.session = app.sessions.find(cookie(head));
  return admitted;
}

std::optional<Response> Dispatcher::turn_away(RequestHead const& head, Access wanted, std::string const& request_id) {
  if (wanted == Access::kAnyone) return std::nullopt;
  // A wrong key counts for the address from which it comes, so that guessing is limited too.
  auto const key = keys_.check(head, wanted);
  if (auto const wait = rate_limit_.take(!key || key->empty() ? head.peer : "key " + *key)) {
    auto const wait_s = std::to_string(wait->count());
    return refuse(head.target,
                  {ErrorCode::kTooManyRequests, "more than " + std::to_string(app_.settings.rate_limit_per_min) +
                                                    " requests a minute (rate_limit_per_min); wait " + wait_s + " s"},
                  request_id)
        .with("Retry-After", wait_s);
  }
  if (!key) return refuse(head.target, key.error(), request_id);
  return std::nullopt;
}

bool Dispatcher::submit(std::function<void()> work) {
  auto const asked = std::chrono::steady_clock::now();
  return app_.engine.submit([this, asked, work = std::move(work)] {
    std::chrono::duration<double, std::milli> const waited_ms = std::chrono::steady_clock::now() - asked;
    app_.metrics.waited(waited_ms.count());
    app_.metrics.started(app_.engine.running());
    work();
  });
}

Response Dispatcher::answer(Admitted& admitted) {
  auto& request = admitted.request;
  std::shared_ptr<Session> made;
  auto const handled = [&]() -> Result<Response> {
    try {
      if (admitted.route->session == SessionUse::kCreate && !request.session) {
        NEVUS_TRY(made, app_.sessions.create());
        request.session = made;
      }
      return admitted.route->handler(app_, request);
    } catch (std::exception const& bug) {
      return fail(ErrorCode::kInternal, std::string("this is a bug in Nevus: ") + bug.what());
    }
  };
  auto response = handled();
  // A client that gets no cookie cannot come back to it.
  if (made && !response) app_.sessions.end(made->id());
  if (made && response) response->undo = [&app = app_, made] { app.sessions.end(made->id()); };
  if (!response) return refuse(request.path, response.error(), request.id);
  return made ? cookie_for(*std::move(response), *made, admitted.secure) : *std::move(response);
}

void Dispatcher::answered(Answered const& answered) {
  app_.metrics.answered(answered);
  app_.log({.message = "request",
            .fields = {{"method", answered.method},
                       {"route", std::string(answered.pattern)},
                       {"status", std::to_string(answered.status)},
                       {"code", std::string(answered.code)},
                       {"time_ms", one_decimal(answered.time_ms)},
                       {"request", std::string(answered.request_id)}}});
}

void Dispatcher::reload() {
  app_.log({.message = "reading keys and networks again"});
  if (auto keys = ApiKeys::read(app_.settings.api_keys)) {
    keys_ = *std::move(keys);
  } else {
    app_.log({.level = LogLevel::kError, .message = keys.error().message + "; the old keys stay in use"});
  }
  if (reload_waits_.exchange(true)) return;  // it will see what changed meanwhile
  // One at a time, and the transport's thread waits for none of them.
  reloading_ = std::jthread([this, previous = std::move(reloading_)](std::stop_token const& stop) mutable {
    if (previous.joinable()) previous.join();
    reload_waits_ = false;
    if (!stop.stop_requested()) app_.models.load_all();
  });
}

void Dispatcher::finish(Response& response, std::string const& request_id, bool secure) {
  auto& headers = response.headers;
  bool const has_policy =
      std::ranges::any_of(headers, [](auto const& header) { return header.first == "Cache-Control"; });
  if (!has_policy) headers.emplace_back("Cache-Control", "no-store");
  headers.emplace_back("X-Request-Id", request_id);
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  headers.emplace_back("Permissions-Policy", "camera=(self), microphone=(), geolocation=()");
  if (secure) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

}  // namespace nevus::server
