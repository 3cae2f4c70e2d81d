// SPDX-License-Identifier: MIT
#include "nevus/training/networks.h"

#include <optional>

#include "nevus/training/describe.h"
#include "nevus/training/planned_network.h"
#include "nevus/training/published_networks.h"
#include "nevus/training/ultra_network.h"

namespace nevus::training {
namespace {

std::optional<NetworkPlan> plan_of(std::string const& name, NetworkOptions const& options) {
  if (name == "efficientnet_lite0") return efficientnet_lite_plan(1.0, 1.0, options);
  if (name == "efficientnet_lite1") return efficientnet_lite_plan(1.0, 1.1, options);
  if (name == "efficientnet_lite2") return efficientnet_lite_plan(1.1, 1.2, options);
  if (name == "efficientnet_b0") return efficientnet_plan(1.0, 1.0, options);
  if (name == "efficientnet_b4") return efficientnet_plan(1.4, 1.8, options);
  if (name == "efficientnet_b4_short") return efficientnet_b4_short_plan(options);
  if (name == "efficientnet_v2_s") return efficientnet_v2_plan(EfficientNetV2Size::kS, options);
  if (name == "efficientnet_v2_m") return efficientnet_v2_plan(EfficientNetV2Size::kM, options);
  if (name == "mobilenet_v2") return mobilenet_v2_plan(FirstBlock::kPlain, options);
  if (name == "mobilenet_v2_expanded") return mobilenet_v2_plan(FirstBlock::kExpanded, options);
  if (name == "mobilenet_v3_large") return mobilenet_v3_large_plan(options);
  if (name == "resnet18") return resnet_plan(ResNetDepth::k18, options);
  if (name == "resnet50") return resnet_plan(ResNetDepth::k50, options);
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<Network>> make_network(std::string const& name, NetworkOptions const& options) {
  if (name == "ultra") return std::make_shared<UltraNetwork>(ultra_plan(options), options);
  if (auto const plan = plan_of(name, options)) return std::make_shared<PlannedNetwork>(*plan, options);
  std::string known;
  for (auto const& network : networks()) known += (known.empty() ? "" : ", ") + network.name;
  return fail(ErrorCode::kConfig, "network.name: there is no network \"" + name + "\"; known are " + known);
}

Result<std::shared_ptr<Network>> make_network(TrainingConfig const& config) {
  return make_network(config.network.name, {.dropout = config.network.dropout,
                                            .stochastic_depth = config.network.stochastic_depth,
                                            .recompute_activations = config.optimization.recompute_activations});
}

Result<std::vector<StageSize>> describe(TrainingConfig const& config) {
  NEVUS_TRY(auto const network, make_network(config));
  auto const spec = config.served_preprocess();
  return network->describe(spec.height_px, spec.width_px);
}

}  // namespace nevus::training
