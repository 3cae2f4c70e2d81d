// SPDX-License-Identifier: MIT
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include "nevus/training/onnx_graph.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "nevus/inference/classifier.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus {
namespace {

constexpr int kHeightPx = 8;  // stride 2 needs padding below only …
constexpr int kWidthPx = 9;   // … but on both sides
constexpr int kWide = 8;
constexpr int kEmbedding = 5;
constexpr int kClasses = static_cast<int>(kLesionClassCount);

/// Numbers that float16 holds exactly, so that a reference in float32 needs no rounding of its own.
std::vector<float> numbers(std::size_t count, unsigned seed) {
  std::vector<float> values(count);
  for (auto& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = (static_cast<float>(seed >> 24U) - 128) / 256;
  }
  return values;
}

/// [C,H,W]
struct Map {
  int channels, height, width;
  std::vector<float> values;
  [[nodiscard]] float at(int c, int y, int x) const {
    bool const inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? values[(std::size_t(c) * height + y) * width + x] : 0;
  }
};

struct Convolution {
  int out, in_per_group, kernel, stride, groups;
  OnnxGraph::Padding padding;
  unsigned seed;
  [[nodiscard]] std::vector<float> weights() const {
    return numbers(std::size_t(out) * in_per_group * kernel * kernel, seed);
  }
  [[nodiscard]] std::vector<float> bias() const { return numbers(static_cast<std::size_t>(out), seed + 1); }
};

constexpr Convolution kStem{kWide, 3, 3, 2, 1, {0, 1, 1, 1}, 11};
constexpr Convolution kDepthwise{kWide, 1, 3, 1, kWide, {1, 1, 1, 1}, 21};
constexpr Convolution kHead{kEmbedding, kWide, 1, 1, 1, {}, 31};
constexpr Convolution kMaps{kClasses, kEmbedding, 1, 1, 1, {}, 41};

std::string write(OnnxGraph& graph, std::string const& in, Convolution const& c) {
  return graph.conv(in, c.weights(), {c.out, c.in_per_group, c.kernel, c.kernel}, c.bias(), c.stride, c.padding,
                    c.groups);
}

/// The definition of a convolution, as slow as it reads.
Map reference(Map const& in, Convolution const& c) {
  auto const weights = c.weights();
  auto const bias = c.bias();
  Map out{c.out,
          (in.height + c.padding.top + c.padding.bottom - c.kernel) / c.stride + 1,
          (in.width + c.padding.left + c.padding.right - c.kernel) / c.stride + 1,
          {}};
  for (int o = 0; o < c.out; ++o) {
    int const first_channel = o / (c.out / c.groups) * c.in_per_group;
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) {
        float sum = bias[static_cast<std::size_t>(o)];
        auto weight = weights.begin() + std::ptrdiff_t{o} * c.in_per_group * c.kernel * c.kernel;
        for (int i = 0; i < c.in_per_group; ++i)
          for (int ky = 0; ky < c.kernel; ++ky)
            for (int kx = 0; kx < c.kernel; ++kx)
              sum += *weight++ *
                     in.at(first_channel + i, y * c.stride + ky - c.padding.top, x * c.stride + kx - c.padding.left);
        out.values.push_back(sum);
      }
    }
  }
  return out;
}

Map clipped(Map map) {
  for (auto& value : map.values) value = std::clamp(value, 0.0F, 6.0F);
  return map;
}

/// A small network with every kind of node: stem, depthwise branch with a shortcut, head, average, classifier.
OnnxGraph small_network() {
  OnnxGraph graph;
  auto x = graph.input("image", 3, kHeightPx, kWidthPx);
  x = graph.clip(write(graph, x, kStem), 0, 6);
  x = graph.add(x, graph.clip(write(graph, x, kDepthwise), 0, 6));
  x = write(graph, x, kHead);
  auto const embedding = graph.mean_over_pixels(x);
  auto const logits = graph.linear(embedding, numbers(std::size_t{kClasses} * kEmbedding, 51), {kClasses, kEmbedding},
                                   numbers(kClasses, 52));
  graph.output(logits, "logits", {kClasses});
  graph.output(embedding, "embedding", {kEmbedding});
  graph.output(write(graph, x, kMaps), "class_maps", {kClasses, 4, 5});
  graph.metadata("run", "test");
  return graph;
}

