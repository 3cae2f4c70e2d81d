// SPDX-License-Identifier: MIT
// What the codecs share; private to the module. A codec is one function in one file, called by `decode` alone.
#pragma once

#include <cstdint>
#include <string>

#include "nevus/image/decode.h"

namespace nevus::image {

/// A photo as its file stores it: 8-bit RGB, rows from the top as stored, and how a viewer must turn it.
struct StoredPhoto {
  int width_px = 0;
  int height_px = 0;
  ByteVector rgb;
  int orientation = 1;  ///< EXIF 2.32, tag 274: 1 (upright) to 8
};

/// What three colour channels are where neither a JFIF nor an Adobe marker says it: by libjpeg's rules (mostly YCbCr),
/// or RGB because the container around the JPEG says so.
enum class JpegColours { kAsMarked, kRgbUnlessMarked };

/// Each checks the sides declared in the header with `check_sides` before it takes memory for pixels.
[[nodiscard]] Result<StoredPhoto> decode_jpeg(Bytes bytes, DecodeLimits const& limits,
                                              JpegColours colours = JpegColours::kAsMarked);
[[nodiscard]] Result<StoredPhoto> decode_png(Bytes bytes, DecodeLimits const& limits);
[[nodiscard]] Result<StoredPhoto> decode_bmp(Bytes bytes, DecodeLimits const& limits);
[[nodiscard]] Result<StoredPhoto> decode_tiff(Bytes bytes, DecodeLimits const& limits);
[[nodiscard]] Result<StoredPhoto> decode_webp(Bytes bytes, DecodeLimits const& limits);
[[nodiscard]] Result<StoredPhoto> decode_dicom(Bytes bytes, DecodeLimits const& limits);

/// kDamagedPhoto for a side of zero, kPhotoTooSmall, kPhotoTooLarge.
[[nodiscard]] Result<void> check_sides(std::int64_t width_px, std::int64_t height_px, DecodeLimits const& limits);

/// A black photo of checked sides.
[[nodiscard]] StoredPhoto blank_photo(std::int64_t width_px, std::int64_t height_px);

[[nodiscard]] inline tl::unexpected<Error> damaged(std::string const& format, std::string const& reason) {
  return fail(ErrorCode::kDamagedPhoto, "the " + format + " photo is damaged: " + reason);
}
[[nodiscard]] inline tl::unexpected<Error> unsupported(std::string const& format, std::string const& reason) {
  return fail(ErrorCode::kUnsupportedFormat, "this kind of " + format + " photo is not supported: " + reason);
}

/// `sample` of a colour that covers `alpha` of 255 of a white ground.
[[nodiscard]] constexpr std::uint8_t over_white(int sample, int alpha) {
  return static_cast<std::uint8_t>((sample * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace nevus::image
