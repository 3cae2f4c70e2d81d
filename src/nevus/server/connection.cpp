// SPDX-License-Identifier: MIT
// Asio and Beast compile slowly: this file and http_server.cpp alone include them.
#include "nevus/server/connection.h"

#include <poll.h>
#include <unistd.h>

#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "nevus/server/header_words.h"
#include "nevus/server/secrets.h"

namespace nevus::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::ip::tcp;
using ErrorCodeOf = beast::error_code;
using Clock = std::chrono::steady_clock;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Buffer = beast::basic_flat_buffer<WipingAllocator<char>>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

constexpr std::uint32_t kMaxHeader_bytes = 16'384;
constexpr std::chrono::seconds kIdleTime{75};
constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kHeaderTime{10};
constexpr std::chrono::seconds kStallTime{15};  // of a body that stops coming
constexpr std::chrono::seconds kWriteTime{60};
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::chrono::milliseconds kLookAgainTime{100};
constexpr std::chrono::seconds kEventPause{15};  // so that proxies keep an event stream open
constexpr std::uint64_t kSlowestBody_bytes_per_s = 20'000;
constexpr std::size_t kFirstReserve_bytes = 262'144;
constexpr std::size_t kReadStep_bytes = 65'536;
constexpr std::size_t kMaxBuffer_bytes = 2 * kReadStep_bytes;  // which the head of a chunk has to fit into, too

/// Beast's vector_body, but memory is taken as bytes come: a header that promises 10 MB costs the sender nothing.
struct WipedBody {
  using value_type = WipedBytes;  // NOLINT(readability-identifier-naming): Beast's name
  class reader {                  // NOLINT(readability-identifier-naming): Beast's name
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>& /*header*/, value_type& body) : body_(body) {}
    void init(boost::optional<std::uint64_t> const& length, ErrorCodeOf& error) {
      body_.reserve(std::min<std::uint64_t>(length.value_or(0), kFirstReserve_bytes));
      error = {};
    }
    template <class Buffers>
    std::size_t put(Buffers const& buffers, ErrorCodeOf& error) {
      auto const before = body_.size();
      for (auto const part : beast::buffers_range_ref(buffers)) {
        auto const* const bytes = static_cast<std::uint8_t const*>(part.data());
        body_.insert(body_.end(), bytes, bytes + part.size());
      }
      error = {};
      return body_.size() - before;
    }
    void finish(ErrorCodeOf& error) { error = {}; }

   private:
    value_type& body_;
  };
};

/// A handler that runs on the engine while its connection waits.
struct Pending {
  explicit Pending(asio::any_io_executor const& executor) : timer(executor) {}
  asio::steady_timer timer;
  std::optional<Response> response;
  std::atomic<bool> abandoned = false;
  bool client_left = false;
};

