// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nevus/base/result.h"

// Just enough of ONNX to write a network of four nodes: the tests of serving need neither libonnx nor the trainer.
namespace nevus::testing::onnx {

enum ElementType { kFloat32 = 1, kFloat16 = 10, kFloat64 = 11 };

/// A protocol-buffers message being written (field numbers: onnx.proto of ONNX 1.12).
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3U);
    varint(value);
    return *this;
  }
  Message& text(int field, std::string const& value) {
    varint(static_cast<std::uint64_t>(field) << 3U | 2U);
    varint(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  Message& message(int field, Message const& value) { return text(field, {value.bytes_.begin(), value.bytes_.end()}); }
  [[nodiscard]] ByteVector const& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80U));
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }
  ByteVector bytes_;
};

/// A whole-number list attribute, such as strides, or a single one.
inline Message attribute(std::string const& name, std::vector<std::uint64_t> const& values) {
  Message written;
  written.text(1, name).number(20, 7);
  for (auto const value : values) written.number(8, value);
  return written;
}
inline Message attribute(std::string const& name, std::uint64_t value) {
  return Message().text(1, name).number(20, 2).number(3, value);
}

inline Message node(std::string const& type, std::vector<std::string> const& inputs, std::string const& output,
                    std::vector<Message> const& attributes = {}) {
  Message written;
  for (auto const& input : inputs) written.text(1, input);
  written.text(2, output).text(3, output).text(4, type);
  for (auto const& one : attributes) written.message(5, one);
  return written;
}

/// `value` as IEEE 754 binary16; only for numbers that it holds exactly.
inline std::uint16_t half(float value) {
  if (value == 0) return 0;
  std::uint16_t const sign = value < 0 ? 0x8000 : 0;
  float magnitude = value < 0 ? -value : value;
  int exponent = 15;
  while (magnitude >= 2) {
    magnitude /= 2;
    ++exponent;
  }
  while (magnitude < 1) {
    magnitude *= 2;
    --exponent;
  }
  return static_cast<std::uint16_t>(sign | exponent << 10 | static_cast<int>((magnitude - 1) * 1024));
}

inline Message tensor(std::string const& name, ElementType type, std::vector<std::uint64_t> const& shape,
                      std::vector<float> const& values) {
  Message written;
  for (auto const side : shape) written.number(1, side);
  std::string raw;
  for (float const value : values) {
    std::uint16_t const small = half(value);
    if (type == kFloat16) raw.append(reinterpret_cast<char const*>(&small), sizeof small);
    if (type == kFloat32) raw.append(reinterpret_cast<char const*>(&value), sizeof value);
  }
  return written.number(2, type).text(8, name).text(9, raw);
}

/// An input or output of the graph; the batch dimension stays free.
inline Message value(std::string const& name, ElementType type, std::vector<std::uint64_t> const& shape) {
  Message sides;
  sides.message(1, Message().text(2, "N"));
  for (auto const side : shape) sides.message(1, Message().number(1, side));
  return Message().text(1, name).message(
      2, Message().message(1, Message().number(1, static_cast<std::uint64_t>(type)).message(2, sides)));
}

struct Graph {
  std::vector<Message> nodes, initializers, inputs, outputs;
};

inline ByteVector file(Graph const& graph) {
  Message body;
  for (auto const& one : graph.nodes) body.message(1, one);
  body.text(2, "tiny");
  for (auto const& one : graph.initializers) body.message(5, one);
  for (auto const& one : graph.inputs) body.message(11, one);
  for (auto const& one : graph.outputs) body.message(12, one);
  return Message().number(1, 8).message(7, body).message(8, Message().text(1, "").number(2, 17)).bytes();
}

}  // namespace nevus::testing::onnx
