// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/image/image.h"

namespace nevus::image {

/// 8-bit RGB PNG without metadata, for plots and heat maps. Fails (kInternal) only where memory runs out.
/// Cost: about 15 ms for 600x450.
[[nodiscard]] Result<ByteVector> encode_png(Image const& image);
[[nodiscard]] Result<ByteVector> encode_png(Layer const& layer);

/// Baseline JPEG without metadata, colour at half resolution. `quality` is libjpeg's 1 (worst) to 100.
/// kPhotoTooLarge for a side of more than 65500 px, which the format cannot hold.
[[nodiscard]] Result<ByteVector> encode_jpeg(Image const& image, int quality);

}  // namespace nevus::image
