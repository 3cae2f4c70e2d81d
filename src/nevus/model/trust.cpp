// SPDX-License-Identifier: MIT
// What the bundle's trust section is made of beside its JSON.
#include <array>
#include <bit>
#include <cstring>

#include "nevus/base/sha256.h"
#include "nevus/model/bundle.h"

namespace nevus {

static_assert(std::endian::native == std::endian::little, "features.f32 is little-endian");

namespace {
constexpr std::array<std::string_view, kOperatingPointCount> kPointNames{"rule_out", "balanced", "rule_in"};
}  // namespace

std::string_view name(OperatingPoint point) { return kPointNames[static_cast<std::size_t>(point)]; }

std::optional<OperatingPoint> operating_point_from(std::string_view name) {
  for (std::size_t i = 0; i < kOperatingPointCount; ++i) {
    if (kPointNames[i] == name) return static_cast<OperatingPoint>(i);
  }
  return std::nullopt;
}

namespace model {

ByteVector to_bytes(FeatureStatistics const& statistics) {
  ByteVector bytes;
  for (auto const* part : {&statistics.mean, &statistics.axis_variance, &statistics.axes}) {
    auto const* const first = reinterpret_cast<std::uint8_t const*>(part->data());
    bytes.insert(bytes.end(), first, first + part->size() * sizeof(float));
  }
  return bytes;
}

Result<void> read_features(Bytes bytes, FeatureStatistics& statistics) {
  std::size_t const numbers = statistics.mean.size() + statistics.axis_variance.size() + statistics.axes.size();
  if (bytes.size() != numbers * sizeof(float)) {
    return fail(ErrorCode::kModelRefused, "features.f32 has " + std::to_string(bytes.size()) +
                                              " bytes, but the card says " + std::to_string(numbers * sizeof(float)));
  }
  if (sha256_hex(bytes) != statistics.sha256)
    return fail(ErrorCode::kModelRefused, "features.f32 does not have the SHA-256 that the card states");
  auto const* from = bytes.data();
  for (auto* part : {&statistics.mean, &statistics.axis_variance, &statistics.axes}) {
    std::memcpy(part->data(), from, part->size() * sizeof(float));
    from += part->size() * sizeof(float);
  }
  return {};
}

}  // namespace model
}  // namespace nevus
