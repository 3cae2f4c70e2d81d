// SPDX-License-Identifier: MIT
#include "nevus/server/tensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
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
constexpr std::size_t kMaxSides = 8;
constexpr std::int64_t kMaxElements = 16'000'000;
// What a request may hold besides its data, which names, shapes and parameters of 8 inputs and outputs never reach.
constexpr std::size_t kMaxValues = 1000;
constexpr std::size_t kMaxLevels = 16;
constexpr char const* kNotFinite = "has data with a number that is not finite in FP32";

auto malformed(std::string const& what) { return fail(ErrorCode::kUsage, "the inference request " + what); }

/// What stood in the JSON as the data of an input.
struct JsonData {
  std::vector<float> values;
  std::vector<WipedBytes> strings;
};

/// Reads the JSON of a request as it comes: the data of inputs goes into their tensors, all else into a small tree. It
/// stops at the first value that is too many, since a tree of 32 MB of JSON would take a gigabyte.
class JsonReader : public nlohmann::json_sax<Json> {
 public:
  explicit JsonReader(InferLimits const& limits) : limits_(limits) {}

  Json tree;
  std::vector<JsonData> data;  ///< by input
  std::string problem;         ///< why it stopped; empty: it is no JSON

  bool null() override { return in_data_ ? stop("has data that is no number") : add(nullptr); }
  bool boolean(bool value) override { return in_data_ ? stop("has data that is no number") : add(value); }
  bool number_integer(number_integer_t value) override { return take(value); }
  bool number_unsigned(number_unsigned_t value) override { return take(value); }
  bool number_float(number_float_t value, string_t const& /*digits*/) override { return take(value); }
  bool string(string_t& value) override {
    if (!in_data_) return add(std::move(value));
    if (data_levels_ == 0) return stop("has data that is no list");
    if (++strings_ > limits_.max_strings)
      return stop("has more than " + std::to_string(limits_.max_strings) + " photos");
    auto bytes = base64_decoded(value);
    if (!bytes) return stop("has BYTES in JSON that are not base64");
    data.back().strings.push_back(*std::move(bytes));
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }  // which JSON has none of
  bool start_object(std::size_t /*size*/) override {
    return in_data_ ? stop("has data that is no number") : open(Json::object());
  }
  bool end_object() override { return close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    in_data_ = open_.size() == 3 && open_[1] == inputs_ && key_ == "data";
    if (in_data_ && open_.back()->contains("data")) return stop("has an input with data twice");
    if (in_data_) (*open_.back())["data"] = nullptr;
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (!in_data_) return open(Json::array());
    if (++data_levels_ > kMaxSides) return stop("has data that is nested deeper than 8 levels");
    return true;
  }
  bool end_array() override {
    if (!in_data_) return close();
    if (--data_levels_ == 0) in_data_ = false;
    return true;
  }
  bool parse_error(std::size_t /*at*/, std::string const& /*token*/, Json::exception const& /*error*/) override {
    return false;
  }

 private:
  bool stop(std::string why) {
    problem = std::move(why);
    return false;
  }

  template <typename Number>
  bool take(Number value) {
    if (!in_data_) return add(value);
    if (data_levels_ == 0) return stop("has data that is no list");
    if (++numbers_ > limits_.max_numbers) {
      return stop("has more data than the " + std::to_string(limits_.max_numbers) +
                  " numbers that this network takes at once");
    }
    data.back().values.push_back(static_cast<float>(value));
    return std::isfinite(data.back().values.back()) || stop(kNotFinite);
  }

  /// Where it went, or null.
  Json* put(Json&& value) {
    if (++values_ > kMaxValues) {
      stop("has more than " + std::to_string(kMaxValues) + " values besides its data");
      return nullptr;
    }
    if (open_.empty()) return &(tree = std::move(value));
    auto& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    if (&parent == inputs_) data.emplace_back();
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool add(Json&& value) { return put(std::move(value)) != nullptr; }
  bool open(Json&& container) {
    if (open_.size() == kMaxLevels) return stop("is nested deeper than " + std::to_string(kMaxLevels) + " levels");
    bool const are_inputs = open_.size() == 1 && tree.is_object() && key_ == "inputs";
    auto* const opened = put(std::move(container));
    if (opened == nullptr) return false;
    open_.push_back(opened);
    if (are_inputs) {  // of a name that comes twice the last counts
      inputs_ = opened->is_array() ? opened : nullptr;
      data.clear();
    }
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  InferLimits limits_;
  std::vector<Json*> open_;  ///< a list only grows while its last element is closed, so these stay where they are
  Json const* inputs_ = nullptr;
  std::string key_;
  bool in_data_ = false;
  std::size_t data_levels_ = 0;
  std::size_t numbers_ = 0;
  std::size_t strings_ = 0;
  std::size_t values_ = 0;
};

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

Result<void> read_binary(Bytes bytes, InferTensor& tensor) {
  if (!tensor.holds_strings) {
    if (bytes.size() % sizeof(float) != 0) return malformed("has FP32 data of a broken length");
    tensor.values.resize(bytes.size() / sizeof(float));
    std::memcpy(tensor.values.data(), bytes.data(), bytes.size());
    if (!std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); }))
      return malformed(kNotFinite);
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

/// `data` is what the JSON held of it; `binary` loses the bytes that belong to this input.
Result<InferTensor> read_input(Json const& tree, JsonData&& data, Bytes& binary) {
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
  } else if (tree.contains("data")) {
    if (tensor.holds_strings ? !data.values.empty() : !data.strings.empty())
      return malformed("has the input " + tensor.name + " with data that is not " + type);
    tensor.values = std::move(data.values);
    tensor.strings = std::move(data.strings);
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

Result<InferRequest> parse_infer(Bytes body, std::size_t json_bytes, InferLimits const& limits) {
  if (json_bytes > body.size()) return malformed("is shorter than its Inference-Header-Content-Length");
  auto const head = body.first(json_bytes);
  auto binary = body.subspan(json_bytes);
  JsonReader reader(limits);
  bool const is_json = Json::sax_parse(head.begin(), head.end(), &reader);
  if (!reader.problem.empty()) return malformed(reader.problem);
  auto const& tree = reader.tree;
  if (!is_json || !tree.is_object() || !tree.contains("inputs") || !tree["inputs"].is_array())
    return malformed("must be a JSON object with inputs");
  if (tree["inputs"].size() > kMaxInputs) return malformed("has more than 8 inputs");
  InferRequest request{text(tree, "id"), {}, {}, flag(tree, "binary_data_output"), ""};
  if (tree.contains("parameters")) request.lesion_class = text(tree["parameters"], "class");
  for (std::size_t i = 0; i < tree["inputs"].size(); ++i) {
    NEVUS_TRY(auto tensor, read_input(tree["inputs"][i], std::move(reader.data[i]), binary));
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
