// SPDX-License-Identifier: MIT
#include "nevus/training/network.h"

#include <algorithm>

namespace nevus {

bool Network::is_in_head(std::string const& name) const {
  return std::ranges::any_of(head_prefixes(), [&](std::string const& prefix) { return name.starts_with(prefix); });
}

std::vector<torch::Tensor> Network::head_parameters() const {
  std::vector<torch::Tensor> parameters;
  for (auto const& parameter : named_parameters())
    if (is_in_head(parameter.key())) parameters.push_back(parameter.value());
  return parameters;
}

Result<ByteVector> to_onnx(Network const& network, int height_px, int width_px) {
  OnnxGraph graph;
  auto const image = graph.input("image", 3, height_px, width_px);
  auto const written = network.write(graph, image, height_px, width_px);
  graph.output(written.logits, "logits", {written.classes});
  graph.output(written.embedding, "embedding", {written.features});
  graph.output(written.class_maps, "class_maps", {written.classes, written.map_height_px, written.map_width_px});
  return graph.serialize();
}

}  // namespace nevus
