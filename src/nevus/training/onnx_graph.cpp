// SPDX-License-Identifier: MIT
#include "nevus/training/onnx_graph.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace nevus {
namespace {

constexpr int kIrVersion = 8;
constexpr int kOpset = 17;
constexpr char const* kBatchDimension = "N";
constexpr float kFirstBeyondHalf = 65520;  // halfway between the largest half, 65504, and the next power of two

/// `value` as IEEE 754 binary16, rounded to nearest even; nothing where it is beyond the range or not a number.
std::optional<std::uint16_t> to_half(float value) {
  float const magnitude = std::abs(value);
  if (!(magnitude < kFirstBeyondHalf)) return std::nullopt;
  auto const sign = (std::bit_cast<std::uint32_t>(value) >> 16U) & 0x8000U;
  if (magnitude < 0x1p-14F)  // subnormal halves are multiples of 2^-24
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(std::nearbyint(magnitude * 0x1p24F)));
  auto const bits = std::bit_cast<std::uint32_t>(magnitude);
  auto const rounded = (bits + 0xfffU + ((bits >> 13U) & 1U)) >> 13U;
  return static_cast<std::uint16_t>(sign | (rounded - (112U << 10U)));  // bias 127 becomes 15
}

std::int64_t element_count(std::vector<std::int64_t> const& shape) {
  std::int64_t count = 1;
  for (auto const side : shape) count *= side;
  return count;
}

void add_integers(onnx::NodeProto& node, std::string const& name, std::vector<std::int64_t> const& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (auto const value : values) attribute.add_ints(value);
}

void add_integer(onnx::NodeProto& node, std::string const& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void add_real(onnx::NodeProto& node, std::string const& name, float value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

char const* type_of(OnnxGraph::Unary function) {
  switch (function) {
    case OnnxGraph::Unary::kRelu:
      return "Relu";
    case OnnxGraph::Unary::kSigmoid:
      return "Sigmoid";
    case OnnxGraph::Unary::kHardSigmoid:
      return "HardSigmoid";
    case OnnxGraph::Unary::kHardSwish:
      return "HardSwish";
    case OnnxGraph::Unary::kErf:
      return "Erf";
    case OnnxGraph::Unary::kExp:
      return "Exp";
    case OnnxGraph::Unary::kAbs:
      return "Abs";
  }
  return "";
}

void set_shape(onnx::ValueInfoProto& value, std::string const& name, std::vector<std::int64_t> const& shape) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param(kBatchDimension);
  for (auto const side : shape) tensor.mutable_shape()->add_dim()->set_dim_value(side);
}

}  // namespace

struct OnnxGraph::Impl {
  onnx::ModelProto model;
  int nodes = 0;
  std::map<float, std::string> scalars;
  std::map<std::string, std::string> output_names;  ///< value -> the name under which it leaves the graph
  std::optional<Error> problem;                     ///< the first; told by serialize

  onnx::GraphProto& graph() { return *model.mutable_graph(); }

  void note(ErrorCode code, std::string message) {
    if (!problem) problem = Error{code, std::move(message)};
  }

  std::string next_name(std::string const& kind) { return kind + "_" + std::to_string(nodes++); }

  /// A node whose result carries its name.
  onnx::NodeProto& node(char const* type, std::string const& name, std::vector<std::string> const& inputs) {
    auto& added = *graph().add_node();
    added.set_op_type(type);
    added.set_name(name);
    for (auto const& input : inputs) added.add_input(input);
    added.add_output(name);
    return added;
  }

  template <typename Number>
  void initializer(std::string const& name, onnx::TensorProto::DataType type, std::vector<std::int64_t> const& shape,
                   std::vector<Number> const& values) {
    if (element_count(shape) != static_cast<std::int64_t>(values.size()))
      note(ErrorCode::kInternal, "ONNX: " + name + " has " + std::to_string(values.size()) +
                                     " numbers, but its shape " + std::to_string(element_count(shape)));
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (auto const side : shape) tensor.add_dims(side);
    tensor.set_raw_data(values.data(), values.size() * sizeof(Number));
  }

  /// Stored as float16; the name of the float32 form.
  std::string weights(std::string const& name, std::vector<std::int64_t> const& shape,
                      std::vector<float> const& values) {
    std::vector<std::uint16_t> halves;
    halves.reserve(values.size());
    for (auto const value : values) {
      auto const half = to_half(value);
      if (!half)
        note(ErrorCode::kTraining, "ONNX: " + name + " holds " + std::to_string(value) +
                                       ", which float16 cannot (its largest number is 65504)");
      halves.push_back(half.value_or(0));
    }
    initializer(name + "_half", onnx::TensorProto::FLOAT16, shape, halves);
    add_integer(node("Cast", name, {name + "_half"}), "to", onnx::TensorProto::FLOAT);
    return name;
  }

  std::string bias(std::string const& name, std::vector<float> const& values) {
    for (auto const value : values)
      if (!std::isfinite(value)) note(ErrorCode::kTraining, "ONNX: " + name + " holds a number that is not finite");
    initializer(name, onnx::TensorProto::FLOAT, {static_cast<std::int64_t>(values.size())}, values);
    return name;
  }

