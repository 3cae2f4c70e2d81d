// SPDX-License-Identifier: MIT
#include "nevus/training/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "nevus/training/number_formats.h"
#include "nevus/training/pickle.h"

namespace nevus::training {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers are read as they lie in the file");

using nlohmann::json;

constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);
constexpr std::uint64_t kMaxHeaderBytes = 10'000'000;  // 60 times what EfficientNetV2-M needs
constexpr std::size_t kMaxRank = 16;
constexpr int kMaxDepth = 3;  // header, tensor, its shape
constexpr std::string_view kMetadata = "__metadata__";

/// One tensor of the header; its numbers lie at [begin, end) behind the header.
struct Entry {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
  std::size_t count = 0;
};

template <typename T>
std::vector<float> converted(Bytes numbers, std::size_t count) {
  std::vector<float> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, numbers.data() + i * sizeof(T), sizeof(T));
    values.push_back(to_float(value));
  }
  return values;
}

struct Type {
  std::string_view name;
  std::size_t size_bytes;
  std::vector<float> (*convert)(Bytes numbers, std::size_t count);
};
constexpr Type kTypes[] = {
    {"F32", 4, converted<float>},         {"F16", 2, converted<Half>},          {"BF16", 2, converted<Bfloat16>},
    {"F64", 8, converted<double>},        {"I64", 8, converted<std::int64_t>},  {"I32", 4, converted<std::int32_t>},
    {"I16", 2, converted<std::int16_t>},  {"I8", 1, converted<std::int8_t>},    {"U64", 8, converted<std::uint64_t>},
    {"U32", 4, converted<std::uint32_t>}, {"U16", 2, converted<std::uint16_t>}, {"U8", 1, converted<std::uint8_t>},
    {"BOOL", 1, converted<std::uint8_t>},
};

Type const* find_type(std::string_view name) {
  auto const* found = std::ranges::find(kTypes, name, &Type::name);
  return found == std::end(kTypes) ? nullptr : found;
}

/// The header as an object, in which no name comes twice.
Result<json> parse_header(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  std::optional<std::string> problem;
  auto const watch = [&](int depth, json::parse_event_t event, json& value) {
    if (problem) return false;
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
      if (depth >= kMaxDepth) problem = "its header is nested too deep";
      if (event == json::parse_event_t::object_start) keys.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      problem = "its header names " + shown(value.get<std::string>()) + " twice";
    }
    return !problem;
  };
  auto header = json::parse(text, watch, false);
  if (problem) return unreadable(*problem);
  if (!header.is_object()) return unreadable("its header is not a JSON object");
  return header;
}

/// A list of whole numbers that are not negative.
std::optional<std::vector<std::int64_t>> naturals(json const& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::int64_t> values;
  for (auto const& item : list) {
    if (!item.is_number_unsigned() || item.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) return std::nullopt;
    values.push_back(item.get<std::int64_t>());
  }
  return values;
}

/// The number of elements, where their bytes are `size_bytes`.
std::optional<std::size_t> element_count(std::vector<std::int64_t> const& shape, std::uint64_t size_bytes,
                                         std::size_t element_bytes) {
  std::int64_t product = 1;  // as if sides of zero were one, so that no reader's product of the sides can overflow
  bool empty = false;
  for (auto const side : shape) {
    empty = empty || side == 0;
    if (__builtin_mul_overflow(product, std::max<std::int64_t>(side, 1), &product)) return std::nullopt;
  }
  auto const count = empty ? std::uint64_t{0} : static_cast<std::uint64_t>(product);
  if (size_bytes % element_bytes != 0 || size_bytes / element_bytes != count) return std::nullopt;
  return count;
}

