// SPDX-License-Identifier: MIT
#include "nevus/training/event_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <optional>

#include "nevus/base/file.h"

namespace nevus::training {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kCrcBytes = 4;
constexpr char const* kFileVersion = "brain.Event:2";

// Tags of tensorflow.Event, Summary and Summary.Value: field number and wire type in one byte.
constexpr std::uint8_t kWallTime = 0x09;
constexpr std::uint8_t kStep = 0x10;
constexpr std::uint8_t kVersion = 0x1A;
constexpr std::uint8_t kSummary = 0x2A;
constexpr std::uint8_t kValue = 0x0A;
constexpr std::uint8_t kTag = 0x0A;
constexpr std::uint8_t kSimpleValue = 0x15;

/// Byte by byte: GCC 12 wrongly warns of the insertion of a range.
void append(ByteVector& to, Bytes bytes) {
  for (auto byte : bytes) to.push_back(byte);
}

template <typename T>
void append_fixed(ByteVector& to, T value) {
  static_assert(std::endian::native == std::endian::little);
  std::array<std::uint8_t, sizeof(T)> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(T));
  append(to, bytes);
}

void append_varint(ByteVector& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) to.push_back(std::uint8_t(value | 0x80U));
  to.push_back(std::uint8_t(value));
}

void append_sized(ByteVector& to, std::uint8_t tag, Bytes bytes) {
  to.push_back(tag);
  append_varint(to, bytes.size());
  append(to, bytes);
}

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}; }

/// So that the CRC of data that holds CRCs is still a good one (tensorflow/core/lib/hash/crc32c.h).
std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8U; }

template <typename T>
T fixed_at(Bytes bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// Goes through the fields of one message. `failed` where it is not one.
class FieldReader {
 public:
  explicit FieldReader(Bytes message) : rest_(message) {}

  struct Field {
    std::uint64_t tag = 0;
    std::uint64_t number = 0;  ///< of a varint
    Bytes bytes;               ///< of every other type
  };
  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    Field field;
    field.tag = varint();
    std::size_t size = 0;
    switch (field.tag & 7U) {
      case 0:
        field.number = varint();
        return failed_ ? std::nullopt : std::optional(field);
      case 1:
        size = 8;
        break;
      case 2:
        size = varint();
        break;
      case 5:
        size = 4;
        break;
      default:
        failed_ = true;
    }
    if (failed_ || size > rest_.size()) return std::nullopt;
    field.bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return field;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      auto const byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= std::uint64_t(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }

  Bytes rest_;
  bool failed_ = false;
};

void read_summary(Bytes message, ScalarEvent& event) {
  FieldReader values(message);
  while (auto const value = values.next()) {
    std::pair<std::string, float> scalar;
    FieldReader fields(value->bytes);
    while (auto const field = fields.next()) {
      if (field->tag == kTag) scalar.first.assign(field->bytes.begin(), field->bytes.end());
      if (field->tag == kSimpleValue) scalar.second = fixed_at<float>(field->bytes, 0);
    }
    event.scalars.push_back(std::move(scalar));
  }
}

ScalarEvent read_event(Bytes message) {
  ScalarEvent event;
  FieldReader fields(message);
  while (auto const field = fields.next()) {
    if (field->tag == kWallTime) event.unix_s = fixed_at<double>(field->bytes, 0);
    if (field->tag == kStep) event.step = std::int64_t(field->number);
    if (field->tag == kSummary) read_summary(field->bytes, event);
  }
  return event;
}

/// The first record of every event file.
ByteVector version_record(double unix_s) {
  ByteVector event;
  event.push_back(kWallTime);
  append_fixed(event, unix_s);
  append_sized(event, kVersion, bytes_of(kFileVersion));
  return to_record(event);
}

Result<void> append_to_file(std::filesystem::path const& path, ByteVector const& bytes) {
  std::ofstream stream(path, std::ios::binary | std::ios::app);
  stream.write(reinterpret_cast<char const*>(bytes.data()), std::streamsize(bytes.size()));
  if (!stream.flush()) return fail(ErrorCode::kIo, path.string() + ": could not be written");
  return {};
}

}  // namespace

std::uint32_t crc32c(Bytes bytes) {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected
  std::uint32_t crc = 0xFFFFFFFF;
  for (auto byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
  }
  return ~crc;
}

ByteVector to_record(Bytes record) {
  ByteVector bytes;
  append_fixed(bytes, std::uint64_t(record.size()));
  append_fixed(bytes, masked(crc32c(bytes)));
  append(bytes, record);
  append_fixed(bytes, masked(crc32c(record)));
  return bytes;
}

ByteVector to_event(ScalarEvent const& event) {
  ByteVector summary;
  for (auto const& [tag, value] : event.scalars) {
    ByteVector one;
    append_sized(one, kTag, bytes_of(tag));
    one.push_back(kSimpleValue);
    append_fixed(one, value);
    append_sized(summary, kValue, one);
  }
  ByteVector bytes;
  bytes.push_back(kWallTime);
  append_fixed(bytes, event.unix_s);
  bytes.push_back(kStep);
  append_varint(bytes, std::uint64_t(event.step));
  append_sized(bytes, kSummary, summary);
  return bytes;
}

EventsRead read_events(Bytes file) {
  EventsRead read;
  constexpr std::size_t kFrameBytes = kLengthBytes + 2 * kCrcBytes;
  while (file.size() - read.whole_bytes >= kFrameBytes) {
    Bytes const rest = file.subspan(read.whole_bytes);
    auto const size = fixed_at<std::uint64_t>(rest, 0);
    if (fixed_at<std::uint32_t>(rest, kLengthBytes) != masked(crc32c(rest.first(kLengthBytes)))) break;
    if (size > rest.size() - kFrameBytes) break;
    Bytes const record = rest.subspan(kLengthBytes + kCrcBytes, size);
    if (fixed_at<std::uint32_t>(rest, kLengthBytes + kCrcBytes + size) != masked(crc32c(record))) break;
    auto event = read_event(record);
    if (!event.scalars.empty()) read.events.push_back(std::move(event));
    read.whole_bytes += size + kFrameBytes;
  }
  return read;
}

Result<void> update_event_file(std::filesystem::path const& path, std::vector<ScalarEvent> const& events) {
  ByteVector old;
  if (std::filesystem::exists(path)) {
    NEVUS_TRY(old, read_file(path));
  }
  auto const found = read_events(old);
  std::size_t kept = 0;
  while (kept < std::min(found.events.size(), events.size()) && found.events[kept].step == events[kept].step) ++kept;
  ByteVector missing;
  for (std::size_t i = kept; i < events.size(); ++i) append(missing, to_record(to_event(events[i])));
  bool const intact = found.whole_bytes > 0 && found.whole_bytes == old.size() && kept == found.events.size();
  if (intact) return append_to_file(path, missing);
  ByteVector whole = version_record(events.empty() ? 0 : events.front().unix_s);
  for (std::size_t i = 0; i < kept; ++i) append(whole, to_record(to_event(found.events[i])));
  append(whole, missing);
  return write_file_atomically(path, whole);
}

}  // namespace nevus::training
