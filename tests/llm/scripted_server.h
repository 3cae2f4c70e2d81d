// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nevus::test {

/// A connection of a client to a ScriptedServer, whose request has been read.
class Visitor {
 public:
  explicit Visitor(int socket) : socket_(socket) {}
  std::string request;  ///< head and body as they came

  /// False where the client has left.
  bool say(std::string_view text) const {
    while (!text.empty()) {
      auto const sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Waits until the client leaves, or a second has passed; whether it left.
  [[nodiscard]] bool leaves() const {
    timeval const second{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    char byte = 0;
    return ::recv(socket_, &byte, 1, 0) == 0;
  }

 private:
  int socket_;
};

/// A server on 127.0.0.1 that answers as its script says, one connection after the other, well or badly. The script is
/// called with the number of the request, from 0.
class ScriptedServer {
 public:
  using Script = std::function<void(Visitor const&, int)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0)
      throw std::runtime_error("no port is free");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  ScriptedServer(ScriptedServer const&) = delete;
  ScriptedServer& operator=(ScriptedServer const&) = delete;

  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string url() const { return "http://" + host() + "/v1"; }
  [[nodiscard]] std::vector<std::string> requests() const {
    std::lock_guard const lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int number = 0;; ++number) {
      int const socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      Visitor visitor(socket);
      visitor.request = read_request(socket);
      {
        std::lock_guard const lock(mutex_);
        requests_.push_back(visitor.request);
      }
      script_(visitor, number);
      ::close(socket);
    }
  }

  static std::string read_request(int socket) {
    std::string text;
    std::vector<char> part(65'536);
    for (;;) {
      auto const end = text.find("\r\n\r\n");
      if (end != std::string::npos) {
        auto const field = text.find("Content-Length: ");
        auto const length = field < end ? std::stoul(text.substr(field + 16)) : 0;
        if (text.size() >= end + 4 + length) return text;
      }
      auto const count = ::recv(socket, part.data(), part.size(), 0);
      if (count <= 0) return text;
      text.append(part.data(), static_cast<std::size_t>(count));
    }
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

inline std::string head(std::string const& status, std::string const& media_type, std::string const& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + media_type + "\r\nConnection: close\r\n" + more + "\r\n";
}

/// One event of a streamed chat completion with these words, which need no escapes in JSON.
inline std::string words_event(std::string const& words) {
  return R"(data: {"choices":[{"index":0,"delta":{"content":")" + words + R"("},"finish_reason":null}]})" + "\n\n";
}
inline std::string last_events(int tokens) {
  return R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
         "\n\n"
         R"(data: {"choices":[],"usage":{"total_tokens":)" +
         std::to_string(tokens) + "}}\n\ndata: [DONE]\n\n";
}

}  // namespace nevus::test
