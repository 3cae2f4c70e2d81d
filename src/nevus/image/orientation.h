// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/base/result.h"

namespace nevus::image {

/// Orientation (1 to 8) in an EXIF block, which is a small TIFF file: 1 where the tag is missing or anything about the
/// block is wrong, because a viewer shows such a photo as it is stored. Reads nothing outside of `exif`.
[[nodiscard]] int exif_orientation(Bytes exif);

struct StoredPhoto;

/// Turns and mirrors the pixels as `photo.orientation` asks; afterwards it is 1. Orientations 5 to 8 swap the sides.
[[nodiscard]] StoredPhoto upright(StoredPhoto photo);

}  // namespace nevus::image
