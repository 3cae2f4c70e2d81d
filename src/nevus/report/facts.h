// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "nevus/model/bundle.h"

namespace nevus {

/// Stands in every output, whatever its form.
inline constexpr std::string_view kDisclaimer =
    "For research and teaching only. This is the answer of a statistical model, not a diagnosis and not medical "
    "advice; a doctor must judge every skin lesion that gives concern.";

/// Raised when a field changes its meaning or goes away; new fields do not raise it.
inline constexpr int kResultSchemaVersion = 1;

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
