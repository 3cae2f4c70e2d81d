// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/model/bundle.h"

namespace nevus {

/// Which network gave an answer.
struct ModelIdentity {
  std::string id;
  std::string version;
  std::string sha256;  ///< of network.onnx
};
[[nodiscard]] inline ModelIdentity identity(ModelCard const& card) {
  return {card.id, card.version, card.network_sha256};
}

}  // namespace nevus
