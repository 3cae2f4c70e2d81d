// SPDX-License-Identifier: MIT
#include "nevus/training/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace nevus {
namespace {

/// A file of this header with these numbers behind it.
ByteVector file_of(std::string const& header, ByteVector const& numbers) {
  std::uint64_t const length = header.size();
  ByteVector bytes(sizeof(length) + header.size() + numbers.size());
  std::memcpy(bytes.data(), &length, sizeof(length));
  auto const behind = std::copy(header.begin(), header.end(), bytes.begin() + sizeof(length));
  std::copy(numbers.begin(), numbers.end(), behind);
  return bytes;
}

std::string tensor(std::string const& name, std::string const& type, std::string const& shape,
                   std::string const& place) {
  return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + place + "}";
}

std::string refusal_of(std::string const& header, std::size_t numbers_bytes) {
  auto const dict = training::read_safetensors(file_of(header, ByteVector(numbers_bytes)));
  if (dict) return "not refused";
  EXPECT_EQ(dict.error().code, ErrorCode::kData);
  return dict.error().message;
}

template <typename T>
void append(ByteVector& bytes, std::vector<T> const& values) {
  auto const* begin = reinterpret_cast<std::uint8_t const*>(values.data());
  bytes.insert(bytes.end(), begin, begin + values.size() * sizeof(T));
}

TEST(Safetensors, GivesEveryTypeAsPlainFloats) {
  ByteVector numbers;
  append<double>(numbers, {0.1, -1e300});
  append<std::int64_t>(numbers, {-(std::int64_t{1} << 40)});
  append<float>(numbers, {1.5F, -2});
  append<std::int32_t>(numbers, {-100000});
  append<std::uint16_t>(numbers, {0x3e00, 0xfbff});  // 1.5 and -65504 as float16
  append<std::uint16_t>(numbers, {0xc049});          // -3.140625 as bfloat16
  append<std::uint8_t>(numbers, {1, 255});
  append<std::int8_t>(numbers, {-1});
  auto header = std::string(R"({"__metadata__":{"made by":"hand"})");
  for (auto const& one : {tensor("bool", "BOOL", "[]", "[42,43]"), tensor("f64", "F64", "[2]", "[0,16]"),
                          tensor("i64", "I64", "[]", "[16,24]"), tensor("f32", "F32", "[2,1]", "[24,32]"),
                          tensor("i32", "I32", "[1]", "[32,36]"), tensor("f16", "F16", "[1,2]", "[36,40]"),
                          tensor("none", "F32", "[0,4]", "[40,40]"), tensor("bf16", "BF16", "[]", "[40,42]"),
                          tensor("u8", "U8", "[1]", "[43,44]"), tensor("i8", "I8", "[1]", "[44,45]")})
    header += "," + one;
  auto const dict = training::read_safetensors(file_of(header + "}", numbers));
  ASSERT_TRUE(dict) << dict.error().message;
  EXPECT_EQ(dict->size(), 10U);
  auto const expect = [&](std::string const& name, std::vector<std::int64_t> const& shape,
                          std::vector<float> const& values) {
    ASSERT_TRUE(dict->contains(name)) << name;
    EXPECT_EQ(dict->at(name).shape, shape) << name;
    EXPECT_EQ(dict->at(name).values, values) << name;
  };
  expect("f64", {2}, {.1F, -std::numeric_limits<float>::infinity()});
  expect("i64", {}, {-0x1p40F});
  expect("f32", {2, 1}, {1.5F, -2});
  expect("i32", {1}, {-100000});
  expect("f16", {1, 2}, {1.5F, -65504});
  expect("bf16", {}, {-3.140625F});
  expect("bool", {}, {1});
  expect("u8", {1}, {255});
  expect("i8", {1}, {-1});
  expect("none", {0, 4}, {});
}

TEST(Safetensors, WrittenIsReadAgain) {
  StateDict const weights{{"b", {{2, 1}, {1.25F, -3}}}, {"a", {{}, {7}}}, {"empty", {{0}, {}}}};
  auto const bytes = training::write_safetensors(weights);
  auto const read = training::read_state_dict(bytes);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), weights.size());
  for (auto const& [name, array] : weights) {
    EXPECT_EQ(read->at(name).shape, array.shape);
    EXPECT_EQ(read->at(name).values, array.values);
  }
  EXPECT_EQ(bytes, training::write_safetensors(*read));
}

