// SPDX-License-Identifier: MIT
#include "nevus/training/distill.h"

#include "nevus/base/sha256.h"
#include "nevus/training/optimize.h"

namespace nevus {

Teachers::Teachers(std::vector<std::shared_ptr<Network>> networks, TrainingConfig const& config, torch::Device device)
    : networks_(std::move(networks)),
      temperature_(config.distill.temperature),
      precision_(config.optimization.precision) {
  for (auto const& network : networks_) {
    network->to(device);
    network->eval();
  }
}

torch::Tensor Teachers::probabilities(torch::Tensor const& input, PerClass<float> const& shift) const {
  if (networks_.empty()) return {};
  torch::NoGradGuard const no_grad;
  auto const natural = torch::tensor(std::vector<float>(shift.begin(), shift.end())).to(input.device());
  torch::Tensor sum;
  for (auto const& network : networks_) {
    auto const logits = training::features_of(*network, input, precision_).logits - natural;
    auto const one = torch::softmax(logits / temperature_, 1);
    sum = sum.defined() ? sum + one : one;
  }
  return sum / double(networks_.size());
}

namespace training {

std::string network_sha256(Network const& network) {
  ByteVector bytes;
  auto const add = [&bytes](torch::Tensor const& tensor) {
    auto const plain = tensor.detach().to(torch::kCPU).contiguous();
    auto const* data = static_cast<std::uint8_t const*>(plain.data_ptr());
    bytes.insert(bytes.end(), data, data + plain.nbytes());
  };
  for (auto const& parameter : network.parameters()) add(parameter);
  for (auto const& buffer : network.buffers()) add(buffer);
  return sha256_hex(bytes);
}

}  // namespace training
}  // namespace nevus
