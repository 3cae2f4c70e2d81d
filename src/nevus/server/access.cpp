// SPDX-License-Identifier: MIT
#include "nevus/server/access.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"
#include "nevus/server/secrets.h"

namespace nevus::server {
namespace {

constexpr std::size_t kMaxFile_bytes = 1'000'000;
constexpr std::size_t kSha256Digits = 64;

std::string key_of(RequestHead const& head) {
  constexpr std::string_view kBearer = "Bearer ";
  constexpr std::string_view kBasic = "Basic ";
  auto const authorization = head.header("authorization");
  if (authorization.starts_with(kBearer)) return authorization.substr(kBearer.size());
  if (authorization.starts_with(kBasic)) {
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

std::optional<std::chrono::seconds> RateLimit::take(std::string const& client, Clock::time_point now) {
  if (per_min_ == 0) return std::nullopt;
  constexpr std::size_t kMaxBuckets = 100'000;
  if (buckets_.size() >= kMaxBuckets) forget_full(now);
  double const per_s = per_min_ / 60.0;
  auto& bucket = buckets_.try_emplace(client, Bucket{static_cast<double>(per_min_), now}).first->second;
  std::chrono::duration<double> const passed = now - bucket.filled;
  bucket = {std::min(static_cast<double>(per_min_), bucket.tokens + passed.count() * per_s), now};
  if (bucket.tokens < 1) return std::chrono::seconds(static_cast<int>(std::ceil((1 - bucket.tokens) / per_s)));
  bucket.tokens -= 1;
  return std::nullopt;
}

void RateLimit::forget_full(Clock::time_point now) {
  std::erase_if(buckets_, [&](auto const& entry) { return now - entry.second.filled > std::chrono::minutes(1); });
}

}  // namespace nevus::server