template <typename Stream>
class Connection : public AnyConnection, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Connections& shared, Stream stream, std::string peer)
      : shared_(shared), stream_(std::move(stream)), peer_(std::move(peer)) {
    shared_.open.insert(this);
    ++shared_.per_address[peer_];
  }
  ~Connection() override {
    shared_.open.erase(this);
    auto const count = shared_.per_address.find(peer_);
    if (--count->second == 0) shared_.per_address.erase(count);
  }
  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;

  void close_if_idle() override {
    if (idle_) lowest().cancel();
  }

  /// Keeps the connection alive until it is done.
  static awaitable<void> run(std::shared_ptr<Connection> self) {
    bool open = co_await self->handshake();
    while (open && !self->shared_.draining) {
      open = co_await self->first_bytes();
      if (!open) break;
      open = co_await self->one_request();
      // What was read of a photo does not stay until the next request comes.
      if (self->buffer_.size() == 0) self->buffer_ = Buffer(kMaxBuffer_bytes);
    }
    co_await self->close();
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  awaitable<bool> handshake() {
    if constexpr (kTls) {
      lowest().expires_after(kHandshakeTime);
      auto const [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kTuple);
      co_return !error;
    }
    co_return true;
  }

  awaitable<bool> first_bytes() {
    if (buffer_.size() > 0) co_return true;
    constexpr std::size_t kFirst_bytes = 1024;
    idle_ = true;
    lowest().expires_after(kIdleTime);
    auto const [error, count] = co_await stream_.async_read_some(buffer_.prepare(kFirst_bytes), kTuple);
    idle_ = false;
    buffer_.commit(count);
    co_return !error;
  }

  /// False where the connection is not to be used again.
  awaitable<bool> one_request() {
    auto const start = Clock::now();
    auto const request_id = random_id().substr(0, 16);
    http::request_parser<WipedBody> parser;
    parser.header_limit(kMaxHeader_bytes);
    parser.body_limit(boost::none);
    lowest().expires_after(kHeaderTime);
    auto const [error, count] = co_await http::async_read_header(stream_, buffer_, parser, kTuple);
    if (error) {
      if (error.category() != http::make_error_code(http::error::bad_method).category() ||
          error == http::error::end_of_stream || error == http::error::partial_message)
        co_return false;
      auto const code = error == http::error::header_limit ? ErrorCode::kHeadersTooLarge : ErrorCode::kUsage;
      auto refusal = shared_.service.refuse("", {code, "this is no HTTP request that can be read: " + error.message()},
                                            request_id);
      lingers_ = true;
      co_await send(refusal, request_id, {.keep_alive = false});
      log("-", "-", refusal, request_id, start);
      co_return false;
    }
    auto const head = head_of(parser);
    bool const is_head = head.method == "HEAD";
    bool keep_alive = parser.keep_alive();
    auto decision = shared_.service.admit(head, request_id);
    auto* const admitted = std::get_if<Admitted>(&decision);
    if (admitted == nullptr) {
      auto& response = std::get<Response>(decision);
      bool const has_body = !parser.is_done();
      lingers_ = has_body;
      keep_alive = keep_alive && !has_body;
      bool const sent = co_await send(response, request_id, {.keep_alive = keep_alive, .head_alone = is_head});
      log(head.method, "-", response, request_id, start);
      co_return sent&& keep_alive;
    }
    auto const pattern = admitted->pattern;
    auto share = std::make_shared<BodyLimit::Share>(shared_.bodies, peer_);
    auto refusal = co_await read_body(parser, head, admitted->max_body_bytes, request_id, *share);
    if (!refusal) co_return false;
    if (refusal->status != 0) {
      lingers_ = true;
      co_await send(*refusal, request_id, {.keep_alive = false});
      log(head.method, pattern, *refusal, request_id, start);
      co_return false;
    }
    admitted->request.body = std::move(parser.get().body());
    admitted->request.body_share = std::move(share);
    auto response = co_await respond(std::move(*admitted));
    if (!response) co_return false;  // the client has left
    bool const sent = co_await send(*response, request_id, {.keep_alive = keep_alive, .head_alone = is_head});
    log(head.method, pattern, *response, request_id, start);
    co_return sent&& keep_alive && !response->events;
  }

  RequestHead head_of(http::request_parser<WipedBody>& parser) {
    auto const& message = parser.get();
    RequestHead head;
    head.method = std::string(message.method_string());
    head.target = std::string(message.target());
    for (auto const& field : message) {
      std::string field_name(field.name_string());
      std::ranges::transform(field_name, field_name.begin(), [](unsigned char letter) { return std::tolower(letter); });
      head.headers.emplace(std::move(field_name), std::string(field.value()));
    }
    head.peer = peer_;
    if (auto const length = parser.content_length()) head.content_length = *length;
    head.secure = kTls;
    return head;
  }

  /// A response of status 0 where all was read; nothing where the client has left or stalled.
  awaitable<std::optional<Response>> read_body(http::request_parser<WipedBody>& parser, RequestHead const& head,
                                               std::size_t max_bytes, std::string const& request_id,
                                               BodyLimit::Share& share) {
    auto const refuse = [&](ErrorCode code, std::string message) {
      return shared_.service.refuse(head.target, {code, std::move(message)}, request_id);
    };
    Response const all_read{.status = 0};
    if (parser.is_done()) co_return all_read;
    parser.body_limit(max_bytes);
    auto const expect = head.headers.find("expect");
    if (expect != head.headers.end() && same_word(expect->second, "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      auto const [error, count] = co_await asio::async_write(stream_, asio::buffer(kContinue), kTuple);
      if (error) co_return std::nullopt;
    }
    buffer_.reserve(std::min<std::size_t>(head.content_length.value_or(kReadStep_bytes), kReadStep_bytes));
    auto const end = Clock::now() + kStallTime +
                     std::chrono::seconds(head.content_length.value_or(max_bytes) / kSlowestBody_bytes_per_s);
    while (!parser.is_done()) {
      lowest().expires_after(kStallTime);
      auto const [error, count] = co_await http::async_read_some(stream_, buffer_, parser, kTuple);
      if (error == http::error::body_limit) {
        co_return refuse(ErrorCode::kPhotoTooLarge, "the body is larger than the limit of " +
                                                        std::to_string(max_bytes) + " bytes for this address");
      }
      if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension ||
          error == http::error::buffer_overflow)
        co_return refuse(ErrorCode::kUsage, "the chunked body is malformed");
      if (error) co_return std::nullopt;
      if (!share.add(count)) co_return refuse(ErrorCode::kOverloaded, "too many uploads are under way");
      if (Clock::now() > end) co_return refuse(ErrorCode::kRequestTimeout, "the body came too slowly");
    }
    co_return all_read;
  }

  /// Nothing where the client has left.
  awaitable<std::optional<Response>> respond(Admitted admitted) {
    auto& service = shared_.service;
    if (!admitted.takes_time) co_return service.answer(admitted);

    auto const pending = std::make_shared<Pending>(stream_.get_executor());
    auto const asked = std::make_shared<Admitted>(std::move(admitted));
    auto const id = asked->request.id;
    auto const path = asked->request.path;
    asked->request.abandoned = [pending] { return pending->abandoned.load(); };
    pending->timer.expires_after(std::chrono::seconds(shared_.settings.deadline_s));
    bool const accepted = service.submit([pending, asked, &service, executor = stream_.get_executor()] {
      if (pending->abandoned) return;
      auto response = std::make_shared<Response>(service.answer(*asked));
      asio::post(executor, [pending, response] {
        if (pending->abandoned) return response->undo ? response->undo() : void();
        pending->response = std::move(*response);
        pending->timer.cancel();
      });
    });
    if (!accepted) {
      co_return service.refuse(
          path,
          {ErrorCode::kOverloaded, std::to_string(shared_.settings.queue_length) +
                                       " requests are waiting already (queue_length); try again soon"},
          id);
    }
    // A client that leaves gives up its place in the queue.
    watch_for_hanging_up([pending] {
      pending->client_left = true;
      pending->timer.cancel();
    });
    co_await pending->timer.async_wait(kTuple);
    stop_watching();
    pending->abandoned = true;
    if (pending->response) co_return std::move(pending->response);
    if (pending->client_left) co_return std::nullopt;
    co_return service.refuse(
        path,
        {ErrorCode::kDeadline,
         "the answer was not ready within " + std::to_string(shared_.settings.deadline_s) + " s (deadline_s)"},
        id);
  }

  /// Calls `left` when the client closes its side, unless it is stopped before.
  void watch_for_hanging_up(std::function<void()> left) {
    auto& socket = lowest().socket();
    socket.async_wait(tcp::socket::wait_read, [self = this->shared_from_this(), left = std::move(left),
                                               watch = watch_](ErrorCodeOf error) mutable {
      if (error || watch != self->watch_) return;
      pollfd state{self->lowest().socket().native_handle(), POLLRDHUP, 0};
      if (::poll(&state, 1, 0) == 1) return left();
      // Something came that nobody reads now, such as the farewell of TLS, so that the socket stays readable: only
      // looking again tells when the client closes it.
      self->look_again_.expires_after(kLookAgainTime);
      self->look_again_.async_wait([self, left = std::move(left), watch](ErrorCodeOf stopped) mutable {
        if (!stopped && watch == self->watch_) self->watch_for_hanging_up(std::move(left));
      });
    });
  }

  void stop_watching() {
    ++watch_;  // for handlers that are on their way already
    ErrorCodeOf ignored;
    lowest().socket().cancel(ignored);
    look_again_.cancel();
  }

  struct Sending {
    bool keep_alive = true;
    bool head_alone = false;
  };
  awaitable<bool> send(Response& response, std::string const& request_id, Sending how) {
    shared_.service.finish(response, request_id, kTls);
    http::response<http::span_body<std::uint8_t const>> message;
    message.result(static_cast<unsigned>(response.status));
    message.version(11);
    message.keep_alive(how.keep_alive && !response.events);
    for (auto const& [field, value] : response.headers) message.insert(field, value);
    if (!response.media_type.empty()) message.set(http::field::content_type, response.media_type);
    bool const may_have_body = response.status != 204 && response.status != 304;
    if (response.events) {
      message.chunked(true);  // so that a client sees whether all came
    } else if (may_have_body) {
      message.content_length(response.bytes.size());
    }
    if (!how.head_alone) message.body() = beast::span<std::uint8_t const>(response.bytes.data(), response.bytes.size());
    lowest().expires_after(kWriteTime);
    http::response_serializer<http::span_body<std::uint8_t const>> serializer(message);
    if (response.events || how.head_alone) {
      auto const [error, count] = co_await http::async_write_header(stream_, serializer, kTuple);
      if (error || how.head_alone) co_return !error;
      co_await send_events(*response.events);
      co_return false;
    }
    auto const [error, count] = co_await http::async_write(stream_, serializer, kTuple);
    co_return !error;
  }

  awaitable<void> send_events(EventSource& events) {
    co_await send_all_of(events);
    stop_watching();  // who watches holds this connection, and a client may never hang up
  }

  awaitable<void> send_all_of(EventSource& events) {
    auto const executor = stream_.get_executor();
    auto const timer = std::make_shared<asio::steady_timer>(executor);
    auto const left = std::make_shared<bool>(false);
    while (!shared_.draining && !*left) {
      // An event source ends as soon as nobody listens, not at the next event: somebody may pay for it.
      watch_for_hanging_up([timer, left] {
        *left = true;
        timer->expires_at(Clock::time_point::min());
      });
      // A call to wake may come while the text is written, when nothing waits that could be cancelled. A time that has
      // passed ends the next wait too.
      auto chunk = events.take(
          [timer, executor] { asio::post(executor, [timer] { timer->expires_at(Clock::time_point::min()); }); });
      if (chunk.text.empty()) chunk.text = events.idle();
      lowest().expires_after(kWriteTime);
      timer->expires_after(kEventPause);
      if (!chunk.text.empty()) {
        auto const piece = http::make_chunk(asio::const_buffer(chunk.text.data(), chunk.text.size()));
        auto const [error, count] = co_await asio::async_write(stream_, piece, kTuple);
        if (error) co_return;
      }
      if (chunk.finished) {
        co_await asio::async_write(stream_, http::make_chunk_last(), kTuple);
        co_return;
      }
      co_await timer->async_wait(kTuple);
      stop_watching();  // the next turn watches anew
    }
  }

  /// A client that still sends must not lose our answer to a reset.
  awaitable<void> close() {
    if constexpr (kTls) {
      lowest().expires_after(kLingerTime);
      co_await stream_.async_shutdown(kTuple);
    }
    ErrorCodeOf ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (!lingers_) co_return;
    buffer_ = Buffer(kMaxBuffer_bytes);
    lowest().expires_after(kLingerTime);
    for (;;) {
      auto const [error, count] = co_await lowest().async_read_some(buffer_.prepare(kReadStep_bytes), kTuple);
      if (error) co_return;
    }
  }

  void log(std::string_view method, std::string_view route, Response const& response, std::string const& request_id,
           Clock::time_point start) {
    std::chrono::duration<double, std::milli> const time_ms = Clock::now() - start;
    shared_.service.answered({std::string(method), route, response.status, response.code, time_ms.count(), request_id});
  }

  Connections& shared_;
  Stream stream_;
  std::string peer_;
  Buffer buffer_{kMaxBuffer_bytes};
  bool idle_ = false;
  bool lingers_ = false;
  asio::steady_timer look_again_{stream_.get_executor()};
  std::uint64_t watch_ = 0;  ///< which is the present one
};

template <typename Stream>
void start(Connections& connections, asio::io_context& io, Stream stream, std::string peer) {
  auto connection = std::make_shared<Connection<Stream>>(connections, std::move(stream), std::move(peer));
  asio::co_spawn(io, Connection<Stream>::run(std::move(connection)), asio::detached);
}

}  // namespace

void serve_connection(Connections& connections, asio::io_context& io, AcceptedSocket accepted,
                      asio::ssl::context* tls) {
  tcp::socket socket(io);
  ErrorCodeOf error;
  if (socket.assign(accepted.is_v6 ? tcp::v6() : tcp::v4(), accepted.handle, error)) {
    ::close(accepted.handle);
    return;
  }
  std::ignore = socket.set_option(tcp::no_delay(true), error);  // without it answers come a little later
  if (tls != nullptr) {
    start(connections, io, TlsStream(std::move(socket), *tls), std::move(accepted.peer));
  } else {
    start(connections, io, PlainStream(std::move(socket)), std::move(accepted.peer));
  }
}

}  // namespace nevus::server