NetworkOutput reference(Tensor const& image) {
  auto const stem = clipped(reference(Map{3, kHeightPx, kWidthPx, image.values}, kStem));
  auto branch = clipped(reference(stem, kDepthwise));
  for (std::size_t i = 0; i < branch.values.size(); ++i) branch.values[i] += stem.values[i];
  auto const last = reference(branch, kHead);
  NetworkOutput output;
  int const pixels = last.height * last.width;
  for (int c = 0; c < kEmbedding; ++c) {
    float sum = 0;
    for (int p = 0; p < pixels; ++p) sum += last.values[std::size_t(c) * pixels + p];
    output.embedding.push_back(sum / static_cast<float>(pixels));
  }
  auto const weights = numbers(std::size_t{kClasses} * kEmbedding, 51);
  auto const bias = numbers(kClasses, 52);
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    output.logits[c] = bias[c];
    for (std::size_t i = 0; i < kEmbedding; ++i) output.logits[c] += weights[c * kEmbedding + i] * output.embedding[i];
  }
  output.class_maps = reference(last, kMaps).values;
  return output;
}

onnx::ModelProto parsed(OnnxGraph const& graph) {
  auto const bytes = graph.serialize();
  EXPECT_TRUE(bytes) << bytes.error().message;
  onnx::ModelProto model;
  EXPECT_TRUE(bytes && model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  return model;
}

TEST(OnnxGraph, IsComputedByTheServedRuntimeAsItIsDefined) {
  ModelBundle bundle;
  bundle.card.id = "small";
  bundle.card.preprocess.width_px = kWidthPx;
  bundle.card.preprocess.height_px = kHeightPx;
  bundle.card.canary_seed = 7;
  auto const canary = model::synthetic_lesion(bundle.card.canary_seed, LesionClass::kMel);
  auto const graph = small_network();
  auto network = graph.serialize();
  ASSERT_TRUE(network) << network.error().message;
  bundle.network = *std::move(network);
  auto const canary_image = model::preprocess(canary, bundle.card.preprocess);
  bundle.card.canary_logits = reference(canary_image).logits;

  auto const classifier = Classifier::load(bundle);
  ASSERT_TRUE(classifier) << classifier.error().message;
  Tensor const noise{{1, 3, kHeightPx, kWidthPx}, numbers(std::size_t{3} * kHeightPx * kWidthPx, 1)};
  for (auto const& image : {canary_image, noise}) {
    auto const actual = classifier->run(image);
    ASSERT_TRUE(actual) << actual.error().message;
    auto const expected = reference(image);
    for (std::size_t c = 0; c < kLesionClassCount; ++c) EXPECT_NEAR(actual->logits[c], expected.logits[c], 1e-5);
    ASSERT_EQ(actual->embedding.size(), expected.embedding.size());
    for (std::size_t i = 0; i < expected.embedding.size(); ++i)
      EXPECT_NEAR(actual->embedding[i], expected.embedding[i], 1e-5);
    ASSERT_EQ(actual->class_maps.size(), expected.class_maps.size());
    for (std::size_t i = 0; i < expected.class_maps.size(); ++i)
      EXPECT_NEAR(actual->class_maps[i], expected.class_maps[i], 2e-5);
  }
}

TEST(OnnxGraph, HasTheFormThatRuntimesExpect) {
  auto const model = parsed(small_network());
  EXPECT_EQ(model.ir_version(), 8);
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).version(), 17);
  auto const& input = model.graph().input(0).type().tensor_type();
  EXPECT_EQ(input.elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(input.shape().dim(0).dim_param(), "N");
  EXPECT_EQ(input.shape().dim(2).dim_value(), kHeightPx);
  EXPECT_EQ(input.shape().dim(3).dim_value(), kWidthPx);
  std::vector<std::string> outputs;
  for (auto const& output : model.graph().output()) {
    outputs.push_back(output.name());
    EXPECT_EQ(output.type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
    EXPECT_EQ(output.type().tensor_type().shape().dim(0).dim_param(), "N");
  }
  EXPECT_EQ(outputs, (std::vector<std::string>{"logits", "embedding", "class_maps"}));
  EXPECT_EQ(model.metadata_props(0).key() + "=" + model.metadata_props(0).value(), "run=test");
}

TEST(OnnxGraph, TakesTwoBytesForEachWeight) {
  auto const model = parsed(small_network());
  int weights = 0;
  for (auto const& tensor : model.graph().initializer()) {
    if (tensor.dims_size() < 2) continue;
    ++weights;
    EXPECT_EQ(tensor.data_type(), onnx::TensorProto::FLOAT16) << tensor.name();
    std::size_t count = 1;
    for (auto const side : tensor.dims()) count *= static_cast<std::size_t>(side);
    EXPECT_EQ(tensor.raw_data().size(), 2 * count) << tensor.name();
  }
  EXPECT_EQ(weights, 5);
}

/// A network of one convolution whose only weight is `weight`.
OnnxGraph with_weight(float weight) {
  OnnxGraph graph;
  auto const in = graph.input("image", 1, 2, 2);
  graph.output(graph.conv(in, {weight}, {1, 1, 1, 1}, {0}, 1, {}, 1), "logits", {1, 2, 2});
  return graph;
}

TEST(OnnxGraph, RoundsWeightsToTheNearestHalf) {
  struct Row {
    float weight;
    std::uint16_t half;
  };
  for (auto const& row :
       {Row{1, 0x3c00}, Row{-2, 0xc000}, Row{-0.0F, 0x8000}, Row{65504, 0x7bff}, Row{65519, 0x7bff},
        Row{1 + 0x1p-11F, 0x3c00},         // halfway: the even neighbour is below …
        Row{1 + 0x3p-11F, 0x3c02},         // … or above
        Row{1 + 0x1.8p-11F, 0x3c01},       // nearer to the upper
        Row{2 - 0x1p-12F, 0x4000},         // carries into the exponent
        Row{0x1p-14F, 0x0400},             // the smallest normal half
        Row{0x1p-14F - 0x1p-26F, 0x0400},  // rounds up to it
        Row{0x3p-24F, 0x0003}, Row{0x1p-24F, 0x0001}, Row{-0x1.8p-24F, 0x8002}, Row{0x1p-25F, 0}, Row{1e-30F, 0}}) {
    auto const model = parsed(with_weight(row.weight));
    std::uint16_t half = 0;
    for (auto const& tensor : model.graph().initializer())
      if (tensor.data_type() == onnx::TensorProto::FLOAT16) std::memcpy(&half, tensor.raw_data().data(), sizeof(half));
    EXPECT_EQ(half, row.half) << row.weight;
  }
}

TEST(OnnxGraph, RefusesWeightsBeyondTheRangeOfHalf) {
  for (float const weight : {65520.0F, -1e30F, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    auto const bytes = with_weight(weight).serialize();
    ASSERT_FALSE(bytes) << weight;
    EXPECT_EQ(bytes.error().code, ErrorCode::kTraining);
    EXPECT_NE(bytes.error().message.find("conv_0_weights"), std::string::npos) << bytes.error().message;
  }
}

TEST(OnnxGraph, RefusesShapesThatDoNotFit) {
  OnnxGraph wrong_output;
  auto image = wrong_output.input("image", 3, 8, 8);
  wrong_output.output(wrong_output.mean_over_pixels(image), "embedding", {4});
  OnnxGraph wrong_weights;
  image = wrong_weights.input("image", 1, 2, 2);
  wrong_weights.output(wrong_weights.conv(image, {1, 2}, {1, 1, 1, 1}, {0}, 1, {}, 1), "logits", {1, 2, 2});
  OnnxGraph wrong_name;
  wrong_name.input("image", 1, 2, 2);
  wrong_name.output(wrong_name.clip("picture", 0, 6), "logits", {1, 2, 2});
  OnnxGraph twice;
  image = twice.input("image", 1, 2, 2);
  auto const clipped_image = twice.clip(image, 0, 6);
  twice.output(clipped_image, "logits", {1, 2, 2});
  twice.output(clipped_image, "embedding", {1, 2, 2});
  for (auto const* graph : {&wrong_output, &wrong_weights, &wrong_name, &twice}) {
    auto const bytes = graph->serialize();
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, ErrorCode::kInternal);
  }
}

TEST(OnnxGraph, IsTheSameBytesForTheSameCalls) {
  EXPECT_EQ(small_network().serialize().value(), small_network().serialize().value());
}

}  // namespace
}  // namespace nevus
