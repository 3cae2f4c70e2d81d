// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "nevus/image/image.h"
#include "nevus/model/lesion_class.h"

namespace nevus::model {

/// A drawing that looks like a dermatoscopic photo: skin with a gradient and texture, a lesion whose outline, colours
/// and structures follow the class, sometimes hairs and a vignette. Made from integers and IEEE float arithmetic alone,
/// so the same seed gives the same pixels on every machine. For tests, the smoke training and the canary of a bundle;
/// it says nothing about skin. Cost: about 20 ms at 300x225.
[[nodiscard]] Image synthetic_lesion(std::uint64_t seed, LesionClass lesion_class, int width_px = 300,
                                     int height_px = 225);

}  // namespace nevus::model
