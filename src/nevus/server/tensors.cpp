// SPDX-License-Identifier: MIT
#include "nevus/server/tensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nevus/server/secrets.h"

namespace nevus::server {
namespace {

// What comes in is read into a sorted tree, since the members of an ordered one are looked for one by one.
using Json = nlohmann::json;

// Tensors are little-endian on the wire, as they are in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kMaxInputs = 8;
constexpr std::size_t kMaxOutputs = 8;
constexpr int kMaxSides = 8;
constexpr std::int64_t kMaxElements = 16'000'000;

auto malformed(std::string const& what) { return fail(ErrorCode::kUsage, "the inference request " + what); }

Result<std::int64_t> element_count(std::vector<std::int64_t> const& shape) {
  std::int64_t count = 1;
  for (auto const side : shape) {
    if (side < 1 || side > kMaxElements / count) return malformed("has a shape that is empty or too large");
    count *= side;
  }
  return count;
}

Result<std::vector<std::int64_t>> shape_of(Json const& tree) {
  if (!tree.contains("shape") || !tree["shape"].is_array() || tree["shape"].size() > kMaxSides)
    return malformed("has an input without a shape");
  std::vector<std::int64_t> shape;
  for (auto const& side : tree["shape"]) {
    if (!side.is_number_integer()) return malformed("has a shape that is not made of whole numbers");
    shape.push_back(side.get<std::int64_t>());
  }
  return shape;
}

/// Takes the numbers of arrays in their order, which are nested in `levels` levels at most.
Result<void> flatten(Json const& data, int levels, std::int64_t limit, std::vector<float>& values) {
  if (data.is_array()) {
    if (levels == 0) return malformed("has data that is nested deeper than 8 levels");
    for (auto const& child : data) NEVUS_CHECK(flatten(child, levels - 1, limit, values));
    return {};
  }
  if (!data.is_number()) return malformed("has data that is no number");
  if (static_cast<std::int64_t>(values.size()) == limit) return malformed("has more data than its shape holds");
  values.push_back(data.get<float>());
  return {};
}

Result<void> read_strings(Json const& data, InferTensor& tensor) {
  for (auto const& text : data) {
    auto bytes = text.is_string() ? base64_decoded(text.get<std::string>()) : std::nullopt;
    if (!bytes) return malformed("has BYTES in JSON that are not base64");
    tensor.strings.push_back(*std::move(bytes));
  }
  return {};
}

Result<void> read_binary(Bytes bytes, InferTensor& tensor) {
  if (!tensor.holds_strings) {
    if (bytes.size() % sizeof(float) != 0) return malformed("has FP32 data of a broken length");
    tensor.values.resize(bytes.size() / sizeof(float));
    std::memcpy(tensor.values.data(), bytes.data(), bytes.size());
    return {};
  }
  while (!bytes.empty()) {
    std::uint32_t length = 0;
    if (bytes.size() < sizeof(length)) return malformed("has BYTES of a broken length");
    std::memcpy(&length, bytes.data(), sizeof(length));
    bytes = bytes.subspan(sizeof(length));
    if (length > bytes.size()) return malformed("has BYTES of a broken length");
    tensor.strings.emplace_back(bytes.begin(), bytes.begin() + length);
    bytes = bytes.subspan(length);
  }
  return {};
}

/// `binary` loses the bytes that belong to this input.
Result<InferTensor> read_input(Json const& tree, Bytes& binary) {
  if (!tree.is_object() || !tree.contains("name") || !tree["name"].is_string())
    return malformed("has an input without a name");
  InferTensor tensor{tree["name"].get<std::string>(), {}};
  auto const type =
      tree.contains("datatype") && tree["datatype"].is_string() ? tree["datatype"].get<std::string>() : "";
  tensor.holds_strings = type == "BYTES";
  if (type != "FP32" && type != "BYTES")
    return malformed("has the input " + tensor.name + " of datatype \"" + type +
                     "\", but only FP32 and BYTES are known");
  NEVUS_TRY(tensor.shape, shape_of(tree));
  NEVUS_TRY(auto const count, element_count(tensor.shape));
  static Json const kNone;
  auto const& size =
      tree.contains("parameters") && tree["parameters"].is_object() && tree["parameters"].contains("binary_data_size")
          ? tree["parameters"]["binary_data_size"]
          : kNone;
  if (size.is_number_unsigned()) {
    if (size.get<std::size_t>() > binary.size()) return malformed("ends before its binary data does");
    NEVUS_CHECK(read_binary(binary.first(size.get<std::size_t>()), tensor));
    binary = binary.subspan(size.get<std::size_t>());
  } else if (tree.contains("data") && tree["data"].is_array()) {
    if (tensor.holds_strings) {
      NEVUS_CHECK(read_strings(tree["data"], tensor));
    } else {
      NEVUS_CHECK(flatten(tree["data"], kMaxSides, count, tensor.values));
    }
  } else {
    return malformed("has the input " + tensor.name + " without data");
  }
  auto const found = tensor.holds_strings ? tensor.strings.size() : tensor.values.size();
  if (found != static_cast<std::size_t>(count)) {
    return malformed("has the input " + tensor.name + " with " + std::to_string(found) +
                     " elements, but its shape holds " + std::to_string(count));
  }
  return tensor;
}

bool flag(Json const& tree, char const* name) {
  if (!tree.is_object() || !tree.contains("parameters") || !tree["parameters"].is_object()) return false;
  auto const& parameters = tree["parameters"];
  return parameters.contains(name) && parameters[name].is_boolean() && parameters[name].get<bool>();
}

std::string text(Json const& tree, char const* name) {
  return tree.is_object() && tree.contains(name) && tree[name].is_string() ? tree[name].get<std::string>() : "";
}

}  // namespace

Result<InferRequest> parse_infer(Bytes body, std::size_t json_bytes) {
  if (json_bytes > body.size()) return malformed("is shorter than its Inference-Header-Content-Length");
  auto const head = body.first(json_bytes);
  auto binary = body.subspan(json_bytes);
  auto const tree = Json::parse(head.begin(), head.end(), nullptr, /*allow_exceptions=*/false);
  if (!tree.is_object() || !tree.contains("inputs") || !tree["inputs"].is_array())
    return malformed("must be a JSON object with inputs");
  if (tree["inputs"].size() > kMaxInputs) return malformed("has more than 8 inputs");
  InferRequest request{text(tree, "id"), {}, {}, flag(tree, "binary_data_output"), ""};
  if (tree.contains("parameters")) request.lesion_class = text(tree["parameters"], "class");
  for (auto const& input : tree["inputs"]) {
    NEVUS_TRY(auto tensor, read_input(input, binary));
    request.inputs.push_back(std::move(tensor));
  }
  if (!tree.contains("outputs")) return request;
  if (!tree["outputs"].is_array()) return malformed("has outputs that are no list");
  if (tree["outputs"].size() > kMaxOutputs) return malformed("has more than 8 outputs");
  for (auto const& output : tree["outputs"])
    request.outputs.push_back({text(output, "name"), flag(output, "binary_data") || request.binary_outputs});
  return request;
}

Result<InferAnswer> infer_answer(InferRequest const& request, std::string const& model, std::string const& version,
                                 std::vector<InferTensor> const& outputs) {
  auto wishes = request.outputs;
  if (wishes.empty()) {
    for (auto const& output : outputs) wishes.push_back({output.name, request.binary_outputs});
  }
  using Ordered = nlohmann::ordered_json;
  Ordered tree{{"model_name", model}, {"model_version", version}};
  if (!request.id.empty()) tree["id"] = request.id;
  tree["outputs"] = Ordered::array();
  ByteVector binary;
  for (auto const& wish : wishes) {
    auto const output = std::ranges::find(outputs, wish.name, &InferTensor::name);
    if (output == outputs.end()) return malformed("wants the output \"" + wish.name + "\", which there is not");
    Ordered entry{{"name", output->name}, {"datatype", "FP32"}, {"shape", output->shape}};
    if (wish.binary) {
      auto const* const bytes = reinterpret_cast<std::uint8_t const*>(output->values.data());
      auto const size = output->values.size() * sizeof(float);
      entry["parameters"] = {{"binary_data_size", size}};
      binary.insert(binary.end(), bytes, bytes + size);
    } else {
      entry["data"] = output->values;
    }
    tree["outputs"].push_back(std::move(entry));
  }
  auto const head = tree.dump(-1, ' ', false, Ordered::error_handler_t::replace);
  InferAnswer answer{{head.begin(), head.end()}, std::nullopt};
  if (!binary.empty()) {
    answer.json_bytes = head.size();
    answer.body.insert(answer.body.end(), binary.begin(), binary.end());
  }
  return answer;
}

}  // namespace nevus::server
