// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace nevus::server {

/// How many bytes the bodies of all requests may have that are under way or in work. One address may have half of it,
/// so that nobody takes all. Thread-safe.
class BodyLimit {
 public:
  explicit BodyLimit(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// One body, which counts until this goes.
  class Share {
   public:
    Share(BodyLimit& limit, std::string peer) : limit_(limit), peer_(std::move(peer)) {}
    ~Share();
    Share(Share const&) = delete;
    Share& operator=(Share const&) = delete;
    /// False where that is too much. It counts nevertheless.
    [[nodiscard]] bool add(std::size_t bytes);

   private:
    BodyLimit& limit_;
    std::string peer_;
    std::size_t bytes_ = 0;
  };

 private:
  std::size_t max_bytes_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::map<std::string, std::size_t> bytes_by_peer_;
};

}  // namespace nevus::server
