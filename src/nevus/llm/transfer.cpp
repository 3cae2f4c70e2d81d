// SPDX-License-Identifier: MIT
// The only file that talks to libcurl's transfers.
#include "nevus/llm/transfer.h"

#include <curl/curl.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace nevus::llm {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// curl copies the key into headers and buffers of its own, so all that it frees is overwritten.
void wiping_free(void* memory) {
  if (memory == nullptr) return;
  OPENSSL_cleanse(memory, malloc_usable_size(memory));
  std::free(memory);
}
void* wiping_realloc(void* memory, std::size_t size_bytes) {
  if (memory == nullptr) return std::malloc(size_bytes);
  auto const old_bytes = malloc_usable_size(memory);
  if (size_bytes <= old_bytes && size_bytes > 0) return memory;
  void* const larger = std::malloc(std::max(size_bytes, std::size_t{1}));
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, memory, std::min(old_bytes, size_bytes));
  wiping_free(memory);
  return larger;
}

void start_curl() {
  static auto const started = curl_global_init_mem(
      CURL_GLOBAL_DEFAULT, [](std::size_t size) { return std::malloc(size); }, wiping_free, wiping_realloc,
      [](char const* text) { return strdup(text); },
      [](std::size_t count, std::size_t size) { return std::calloc(count, size); });
  if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

struct Exchange {
  LlmLimits const& limits;
  std::function<bool(Received const&, std::string_view)> const& on_bytes;
  Received received;
  std::size_t received_bytes = 0;
  Clock::time_point last_byte = Clock::now();
  bool any_byte = false;
  bool ended_by_caller = false;
  bool too_long = false;
};

std::size_t take_body(char* bytes, std::size_t /*one*/, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.last_byte = Clock::now();
  exchange.any_byte = true;
  exchange.received_bytes += count;
  if (exchange.received_bytes > exchange.limits.max_received_bytes) {
    exchange.too_long = true;
    return 0;
  }
  constexpr int kOk = 200;
  if (exchange.received.status != kOk) return count;
  if (exchange.on_bytes(exchange.received, {bytes, count})) return count;
  exchange.ended_by_caller = true;
  return 0;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  auto const start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

std::optional<std::chrono::seconds> wait_of(std::string const& value) {
  constexpr std::chrono::seconds kLongest{86'400};
  if (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos)
    return value.size() > 5 ? kLongest : std::chrono::seconds(std::stoi(value));
  auto const when = curl_getdate(value.c_str(), nullptr);
  if (when < 0) return std::nullopt;
  return std::clamp(std::chrono::seconds(when - std::time(nullptr)), std::chrono::seconds(0), kLongest);
}

std::size_t take_header(char* bytes, std::size_t /*one*/, std::size_t count, void* user) {
  auto& received = static_cast<Exchange*>(user)->received;
  std::string_view const line(bytes, count);
  if (line.starts_with("HTTP/")) {  // a new head, as after 100 Continue
    received = {};
    if (auto const blank = line.find(' '); blank != std::string_view::npos)
      received.status = static_cast<int>(std::strtol(std::string(line.substr(blank, 5)).c_str(), nullptr, 10));
    return count;
  }
  auto const colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  auto const field = lower(line.substr(0, colon));
  auto const value = trimmed(line.substr(colon + 1));
  if (field == "content-type") received.media_type = lower(trimmed(value.substr(0, value.find(';'))));
  if (field == "retry-after") received.retry_after = wait_of(std::string(value));
  return count;
}

LlmFailure failure(LlmProblem problem, std::string sentence) { return {problem, std::move(sentence)}; }

/// Of a transfer that curl ended.
std::optional<LlmFailure> ended_badly(CURLcode code, Exchange const& exchange, std::string const& host) {
  if (exchange.too_long) return failure(LlmProblem::kTooLong, host + " sent more than it may");
  if (code == CURLE_OK || exchange.ended_by_caller) return std::nullopt;
  if (code == CURLE_OPERATION_TIMEDOUT) return failure(LlmProblem::kTimeout, host + " could not be reached in time");
  if (exchange.any_byte) return failure(LlmProblem::kBrokenOff, "the answer of " + host + " broke off");
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return failure(LlmProblem::kUnreachable, "the certificate of " + host + " cannot be trusted");
  return failure(LlmProblem::kUnreachable, host + " cannot be reached: " + curl_easy_strerror(code));
}

/// Why it has to end now.
std::optional<LlmFailure> overdue(Exchange const& exchange, Clock::time_point start, Clock::time_point deadline,
                                  std::string const& host) {
  auto const now = Clock::now();
  if (now >= deadline) return failure(LlmProblem::kTimeout, host + " took too long (llm_timeout_s)");
  if (!exchange.any_byte && now - start > exchange.limits.first_byte)
    return failure(LlmProblem::kTimeout, host + " did not begin to answer in time");
  if (exchange.any_byte && now - exchange.last_byte > exchange.limits.stall)
    return failure(LlmProblem::kTimeout, host + " stalled in the middle of its answer");
  return std::nullopt;
}

void prepare(CURL* easy, LlmSetup const& setup, Transfer const& what, LlmLimits const& limits, Exchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_URL, what.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));  // what the tests speak
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "nevus");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the key goes to this host alone
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (setup.address.is_private) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");  // a proxy would read the key
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  if (what.body.empty()) return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(what.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, what.body.c_str());
}

}  // namespace

