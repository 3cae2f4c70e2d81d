// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "nevus/model/identity.h"

namespace nevus {

/// Stands in every output, whatever its form.
inline constexpr std::string_view kDisclaimer =
    "For research and teaching only. This is the answer of a statistical model, not a diagnosis and not medical "
    "advice; a doctor must judge every skin lesion that gives concern.";

/// Raised when a field changes its meaning or goes away; new fields do not raise it.
inline constexpr int kResultSchemaVersion = 1;

}  // namespace nevus
