// SPDX-License-Identifier: MIT
#include "nevus/server/access.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/server/header_words.h"
#include "nevus/server/secrets.h"

namespace nevus::server {
namespace {

constexpr std::size_t kMaxFile_bytes = 1'000'000;
constexpr std::size_t kSha256Digits = 64;
constexpr double kSecondsPerMinute = 60;

std::string key_of(RequestHead const& head) {
  constexpr std::string_view kBearer = "Bearer ";
  constexpr std::string_view kBasic = "Basic ";
  auto const authorization = head.header("authorization");
  if (begins_with_word(authorization, kBearer)) return authorization.substr(kBearer.size());
  if (begins_with_word(authorization, kBasic)) {
    auto const pair = base64_decoded(std::string_view(authorization).substr(kBasic.size()));
    if (!pair) return "";
    auto const colon = std::ranges::find(*pair, ':');
    return colon == pair->end() ? "" : std::string(colon + 1, pair->end());
  }
  return head.header("x-api-key");
}

}  // namespace

Result<ApiKeys> ApiKeys::read(std::filesystem::path const& file) {
  ApiKeys keys;
  if (file.empty()) return keys;
  auto const bytes = read_file(file, kMaxFile_bytes);
  if (!bytes) return fail(ErrorCode::kConfig, "api_keys: " + bytes.error().message);
  std::istringstream lines(std::string(bytes->begin(), bytes->end()));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = line.substr(0, line.find('#'));
    std::istringstream words(line);
    std::string role;
    Key key{Access::kUser, "", ""};
    if (!(words >> role)) continue;
    words >> key.name >> key.sha256;
    if (role == "monitor") key.role = Access::kMonitor;
    bool const is_hash =
        key.sha256.size() == kSha256Digits && key.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if ((role != "monitor" && role != "user") || !is_hash) {
      return fail(ErrorCode::kConfig, file.string() + ", line " + std::to_string(number) +
                                          ": must be the role (user or monitor), a name and the key's SHA-256 in "
                                          "lower-case hexadecimal digits");
    }
    keys.keys_.push_back(std::move(key));
  }
  if (keys.keys_.empty()) return fail(ErrorCode::kConfig, file.string() + " holds no key");
  return keys;
}

Result<std::string> ApiKeys::check(RequestHead const& head, Access wanted) const {
  if (keys_.empty() || wanted == Access::kAnyone) return std::string();
  auto const key = key_of(head);
  if (key.empty()) return fail(ErrorCode::kUnauthorized, "an API key is needed: Authorization: Bearer KEY");
  auto const hash = sha256_hex({reinterpret_cast<std::uint8_t const*>(key.data()), key.size()});
  Key const* found = nullptr;
  for (auto const& known : keys_) {
    if (same_secret(known.sha256, hash)) found = &known;  // no early end, which would tell by its time which one it is
  }
  if (found == nullptr) return fail(ErrorCode::kUnauthorized, "this API key is not known");
  if (found->role < wanted) return fail(ErrorCode::kForbidden, "a key of the role monitor may only see metrics");
  return found->name;
}

std::string client_at(std::string const& address) {
  constexpr std::size_t kNetwork_bytes = 8;
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return address;
  std::fill(std::begin(parsed.s6_addr) + kNetwork_bytes, std::end(parsed.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &parsed, text.data(), text.size());
  return text.data();
}

std::optional<std::chrono::seconds> RateLimit::take(std::string const& client, Clock::time_point now) {
  if (per_min_ == 0) return std::nullopt;
  auto& bucket = bucket_of(client, now);
  bucket = {tokens(bucket, now), now};
  if (bucket.tokens < 1)
    return std::chrono::seconds(static_cast<int>(std::ceil((1 - bucket.tokens) * kSecondsPerMinute / per_min_)));
  bucket.tokens -= 1;
  return std::nullopt;
}

double RateLimit::tokens(Bucket const& bucket, Clock::time_point now) const {
  std::chrono::duration<double> const passed = now - bucket.filled;
  return std::min<double>(per_min_, bucket.tokens + passed.count() * per_min_ / kSecondsPerMinute);
}

RateLimit::Bucket& RateLimit::bucket_of(std::string const& client, Clock::time_point now) {
  // A full bucket says no more than none. Looking through all of them takes milliseconds, so it is done now and then.
  constexpr std::chrono::seconds kSweepPause{1};
  if (buckets_.size() >= max_clients_ && now - swept_ >= kSweepPause) {
    std::erase_if(buckets_, [&](auto const& entry) { return tokens(entry.second, now) >= per_min_; });
    swept_ = now;
  }
  auto const known = buckets_.find(client);
  if (known != buckets_.end()) return known->second;
  if (buckets_.size() >= max_clients_) return shared_;
  return buckets_.emplace(client, Bucket{static_cast<double>(per_min_), now}).first->second;
}

}  // namespace nevus::server