LlmResult<Received> transfer(LlmSetup const& setup, Transfer const& what, LlmLimits const& limits,
                             Clock::time_point deadline,
                             std::function<bool(Received const&, std::string_view)> const& on_bytes,
                             std::stop_token const& stop) {
  start_curl();
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> const multi(curl_multi_init(), curl_multi_cleanup);
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const easy(curl_easy_init(), curl_easy_cleanup);
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  if (!setup.key.empty()) {
    LlmKey const header("Authorization: Bearer ", setup.key.reveal());
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): a revealed key ends in a zero byte
    curl_slist_append(headers.get(), header.reveal().data());
  }
  Exchange exchange{limits, on_bytes, {}};
  prepare(easy.get(), setup, what, limits, exchange);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_multi_add_handle(multi.get(), easy.get());
  std::stop_callback const wake(stop, [&] { curl_multi_wakeup(multi.get()); });

  auto const start = Clock::now();
  auto const& host = setup.address.host;
  std::optional<LlmFailure> problem;
  for (int running = 1; !problem;) {
    if (stop.stop_requested()) problem = failure(LlmProblem::kCancelled, "it was cancelled");
    if (!problem) problem = overdue(exchange, start, deadline, host);
    if (problem) break;
    curl_multi_perform(multi.get(), &running);
    if (running == 0) {
      int left = 0;
      auto const* const message = curl_multi_info_read(multi.get(), &left);
      problem = ended_badly(message == nullptr ? CURLE_RECV_ERROR : message->data.result, exchange, host);
      break;
    }
    constexpr milliseconds kStep{100};  // to look at the clock
    curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(kStep.count()), nullptr);
  }
  curl_multi_remove_handle(multi.get(), easy.get());
  if (problem) return tl::unexpected<LlmFailure>(*std::move(problem));
  return exchange.received;
}

LlmFailure failure_of(Received const& received, std::string const& host, std::string const& model) {
  auto const says = host + " answered " + std::to_string(received.status);
  switch (received.status) {
    case 401:
    case 403:
      return {LlmProblem::kKeyRefused, says + ": it does not accept the key"};
    case 404:
      return {LlmProblem::kBadAnswer, says + ": there is no model " + (model.empty() ? "list" : model) + " there"};
    case 429:
      return {LlmProblem::kRateLimited, says + ": too many requests or tokens"};
    default:
      break;
  }
  if (received.status >= 300 && received.status < 400)
    return {LlmProblem::kBadAnswer, says + ": it points elsewhere, where the key is not sent"};
  if (received.status >= 500) return {LlmProblem::kServerFailed, says + ": it failed"};
  return {LlmProblem::kBadAnswer, says + ": it does not understand the request"};
}

}  // namespace nevus::llm
