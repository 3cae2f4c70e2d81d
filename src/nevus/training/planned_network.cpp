// SPDX-License-Identifier: MIT
#include "nevus/training/planned_network.h"

namespace nevus {

PlannedNetwork::PlannedNetwork(NetworkPlan const& plan, NetworkOptions const& options)
    : backbone_(*this, plan.backbone, options), head_(*this, plan.head) {
  auto const& name = plan.head.layers.front().linear;  // "fc", "classifier.1"
  head_prefix_ = name.substr(0, name.find('.')) + ".";
}

NetworkFeatures PlannedNetwork::forward(torch::Tensor const& input) {
  auto const map = backbone_.forward(input);
  return {head_.forward(map.mean({2, 3})), map, {}};
}

void PlannedNetwork::train_with_frozen(int blocks) {
  train();
  backbone_.freeze(blocks);
}

void PlannedNetwork::fold_for_serving(std::vector<float> const& logit_shift) {
  backbone_.fold();
  head_.fold(logit_shift);
}

WrittenNetwork PlannedNetwork::write(OnnxGraph& graph, std::string const& image, int height_px, int width_px) const {
  auto const map = backbone_.write(graph, image, height_px, width_px);
  return write_results(graph, head_, map, backbone_.features(), height_px, width_px);
}

std::vector<StageSize> PlannedNetwork::describe(int height_px, int width_px) const {
  auto stages = backbone_.describe(height_px, width_px);
  stages.push_back({"classifier", {head_.classes(), 1, 1}, head_.parameters(), head_.multiply_adds()});
  return stages;
}

WrittenNetwork write_results(OnnxGraph& graph, Head const& head, std::string const& last_map, int features,
                             int height_px, int width_px) {
  auto const embedding = graph.mean_over_pixels(last_map);
  auto const outputs = head.write(graph, embedding, last_map, height_px, width_px);
  return {outputs.logits, embedding, outputs.class_maps, head.classes(), features, height_px, width_px};
}

}  // namespace nevus
