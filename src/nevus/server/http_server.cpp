// SPDX-License-Identifier: MIT
#include "nevus/server/http_server.h"

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "nevus/server/access.h"
#include "nevus/server/connection.h"

namespace nevus::server {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using ErrorCodeOf = boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::seconds kDrainTime{30};
constexpr std::chrono::seconds kSweepTime{5};

Result<tcp::endpoint> endpoint_of(Settings const& settings) {
  ErrorCodeOf error;
  auto const address = asio::ip::make_address(settings.host, error);
  if (error)
    return fail(ErrorCode::kConfig,
                "host is \"" + settings.host + "\", but must be an IP address such as 127.0.0.1 or ::");
  bool const is_protected = !settings.tls_certificate.empty() || !settings.api_keys.empty();
  if (!address.is_loopback() && !is_protected && !settings.unprotected) {
    return fail(ErrorCode::kConfig,
                "host is " + settings.host +
                    ", which other machines can reach: set api_keys, or tls_certificate and tls_key, or "
                    "say --unprotected");
  }
  return tcp::endpoint(address, static_cast<std::uint16_t>(settings.port));
}

/// Nothing where the settings name no certificate.
Result<std::optional<asio::ssl::context>> tls_context(Settings const& settings) {
  if (settings.tls_certificate.empty() != settings.tls_key.empty())
    return fail(ErrorCode::kConfig, "tls_certificate and tls_key are set together or not at all");
  if (settings.tls_certificate.empty()) return std::nullopt;
  try {
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                    asio::ssl::context::no_tlsv1_1 | asio::ssl::context::single_dh_use);
    SSL_CTX_set_mode(tls.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    // Else OpenSSL would ask the terminal, and a server that runs would stand still.
    tls.set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
    tls.use_certificate_chain_file(settings.tls_certificate.string());
    tls.use_private_key_file(settings.tls_key.string(), asio::ssl::context::pem);
    return std::optional(std::move(tls));
  } catch (boost::system::system_error const& error) {
    return fail(ErrorCode::kConfig, "tls_certificate " + settings.tls_certificate.string() + " with tls_key " +
                                        settings.tls_key.string() + " cannot be used: " + error.code().message());
  }
}

}  // namespace

struct HttpServer::Impl {
  Connections shared;
  asio::io_context io{1};  ///< after `shared`, since its end is that of the connections
  tcp::acceptor acceptor{io};
  std::optional<asio::ssl::context> tls;
  asio::signal_set stop_signals{io, SIGTERM, SIGINT};
  asio::signal_set hangup_signal{io, SIGHUP};
  asio::steady_timer sweep_timer{io};
  asio::steady_timer drain_timer{io};
  std::string url;

  Impl(Settings const& settings, Service& service) : shared{settings, service} {}

  Result<void> open() {
    auto const& settings = shared.settings;
    NEVUS_TRY(auto const endpoint, endpoint_of(settings));
    NEVUS_TRY(tls, tls_context(settings));
    try {
      acceptor.open(endpoint.protocol());
      acceptor.set_option(asio::socket_base::reuse_address(true));
      acceptor.bind(endpoint);
      acceptor.listen(4096);
    } catch (boost::system::system_error const& error) {
      return fail(ErrorCode::kIo, "cannot listen on " + settings.host + " port " + std::to_string(settings.port) +
                                      ": " + error.code().message());
    }
    bool const is_v6 = endpoint.address().is_v6();
    url = std::string(tls ? "https://" : "http://") + (is_v6 ? "[" + settings.host + "]" : settings.host) + ":" +
          std::to_string(acceptor.local_endpoint().port());
    return {};
  }

  /// The new files for connections that are new; those that are open keep what they began with.
  void renew_tls() {
    if (!tls) return;
    auto renewed = tls_context(shared.settings);
    if (renewed) {
      tls = *std::move(renewed);
      shared.service.say({.message = "certificate is read again"});
    } else {
      shared.service.say(
          {.level = LogLevel::kError, .message = renewed.error().message + "; the old one stays in use"});
    }
  }

  awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kTuple);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // such as too many open files: others have to go first
        asio::steady_timer pause(io, std::chrono::milliseconds(100));
        co_await pause.async_wait(kTuple);
        continue;
      }
      welcome(std::move(socket));
    }
  }

  void welcome(tcp::socket socket) {
    ErrorCodeOf error;
    auto const peer = client_at(socket.remote_endpoint(error).address().to_string());
    auto const& settings = shared.settings;
    auto const here = shared.per_address.find(peer);
    bool const too_many = static_cast<int>(shared.open.size()) >= settings.max_connections ||
                          (here != shared.per_address.end() && here->second >= settings.max_connections_per_address);
    if (error || too_many) return;
    bool const is_v6 = socket.local_endpoint(error).protocol() == tcp::v6();
    auto const handle = error ? -1 : socket.release(error);
    if (!error) serve_connection(shared, io, {handle, is_v6, peer}, tls ? &*tls : nullptr);
  }

  void sweep() {
    sweep_timer.expires_after(kSweepTime);
    sweep_timer.async_wait([this](ErrorCodeOf error) {
      if (error) return;
      shared.service.sweep();
      sweep();
    });
  }

  void listen_for_hangup() {
    hangup_signal.async_wait([this](ErrorCodeOf error, int) {
      if (error) return;
      renew_tls();
      shared.service.reload();
      listen_for_hangup();
    });
  }

  void drain() {
    shared.service.say({.message = "stopping", .fields = {{"connections", std::to_string(shared.open.size())}}});
    shared.draining = true;
    acceptor.close();
    hangup_signal.cancel();
    sweep_timer.cancel();
    for (auto* const connection : shared.open) connection->close_if_idle();
    wait_until_empty(Clock::now() + kDrainTime);
  }

  void wait_until_empty(Clock::time_point end) {
    if (shared.open.empty() || Clock::now() > end) return io.stop();
    drain_timer.expires_after(std::chrono::milliseconds(20));
    drain_timer.async_wait([this, end](ErrorCodeOf) { wait_until_empty(end); });
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::listen(Settings const& settings, Service& service) {
  auto impl = std::make_unique<Impl>(settings, service);
  NEVUS_CHECK(impl->open());
  return HttpServer(std::move(impl));
}

std::string const& HttpServer::url() const { return impl_->url; }

void HttpServer::run() {
  asio::co_spawn(impl_->io, impl_->accept(), asio::detached);
  impl_->stop_signals.async_wait([this](ErrorCodeOf error, int) {
    if (!error) impl_->drain();
  });
  impl_->listen_for_hangup();
  impl_->sweep();
  impl_->io.run();
}

}  // namespace nevus::server
