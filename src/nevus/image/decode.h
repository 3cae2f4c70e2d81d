// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "nevus/base/config.h"
#include "nevus/image/image.h"

namespace nevus {

/// What a photo may be. All of it is checked on the file's own header, before memory for pixels is taken.
struct DecodeLimits {
  std::size_t max_bytes = 10'000'000;
  std::int64_t max_pixels = 50'000'000;
  int min_side_px = 64;
  /// Formats accepted (setting SUPPORTED_FORMATS); any other is kUnsupportedFormat even where it could be decoded.
  std::vector<PhotoFormat> formats = {PhotoFormat::kJpeg, PhotoFormat::kPng,  PhotoFormat::kBmp,
                                      PhotoFormat::kTiff, PhotoFormat::kWebp, PhotoFormat::kDicom};
};

namespace image {

/// The photo format that the first bytes declare, whatever the file is called; nothing where it is none of ours.
[[nodiscard]] std::optional<PhotoFormat> sniff(Bytes bytes);

/// Whether a file is named as a photo: .jpg, .jpeg, .png, .bmp, .tif, .tiff, .webp or .dcm, in upper or lower case.
[[nodiscard]] bool has_photo_ending(std::filesystem::path const& file);

/// The limits that a person set: max_file_size_mb and supported_formats; the others stay as above.
[[nodiscard]] DecodeLimits limits_from(Settings const& settings);

/// Decodes a photo in memory. JPEG (grey, YCbCr, RGB, CMYK, YCCK; baseline, progressive, arithmetic), PNG (1 to 16 bit,
/// palette, interlaced), BMP (1 to 32 bit, not compressed), TIFF (first page; stored, LZW, Deflate, PackBits or JPEG),
/// WebP (still), DICOM (one frame of Dermoscopic Photography, VL Photographic or Secondary Capture, 8 bit; stored, RLE,
/// JPEG baseline or lossless). Transparent parts are laid over white; 16 bit is rounded to 8. Colour profiles are
/// dropped, not applied. Errors: kUnsupportedFormat, kPhotoTooLarge, kPhotoTooSmall, kDamagedPhoto (truncated data and
/// failed checksums included: half a photo is never analysed). Messages do not hold the file's name, which the caller
/// knows. Thread-safe. Cost: about 3 ms for a 600x450 JPEG. Memory at its peak, per pixel: 3 bytes for the result, 3
/// more where the photo is turned, up to 8 more inside the codec (progressive CMYK JPEG).
[[nodiscard]] Result<Image> decode(Bytes bytes, DecodeLimits const& limits = {});

}  // namespace image
}  // namespace nevus
