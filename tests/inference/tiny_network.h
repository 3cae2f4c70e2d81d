// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "inference/onnx_file.h"
#include "model/example_card.h"
#include "nevus/inference/classifier.h"
#include "nevus/model/synthetic_lesion.h"

namespace nevus::testing {

/// A network of 450 weights with the inputs and outputs of a bundle: 4x4 patches, ReLU, mean, one linear layer. The
/// members after the first two make it a network that must be refused.
struct TinyNetwork {
  int width_px = 64;
  int height_px = 48;
  std::string input = "image";
  std::string embedding = "embedding";
  std::uint64_t classes = kLesionClassCount;
  onnx::ElementType input_type = onnx::kFloat32;
  bool flat_maps = false;  ///< class_maps as [N,7*h*w]
  float head_scale = 1;    ///< of the last layer's weights: next to nothing makes an untrained network

  static constexpr int kFeatures = 8;
  static constexpr int kPatch_px = 4;

  // Multiples of 1/64, which float16 holds exactly, without a pattern that could hide a transposition.
  static float patch_weight(int i) { return static_cast<float>(i * 37 % 61 - 30) / 64; }
  static float head_weight(int i) { return static_cast<float>(i * 53 % 89 - 44) / 64; }
  static float patch_bias(int feature) { return static_cast<float>(feature % 3) / 4; }
  static float head_bias(int lesion_class) { return static_cast<float>(lesion_class - 3) / 8; }

  [[nodiscard]] ByteVector file() const {
    using namespace onnx;
    auto const list = [](int count, float (*weight)(int)) {
      std::vector<float> values;
      for (int i = 0; i < count; ++i) values.push_back(weight(i));
      return values;
    };
    auto const height = static_cast<std::uint64_t>(height_px);
    auto const width = static_cast<std::uint64_t>(width_px);
    auto head = list(static_cast<int>(classes) * kFeatures, head_weight);
    for (auto& weight : head) weight *= head_scale;
    Graph graph;
    graph.inputs = {value(input, input_type, {3, height, width})};
    graph.initializers = {
        tensor("patch_half", kFloat16, {kFeatures, 3, kPatch_px, kPatch_px}, list(kFeatures * 3 * 16, patch_weight)),
        tensor("patch_bias", kFloat32, {kFeatures}, list(kFeatures, patch_bias)),
        tensor("head", kFloat32, {classes, kFeatures}, head),
        tensor("head_bias", kFloat32, {classes}, list(static_cast<int>(classes), head_bias)),
        tensor("head_1x1", kFloat32, {classes, kFeatures, 1, 1}, head)};
    graph.nodes = {
        node("Cast", {"patch_half"}, "patch", {attribute("to", kFloat32)}),
        node("Conv", {input, "patch", "patch_bias"}, "patches", {attribute("strides", {kPatch_px, kPatch_px})}),
        node("Relu", {"patches"}, "features"),
        node("GlobalAveragePool", {"features"}, "mean"),
        node("Flatten", {"mean"}, embedding),
        node("Gemm", {embedding, "head", "head_bias"}, "logits", {attribute("transB", 1)}),
        node("Conv", {"features", "head_1x1"}, flat_maps ? "maps" : "class_maps")};
    if (flat_maps) graph.nodes.push_back(node("Flatten", {"maps"}, "class_maps"));
    auto const pixels = height / kPatch_px * width / kPatch_px;
    graph.outputs = {value("logits", kFloat32, {classes}), value(embedding, kFloat32, {kFeatures}),
                     flat_maps ? value("class_maps", kFloat32, {classes * pixels})
                               : value("class_maps", kFloat32, {classes, height / kPatch_px, width / kPatch_px})};
    return onnx::file(graph);
  }

  /// What the network must answer, by plain loops.
  [[nodiscard]] NetworkOutput expected(Tensor const& input_tensor) const {
    NetworkOutput output;
    output.map_height = height_px / kPatch_px;
    output.map_width = width_px / kPatch_px;
    int const pixels = output.map_height * output.map_width;
    output.embedding.resize(kFeatures);
    output.class_maps.resize(kLesionClassCount * static_cast<std::size_t>(pixels));
    for (int pixel = 0; pixel < pixels; ++pixel) {
      for (int f = 0; f < kFeatures; ++f) {
        float const feature = std::max(0.0F, patch_bias(f) + patch_sum(input_tensor, f, pixel, output.map_width));
        output.embedding[f] += feature / static_cast<float>(pixels);
        for (int c = 0; c < static_cast<int>(kLesionClassCount); ++c)
          output.class_maps[c * pixels + pixel] += head_scale * head_weight(c * kFeatures + f) * feature;
      }
    }
    for (int c = 0; c < static_cast<int>(kLesionClassCount); ++c) {
      output.logits[c] = head_bias(c);
      for (int f = 0; f < kFeatures; ++f)
        output.logits[c] += head_scale * head_weight(c * kFeatures + f) * output.embedding[f];
    }
    return output;
  }

  /// The network with a card that fits it, canary included.
  [[nodiscard]] ModelBundle bundle(std::string const& id = "tiny") const {
    auto network = file();
    auto card = example_card(id, network);
    card.preprocess.width_px = width_px;
    card.preprocess.height_px = height_px;
    auto const canary = model::synthetic_lesion(card.canary_seed, LesionClass::kMel);
    card.canary_logits = expected(model::preprocess(canary, card.preprocess)).logits;
    return {std::move(card), {}, std::move(network)};
  }

 private:
  [[nodiscard]] float patch_sum(Tensor const& in, int feature, int pixel, int map_width) const {
    float sum = 0;
    for (int i = 0; i < 3 * kPatch_px * kPatch_px; ++i) {
      int const channel = i / (kPatch_px * kPatch_px);
      int const y = pixel / map_width * kPatch_px + i / kPatch_px % kPatch_px;
      int const x = pixel % map_width * kPatch_px + i % kPatch_px;
      sum += patch_weight(feature * 3 * kPatch_px * kPatch_px + i) *
             in.values[static_cast<std::size_t>(channel * height_px + y) * width_px + x];
    }
    return sum;
  }
};

}  // namespace nevus::testing