TEST(Safetensors, HostileFilesAreRefusedWithTheReason) {
  auto const one = [](std::string const& type, std::string const& shape, std::string const& place) {
    return "{" + tensor("x", type, shape, place) + "}";
  };
  auto const two = [](std::string const& first, std::string const& second) {
    return "{" + tensor("x", "F32", "[1]", first) + "," + tensor("y", "F32", "[1]", second) + "}";
  };
  struct Row {
    std::string header;
    std::size_t numbers_bytes;
    char const* words;
  };
  std::string const deep(100'000, '[');
  for (auto const& row : {
           Row{"{}", 4, "describes 0"},
           Row{"{", 0, "not a JSON object"},
           Row{"{\"x\":" + deep, 0, "nested too deep"},
           Row{"{\"x\":1}", 0, "not described by"},
           Row{R"({"x":{"dtype":"F32","shape":[1]}})", 4, "not described by"},
           Row{R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"os.system"}})", 4, "not described by"},
           Row{R"({"x":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", 4, "not described by"},
           Row{R"({"__metadata__":{"x":1}})", 0, "__metadata__"},
           Row{R"({"__metadata__":[]})", 0, "__metadata__"},
           Row{one("F8_E4M3", "[4]", "[0,4]"), 4, "unknown type F8_E4M3"},
           Row{one("F32", "[-1]", "[0,4]"), 4, "shape that cannot be"},
           Row{one("F32", "[1.5]", "[0,4]"), 4, "shape that cannot be"},
           Row{one("F32", "1", "[0,4]"), 4, "shape that cannot be"},
           Row{one("F32", "[18446744073709551615]", "[0,4]"), 4, "shape that cannot be"},
           Row{one("F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "shape that cannot be"},
           Row{one("F32", "[4611686018427387904,4611686018427387904]", "[0,4]"), 4, "other numbers of bytes"},
           Row{one("F32", "[0,4611686018427387904,4611686018427387904]", "[0,0]"), 0, "other numbers of bytes"},
           Row{one("F32", "[2]", "[0,4]"), 4, "other numbers of bytes"},
           Row{one("F64", "[1]", "[0,4]"), 4, "other numbers of bytes"},
           Row{one("F32", "[1]", "[4,0]"), 4, "offsets that cannot be"},
           Row{one("F32", "[1]", "[-4,0]"), 4, "offsets that cannot be"},
           Row{one("F32", "[1]", "[0,4,8]"), 4, "offsets that cannot be"},
           Row{one("F32", "[1]", "[4,8]"), 4, "does not begin where"},
           Row{one("F32", "[1]", "[0,4]"), 3, "holds 3 bytes"},
           Row{one("F32", "[1]", "[0,4]"), 5, "holds 5 bytes"},
           Row{one("U8", "[1099511627776]", "[0,1099511627776]"), 4, "holds 4 bytes"},
           Row{two("[0,4]", "[0,4]"), 4, "does not begin where"},
           Row{two("[0,4]", "[2,6]"), 6, "does not begin where"},
           Row{two("[0,4]", "[6,10]"), 10, "does not begin where"},
           Row{"{" + tensor("x", "F32", "[1]", "[0,4]") + "," + tensor("x", "F32", "[1]", "[4,8]") + "}", 8,
               "names x twice"},
           Row{R"({"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4, "names dtype twice"},
       }) {
    EXPECT_NE(refusal_of(row.header, row.numbers_bytes).find(row.words), std::string::npos)
        << row.header.substr(0, 100) << "\n  " << refusal_of(row.header, row.numbers_bytes);
  }
}

TEST(Safetensors, TheHeadersLengthIsChecked) {
  auto bytes = file_of("{}", {});
  for (std::uint64_t const length : {std::uint64_t{0}, std::uint64_t{3}, std::numeric_limits<std::uint64_t>::max(),
                                     std::numeric_limits<std::uint64_t>::max() - 7}) {
    std::memcpy(bytes.data(), &length, sizeof(length));
    auto const dict = training::read_safetensors(bytes);
    ASSERT_FALSE(dict) << length;
    EXPECT_NE(dict.error().message.find("begins neither"), std::string::npos) << dict.error().message;
  }
}

TEST(Safetensors, CutAnywhereIsRefused) {
  auto const whole = training::write_safetensors({{"a", {{2}, {1, 2}}}, {"b", {{1}, {3}}}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of exactly that size, so that a sanitizer sees any read beyond it.
    ByteVector const prefix(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_FALSE(training::read_safetensors(prefix)) << size;
  }
}

}  // namespace
}  // namespace nevus
