// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nevus/server/route.h"
#include "nevus/server/service.h"

namespace nevus::server {

/// The keys that are let in. Only their SHA-256 is known here, so that neither the file nor memory gives one away.
class ApiKeys {
 public:
  /// Reads lines `role name sha256` with role monitor or user; # begins a comment. kConfig names file and line. An
  /// empty path: no key is asked for.
  [[nodiscard]] static Result<ApiKeys> read(std::filesystem::path const& file);

  /// The name of the key that came with the request, or empty where none is asked for. kUnauthorized without a key that
  /// we know, kForbidden where its role may not do this. A key comes as `Authorization: Bearer KEY`, as `X-API-Key:
  /// KEY`, or as the password that a browser asks its user for.
  [[nodiscard]] Result<std::string> check(RequestHead const& head, Access wanted) const;

 private:
  struct Key {
    Access role;
    std::string name;
    std::string sha256;
  };
  std::vector<Key> keys_;
};

/// Who a client at this IP address is: of IPv6 its network, the first 64 bits, since that is what one household has.
[[nodiscard]] std::string client_at(std::string const& address);

/// A token bucket for each client: a minute's requests at once, then at their rate. Where more clients come than it has
/// buckets, those that are new share one. For one thread.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateLimit(int per_min, std::size_t max_clients = 100'000) : per_min_(per_min), max_clients_(max_clients) {}

  /// Nothing where the request may pass, else how long to wait.
  [[nodiscard]] std::optional<std::chrono::seconds> take(std::string const& client,
                                                         Clock::time_point now = Clock::now());
  [[nodiscard]] std::size_t clients() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens;
    Clock::time_point filled;
  };
  [[nodiscard]] double tokens(Bucket const& bucket, Clock::time_point now) const;
  [[nodiscard]] Bucket& bucket_of(std::string const& client, Clock::time_point now);

  int per_min_;
  std::size_t max_clients_;
  std::map<std::string, Bucket> buckets_;
  Bucket shared_{static_cast<double>(per_min_), Clock::time_point()};
  Clock::time_point swept_;
};

}  // namespace nevus::server
