// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "nevus/model/identity.h"

namespace nevus {

/// Stands in every output, whatever its form.
inline constexpr std::string_view kDisclaimer =
    "For research and teaching only. This is the answer of a statistical model, not a diagnosis and not medical "
    "advice; a doctor must judge every skin lesion that gives concern.";

/// What a person with a photo that has no answer should do.
inline constexpr std::string_view kSeeADoctor =
    "The photo says nothing about a lesion; whoever is worried about one should see a doctor.";

/// Raised when a field changes its meaning or goes away; new fields do not raise it.
inline constexpr int kResultSchemaVersion = 1;

}  // namespace nevus
