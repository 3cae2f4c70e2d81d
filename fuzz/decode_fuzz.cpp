// SPDX-License-Identifier: MIT
// image::decode on any bytes, and DICOM's UIDs. Seeds: tests/image/fixtures. What it finds goes there as fuzz-<what>,
// with its row.
#include <cstdlib>

#include "nevus/image/decode.h"
#include "nevus/image/dicom.h"
#include "nevus/image/orientation.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  nevus::Bytes const bytes(data, size);
  // Fewer pixels than a person may send, so that time goes into parsing and not into filling memory.
  nevus::DecodeLimits const limits{.max_pixels = 1'000'000};
  auto const photo = nevus::image::decode(bytes, limits);
  if (photo.has_value()) {
    bool const in_limits = photo->width_px() >= limits.min_side_px && photo->height_px() >= limits.min_side_px &&
                           std::int64_t{photo->width_px()} * photo->height_px() <= limits.max_pixels;
    if (!in_limits) std::abort();
  } else if (photo.error().message.empty()) {
    std::abort();
  }
  if (auto const source = nevus::image::dicom_source(bytes)) {
    if (source->study_uid.empty() || source->study_uid.size() > 64) std::abort();
  }
  int const orientation = nevus::image::exif_orientation(bytes);
  if (orientation < 1 || orientation > 8) std::abort();
  return 0;
}
