// SPDX-License-Identifier: MIT
#include <webp/encode.h>

#include <stdexcept>

#include "image/maker/maker.h"

namespace maker {
namespace {

constexpr std::size_t kRiffHeaderBytes = 12;
enum Flags : std::uint8_t { kAnimated = 0x02, kExif = 0x08 };

ByteVector taken(std::uint8_t* output, std::size_t size) {
  if (size == 0) throw std::runtime_error("libwebp");
  ByteVector bytes(output, output + size);
  WebPFree(output);
  return bytes;
}

ByteVector lossy(Picture const& picture) {
  std::uint8_t* output = nullptr;
  auto const size =
      WebPEncodeRGB(picture.samples.data(), picture.width_px, picture.height_px, 3 * picture.width_px, 90, &output);
  return taken(output, size);
}

ByteVector lossless(Picture const& picture) {
  std::uint8_t* output = nullptr;
  auto const size = picture.channels == 4 ? WebPEncodeLosslessRGBA(picture.samples.data(), picture.width_px,
                                                                   picture.height_px, 4 * picture.width_px, &output)
                                          : WebPEncodeLosslessRGB(picture.samples.data(), picture.width_px,
                                                                  picture.height_px, 3 * picture.width_px, &output);
  return taken(output, size);
}

void append_chunk(ByteVector& file, std::string_view kind, ByteVector const& data) {
  append(file, kind);
  append_little_endian(file, static_cast<std::uint32_t>(data.size()), 4);
  append(file, data);
  if (data.size() % 2 != 0) file.push_back(0);
}

/// The picture of a simple file in the extended form, which can hold metadata behind it.
ByteVector extended(ByteVector const& simple, Picture const& picture, std::uint8_t flags, ByteVector const& exif) {
  ByteVector canvas{flags, 0, 0, 0};
  append_little_endian(canvas, picture.width_px - 1, 3);
  append_little_endian(canvas, picture.height_px - 1, 3);
  ByteVector chunks;
  append(chunks, "WEBP");
  append_chunk(chunks, "VP8X", canvas);
  chunks.insert(chunks.end(), simple.begin() + kRiffHeaderBytes, simple.end());
  if (!exif.empty()) append_chunk(chunks, "EXIF", exif);
  ByteVector file;
  append_chunk(file, "RIFF", chunks);
  return file;
}

}  // namespace

void add_webp_files(Files& files) {
  auto const photo = quadrants();
  auto const turned = stored_with_orientation(photo, 8);
  files["ok-lossy.webp"] = lossy(photo);
  files["ok-lossless.webp"] = lossless(photo);
  files["ok-alpha.webp"] = lossless(transparent_quadrants());
  files["ok-orientation-8.webp"] = extended(lossy(turned), turned, kExif, exif_block(8, false));
  ByteVector signed_exif;
  append(signed_exif, std::string_view("Exif\0\0", 6));
  append(signed_exif, exif_block(8, true));
  files["ok-orientation-8-as-in-jpeg.webp"] = extended(lossy(turned), turned, kExif, signed_exif);

  auto const good = files["ok-lossy.webp"];
  auto const sides = offset_of(good, {0x9D, 0x01, 0x2A}) + 3;
  files["bad-truncated-in-header.webp"] = cut(good, 24);
  files["bad-truncated-in-data.webp"] = cut(good, good.size() - 40);
  files["bad-lossless-truncated.webp"] = cut(files["ok-lossless.webp"], files["ok-lossless.webp"].size() - 8);
  files["bad-bomb.webp"] = patched(good, sides, {0xFF, 0x3F, 0xFF, 0x3F});
  files["bad-zero-width.webp"] = patched(good, sides, {0, 0});
  files["bad-too-small.webp"] = lossy(quadrants(63));
  files["bad-animated.webp"] = extended(lossy(photo), photo, kAnimated, {});
  files["bad-canvas-of-another-size.webp"] = extended(lossy(photo), turned, 0, {});
  files["bad-unknown-chunk-only.webp"] = patched(good, kRiffHeaderBytes, {'J', 'U', 'N', 'K'});
}

void add_foreign_files(Files& files) {
  auto const text = [](std::string_view content) {
    ByteVector bytes;
    append(bytes, content);
    return bytes;
  };
  files["bad-empty.jpg"] = {};
  files["bad-text.jpg"] = text("Dear colleague,\nthe photo follows by post.\n");
  files["bad-text-that-begins-with-BM.bmp"] = text("BM is the first word of this text, which is no bitmap.\n");
  files["bad-gif.jpg"] = text(std::string_view("GIF89a\x48\0\x40\0\x80\0\0", 13));
  files["bad-heic.jpg"] =
      text(std::string_view("\0\0\0\x18"
                            "ftypheic\0\0\0\0mif1heic",
                            24));
  files["bad-pdf.png"] = text("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
  files["bad-zeros.tiff"] = ByteVector(200, 0);
  files["bad-dicom.jpg"] = patched(ByteVector(140, 0), 128, text("DICM"));
  files["bad-start-marker-only.jpg"] = {0xFF, 0xD8, 0xFF};
}

}  // namespace maker