  std::string scalar(float value) {
    auto const [place, is_new] = scalars.emplace(value, "scalar_" + std::to_string(scalars.size()));
    if (is_new) initializer(place->second, onnx::TensorProto::FLOAT, {}, std::vector<float>{value});
    return place->second;
  }
};

OnnxGraph::OnnxGraph() : impl_(std::make_unique<Impl>()) {
  impl_->model.set_ir_version(kIrVersion);
  impl_->model.set_producer_name("nevus");
  auto& opset = *impl_->model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  impl_->graph().set_name("nevus");
}
OnnxGraph::~OnnxGraph() = default;
OnnxGraph::OnnxGraph(OnnxGraph&&) noexcept = default;

std::string OnnxGraph::input(std::string const& name, int channels, int height, int width) {
  set_shape(*impl_->graph().add_input(), name, {channels, height, width});
  return name;
}

std::string OnnxGraph::conv(std::string const& in, std::vector<float> const& weights, std::array<std::int64_t, 4> shape,
                            std::vector<float> const& bias, int stride, Padding padding, int groups) {
  auto const name = impl_->next_name("conv");
  auto const weights_name = impl_->weights(name + "_weights", {shape.begin(), shape.end()}, weights);
  auto const bias_name = impl_->bias(name + "_bias", bias);
  auto& node = impl_->node("Conv", name, {in, weights_name, bias_name});
  add_integers(node, "kernel_shape", {shape[2], shape[3]});
  add_integers(node, "strides", {stride, stride});
  add_integers(node, "pads", {padding.top, padding.left, padding.bottom, padding.right});
  add_integer(node, "group", groups);
  return name;
}

std::string OnnxGraph::clip(std::string const& in, float low, float high) {
  auto const low_name = impl_->scalar(low);
  auto const high_name = impl_->scalar(high);
  return impl_->node("Clip", impl_->next_name("clip"), {in, low_name, high_name}).name();
}

std::string OnnxGraph::unary(Unary function, std::string const& in) {
  auto& node = impl_->node(type_of(function), impl_->next_name("unary"), {in});
  if (function == Unary::kHardSigmoid) {
    add_real(node, "alpha", 1.0F / 6);
    add_real(node, "beta", 0.5F);
  }
  return node.name();
}

std::string OnnxGraph::add(std::string const& a, std::string const& b) {
  return impl_->node("Add", impl_->next_name("add"), {a, b}).name();
}

std::string OnnxGraph::multiply(std::string const& a, std::string const& b) {
  return impl_->node("Mul", impl_->next_name("multiply"), {a, b}).name();
}

std::string OnnxGraph::scale(std::string const& in, float factor) { return multiply(in, impl_->scalar(factor)); }

std::string OnnxGraph::shift(std::string const& in, float offset) { return add(in, impl_->scalar(offset)); }

std::string OnnxGraph::below(std::string const& in, float limit) {
  auto const limit_name = impl_->scalar(limit);
  auto const less = impl_->node("Less", impl_->next_name("less"), {in, limit_name}).name();
  auto& cast = impl_->node("Cast", impl_->next_name("below"), {less});
  add_integer(cast, "to", onnx::TensorProto::FLOAT);
  return cast.name();
}

std::string OnnxGraph::softmax(std::string const& in) {
  auto& node = impl_->node("Softmax", impl_->next_name("softmax"), {in});
  add_integer(node, "axis", -1);
  return node.name();
}

std::string OnnxGraph::matmul(std::string const& a, std::string const& b) {
  return impl_->node("MatMul", impl_->next_name("matmul"), {a, b}).name();
}

std::string OnnxGraph::max_pool(std::string const& in, int kernel_px, int stride, Padding padding) {
  auto& node = impl_->node("MaxPool", impl_->next_name("max_pool"), {in});
  add_integers(node, "kernel_shape", {kernel_px, kernel_px});
  add_integers(node, "strides", {stride, stride});
  add_integers(node, "pads", {padding.top, padding.left, padding.bottom, padding.right});
  return node.name();
}

std::string OnnxGraph::average_pool(std::string const& in, int kernel_px, Padding padding) {
  auto& node = impl_->node("AveragePool", impl_->next_name("average_pool"), {in});
  add_integers(node, "kernel_shape", {kernel_px, kernel_px});
  add_integers(node, "strides", {kernel_px, kernel_px});
  add_integers(node, "pads", {padding.top, padding.left, padding.bottom, padding.right});
  add_integer(node, "count_include_pad", 0);
  return node.name();
}

std::string OnnxGraph::mean_over_pixels(std::string const& in) {
  auto const pooled = impl_->node("GlobalAveragePool", impl_->next_name("pool"), {in}).name();
  auto& flat = impl_->node("Flatten", impl_->next_name("flatten"), {pooled});
  add_integer(flat, "axis", 1);
  return flat.name();
}