Result<Entry> read_entry(std::string const& name, json const& described) {
  auto const refuse = [&name](std::string const& reason) { return unreadable("tensor " + shown(name) + reason); };
  if (!described.is_object() || described.size() != 3 || !described.contains("dtype") || !described.contains("shape") ||
      !described.contains("data_offsets") || !described["dtype"].is_string()) {
    return refuse(" is not described by dtype, shape and data_offsets alone");
  }
  Entry entry;
  entry.name = name;
  entry.type = described["dtype"].get<std::string>();
  auto const* type = find_type(entry.type);
  if (type == nullptr) return refuse(" has numbers of the unknown type " + shown(entry.type));
  auto const shape = naturals(described["shape"]);
  auto const offsets = naturals(described["data_offsets"]);
  if (!shape || shape->size() > kMaxRank) return refuse(" has a shape that cannot be");
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) return refuse(" has offsets that cannot be");
  entry.shape = *shape;
  entry.begin = static_cast<std::uint64_t>((*offsets)[0]);
  entry.end = static_cast<std::uint64_t>((*offsets)[1]);
  auto const count = element_count(entry.shape, entry.end - entry.begin, type->size_bytes);
  if (!count) return refuse(" has other numbers of bytes and elements");
  entry.count = *count;
  return entry;
}

Result<void> check_metadata(json const& metadata) {
  bool const texts = metadata.is_object() && std::ranges::all_of(metadata, [](json const& v) { return v.is_string(); });
  if (!texts) return unreadable("its __metadata__ is not a list of texts");
  return {};
}

/// Sorted by place; the tensors follow each other from the first byte to the last.
Result<std::vector<Entry>> read_entries(json const& header, std::uint64_t data_bytes) {
  std::vector<Entry> entries;
  for (auto const& [name, described] : header.items()) {
    if (name == kMetadata) {
      NEVUS_CHECK(check_metadata(described));
      continue;
    }
    NEVUS_TRY(auto entry, read_entry(name, described));
    entries.push_back(std::move(entry));
  }
  std::ranges::sort(
      entries, [](Entry const& a, Entry const& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t covered = 0;
  for (auto const& entry : entries) {
    if (entry.begin != covered)
      return unreadable("tensor " + shown(entry.name) + " does not begin where the one before it ends");
    covered = entry.end;
  }
  if (covered != data_bytes)
    return unreadable("it holds " + std::to_string(data_bytes) + " bytes of numbers, but its header describes " +
                      std::to_string(covered));
  return entries;
}

}  // namespace

Result<StateDict> read_safetensors(Bytes file) {
  std::uint64_t length = 0;
  if (file.size() < kLengthBytes) return unreadable("it is shorter than the length of a header");
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeaderBytes || length > file.size() - kLengthBytes || length == 0 || file[kLengthBytes] != '{')
    return unreadable("it begins neither as a .pth nor as a .safetensors file does");
  std::string_view const text(reinterpret_cast<char const*>(file.data()) + kLengthBytes, length);
  NEVUS_TRY(auto const header, parse_header(text));
  auto const data = file.subspan(kLengthBytes + length);
  NEVUS_TRY(auto const entries, read_entries(header, data.size()));
  StateDict dict;
  for (auto const& entry : entries) {
    auto const numbers = data.subspan(entry.begin, entry.end - entry.begin);
    dict[entry.name] = {entry.shape, find_type(entry.type)->convert(numbers, entry.count)};
  }
  return dict;
}

ByteVector write_safetensors(StateDict const& weights) {
  auto header = json::object();
  std::uint64_t place = 0;
  for (auto const& [name, array] : weights) {
    auto const end = place + array.values.size() * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", array.shape}, {"data_offsets", {place, end}}};
    place = end;
  }
  auto text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');  // the numbers are aligned
  std::uint64_t const length = text.size();
  ByteVector bytes(kLengthBytes + length + place);
  std::memcpy(bytes.data(), &length, kLengthBytes);
  std::memcpy(bytes.data() + kLengthBytes, text.data(), length);
  auto* out = bytes.data() + kLengthBytes + length;
  for (auto const& [name, array] : weights) {
    std::memcpy(out, array.values.data(), array.values.size() * sizeof(float));
    out += array.values.size() * sizeof(float);
  }
  return bytes;
}

}  // namespace nevus::training
