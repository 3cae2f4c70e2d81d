// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <random>

#include "nevus/training/pixel_effects.h"

namespace nevus {

/// Rows of equal length one after the other: a batch of pictures or of targets. Row i is mixed with row n-1-i, so every
/// row meets a partner (the middle one of an odd number itself) and no copy of the batch is needed.
struct Rows {
  float* values = nullptr;
  std::size_t count = 0;
  std::size_t size = 0;  ///< of each
};

namespace training {

/// Share of the own picture, Beta(alpha, alpha) (Zhang et al. 2018).
[[nodiscard]] float draw_share(double alpha, std::mt19937_64& random);

/// Mixup: own_share * own + (1 - own_share) * partner.
void mix_rows(Rows rows, float own_share);

/// A box of the input's shape that leaves about `own_share` of it, cut off at the edges (Yun et al. 2019).
[[nodiscard]] PixelBox draw_box(int width_px, int height_px, float own_share, std::mt19937_64& random);

/// What of the picture is left outside of `box`, exactly.
[[nodiscard]] float share_outside(PixelBox const& box, int width_px, int height_px);

/// Cutmix: partners swap what is inside of `box`. A row is one or more planes of these sides.
void swap_boxes(Rows pictures, int width_px, int height_px, PixelBox const& box);

}  // namespace training
}  // namespace nevus
