// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "nevus/image/reductions.h"

namespace nevus {

/// What tells a photo of skin from other pictures without a network. All but `flat_frac` at 100 px on the long side.
struct SubjectFigures {
  double flat_frac;  ///< share of pixels, dark ones aside, that equal their right and lower neighbour exactly
  double cool_frac;  ///< share of pixels, nearly black or white ones aside, whose red is well below green or blue
  double neighbour_correlation;  ///< of the luma of neighbouring pixels; about 1 for photos, 0 for noise
  double white_frac;             ///< share of pixels that are nearly white
};

struct SubjectReport {
  SubjectFigures figures;
  std::string_view cause;   ///< "white", "noise", "flat" or "cool"
  std::string_view reason;  ///< why this is no photo of skin, in one sentence; empty where nothing speaks against it
  [[nodiscard]] bool accepted() const { return reason.empty(); }
};

namespace quality {

/// Whether `picture` may be a photo of skin at all: drawings, text, screenshots, noise and pictures of other colours
/// are refused. Thresholds: docs/ood.md. Thread-safe. Cost: about 0.2 ms for 600x450.
[[nodiscard]] SubjectReport check_subject(Reductions const& picture);

}  // namespace quality
}  // namespace nevus
