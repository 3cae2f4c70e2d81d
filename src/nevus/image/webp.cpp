// SPDX-License-Identifier: MIT
#include <webp/decode.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "nevus/image/codec.h"
#include "nevus/image/orientation.h"

namespace nevus::image {
namespace {

constexpr std::size_t kRiffHeaderBytes = 12;
constexpr std::size_t kChunkHeaderBytes = 8;

std::size_t chunk_size(Bytes chunk) {
  return chunk[4] | std::size_t{chunk[5]} << 8U | std::size_t{chunk[6]} << 16U | std::size_t{chunk[7]} << 24U;
}

/// The orientation in the EXIF chunk; libwebp itself does not look at metadata.
int orientation(Bytes file) {
  constexpr std::string_view kExif = "EXIF";
  constexpr std::string_view kSignature("Exif\0\0", 6);  // some writers copy it from their JPEG
  Bytes rest = file.subspan(std::min(kRiffHeaderBytes, file.size()));
  while (rest.size() >= kChunkHeaderBytes) {
    std::size_t const size = chunk_size(rest);
    if (size > rest.size() - kChunkHeaderBytes) return 1;
    Bytes data = rest.subspan(kChunkHeaderBytes, size);
    if (std::equal(kExif.begin(), kExif.end(), rest.begin())) {
      bool const is_signed =
          data.size() >= kSignature.size() && std::equal(kSignature.begin(), kSignature.end(), data.begin());
      return exif_orientation(is_signed ? data.subspan(kSignature.size()) : data);
    }
    rest = rest.subspan(std::min(kChunkHeaderBytes + size + size % 2, rest.size()));
  }
  return 1;
}

std::string reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "it ends too early";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "it uses a feature that libwebp does not know";
    default:
      return "its bit stream makes no sense";
  }
}

void lay_over_white(ByteVector const& rgba, ByteVector& rgb) {
  for (std::size_t pixel = 0; pixel < rgb.size() / 3; ++pixel) {
    for (std::size_t c = 0; c < 3; ++c) rgb[3 * pixel + c] = over_white(rgba[4 * pixel + c], rgba[4 * pixel + 3]);
  }
}

}  // namespace

Result<StoredPhoto> decode_webp(Bytes bytes, DecodeLimits const& limits) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return fail(ErrorCode::kInternal, "libwebp is not the version built with");
  auto status = WebPGetFeatures(bytes.data(), bytes.size(), &config.input);
  if (status != VP8_STATUS_OK) return damaged("webp", reason(status));
  NEVUS_CHECK(check_sides(config.input.width, config.input.height, limits));
  if (config.input.has_animation != 0) return unsupported("webp", "it is animated");
  if (chunk_size(bytes) > bytes.size() - kChunkHeaderBytes) return damaged("webp", "it ends too early");

  auto photo = blank_photo(config.input.width, config.input.height);
  bool const has_alpha = config.input.has_alpha != 0;
  ByteVector rgba(has_alpha ? photo.rgb.size() / 3 * 4 : 0);
  ByteVector& target = has_alpha ? rgba : photo.rgb;
  config.output.colorspace = has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = target.data();
  config.output.u.RGBA.size = target.size();
  config.output.u.RGBA.stride = photo.width_px * (has_alpha ? 4 : 3);
  status = WebPDecode(bytes.data(), bytes.size(), &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) return damaged("webp", reason(status));
  if (has_alpha) lay_over_white(rgba, photo.rgb);
  photo.orientation = orientation(bytes);
  return photo;
}

}  // namespace nevus::image
