// SPDX-License-Identifier: MIT
#include "nevus/server/body_limit.h"

namespace nevus::server {

bool BodyLimit::Share::add(std::size_t bytes) {
  std::lock_guard const lock(limit_.mutex_);
  bytes_ += bytes;
  limit_.bytes_ += bytes;
  auto& of_peer = limit_.bytes_by_peer_[peer_];
  of_peer += bytes;
  return limit_.bytes_ <= limit_.max_bytes_ && of_peer <= limit_.max_bytes_ / 2;
}

BodyLimit::Share::~Share() {
  if (bytes_ == 0) return;
  std::lock_guard const lock(limit_.mutex_);
  limit_.bytes_ -= bytes_;
  auto const of_peer = limit_.bytes_by_peer_.find(peer_);
  of_peer->second -= bytes_;
  if (of_peer->second == 0) limit_.bytes_by_peer_.erase(of_peer);
}

}  // namespace nevus::server