std::string OnnxGraph::mean(std::string const& in, std::vector<std::int64_t> const& axes) {
  auto& node = impl_->node("ReduceMean", impl_->next_name("mean"), {in});
  add_integers(node, "axes", axes);
  return node.name();
}

std::string OnnxGraph::maximum(std::string const& in, std::vector<std::int64_t> const& axes) {
  auto& node = impl_->node("ReduceMax", impl_->next_name("maximum"), {in});
  add_integers(node, "axes", axes);
  return node.name();
}

std::string OnnxGraph::reshape(std::string const& in, std::vector<std::int64_t> const& shape) {
  auto const name = impl_->next_name("reshape");
  std::vector<std::int64_t> wanted{0};  // as it is
  wanted.insert(wanted.end(), shape.begin(), shape.end());
  auto const rank = static_cast<std::int64_t>(wanted.size());
  impl_->initializer(name + "_shape", onnx::TensorProto::INT64, {rank}, wanted);
  return impl_->node("Reshape", name, {in, name + "_shape"}).name();
}

std::string OnnxGraph::transpose(std::string const& in, std::vector<std::int64_t> const& order) {
  auto& node = impl_->node("Transpose", impl_->next_name("transpose"), {in});
  add_integers(node, "perm", order);
  return node.name();
}

std::string OnnxGraph::concat(std::vector<std::string> const& in, std::int64_t axis) {
  auto& node = impl_->node("Concat", impl_->next_name("concat"), in);
  add_integer(node, "axis", axis);
  return node.name();
}

std::vector<std::string> OnnxGraph::split_batch(std::string const& in, int parts) {
  auto const name = impl_->next_name("split");
  auto& node = impl_->node("Split", name, {in});
  add_integer(node, "axis", 0);
  node.clear_output();
  std::vector<std::string> names;
  for (int part = 0; part < parts; ++part) {
    names.push_back(name + "_" + std::to_string(part));
    node.add_output(names.back());
  }
  return names;
}

std::string OnnxGraph::reverse(std::string const& in, std::vector<std::int64_t> const& axes) {
  auto const name = impl_->next_name("reverse");
  auto const rank = static_cast<std::int64_t>(axes.size());
  auto const list = [&](char const* ending, std::vector<std::int64_t> const& values) {
    impl_->initializer(name + ending, onnx::TensorProto::INT64, {rank}, values);
    return name + ending;
  };
  std::vector<std::int64_t> const backwards(axes.size(), -1);
  std::vector<std::int64_t> const to_the_first(axes.size(), std::numeric_limits<std::int64_t>::min());
  return impl_
      ->node("Slice", name,
             {in, list("_from", backwards), list("_to", to_the_first), list("_axes", axes), list("_step", backwards)})
      .name();
}

std::string OnnxGraph::constant(std::vector<std::int64_t> const& shape, std::vector<float> const& values) {
  return impl_->weights(impl_->next_name("constant"), shape, values);
}

std::string OnnxGraph::linear(std::string const& in, std::string const& weights, std::vector<float> const& bias) {
  auto const name = impl_->next_name("linear");
  auto const bias_name = impl_->bias(name + "_bias", bias);
  add_integer(impl_->node("Gemm", name, {in, weights, bias_name}), "transB", 1);
  return name;
}

std::string OnnxGraph::linear(std::string const& in, std::vector<float> const& weights,
                              std::array<std::int64_t, 2> shape, std::vector<float> const& bias) {
  return linear(in, constant({shape.begin(), shape.end()}, weights), bias);
}

void OnnxGraph::output(std::string const& value, std::string const& name, std::vector<std::int64_t> const& shape) {
  if (!impl_->output_names.emplace(value, name).second)
    impl_->note(ErrorCode::kInternal, "ONNX: " + value + " is an output twice");
  set_shape(*impl_->graph().add_output(), name, shape);
}

void OnnxGraph::metadata(std::string const& key, std::string const& value) {
  auto& entry = *impl_->model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

Result<ByteVector> OnnxGraph::serialize() const {
  if (impl_->problem) return tl::unexpected<Error>(*impl_->problem);
  auto model = impl_->model;
  auto const rename = [this](std::string& value) {
    if (auto const found = impl_->output_names.find(value); found != impl_->output_names.end()) value = found->second;
  };
  for (auto& node : *model.mutable_graph()->mutable_node()) {
    for (auto& value : *node.mutable_input()) rename(value);
    for (auto& value : *node.mutable_output()) rename(value);
  }
  try {
    onnx::checker::check_model(model);
    auto inferred = model;  // strict: every declared shape must be the one that follows from the input's
    onnx::shape_inference::InferShapes(inferred, onnx::OpSchemaRegistry::Instance(),
                                       onnx::ShapeInferenceOptions(true, 1));
    auto const text = model.SerializeAsString();
    return ByteVector(text.begin(), text.end());
  } catch (std::exception const& exception) {
    return fail(ErrorCode::kInternal, std::string("ONNX: the network is malformed: ") + exception.what());
  }
}

}  // namespace nevus
