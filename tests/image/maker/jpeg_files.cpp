// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>

#include "image/maker/maker.h"

// jpeglib.h needs the size_t and FILE that <cstdio> brings.
#include <jpeglib.h>

namespace maker {
namespace {

constexpr ByteVector::value_type kMarker = 0xFF;
constexpr ByteVector::value_type kFrame = 0xC0;
constexpr ByteVector::value_type kQuantisation = 0xDB;
constexpr ByteVector::value_type kScan = 0xDA;
constexpr ByteVector::value_type kEnd = 0xD9;

struct JpegOptions {
  J_COLOR_SPACE input = JCS_RGB;
  J_COLOR_SPACE stored = JCS_YCbCr;
  bool progressive = false;
  bool arithmetic = false;
  bool one_scan_per_channel = false;
  bool adobe_marker = true;  ///< only where `stored` asks for one
  int restart_rows = 0;
  int sampling = 2;  ///< 2: colour at half resolution
  ByteVector exif{};
};

/// An error ends the program, as libjpeg likes it; this is a tool for developers.
ByteVector jpeg(Picture const& picture, JpegOptions const& options = {}) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = picture.width_px;
  codec.image_height = picture.height_px;
  codec.input_components = picture.channels;
  codec.in_color_space = options.input;
  jpeg_set_defaults(&codec);
  jpeg_set_colorspace(&codec, options.stored);
  jpeg_set_quality(&codec, 90, TRUE);
  codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor =
      options.stored == JCS_YCbCr ? options.sampling : 1;
  codec.arith_code = options.arithmetic ? TRUE : FALSE;
  codec.restart_in_rows = options.restart_rows;
  if (!options.adobe_marker) codec.write_Adobe_marker = FALSE;
  if (options.progressive) jpeg_simple_progression(&codec);
  static constexpr jpeg_scan_info kChannelByChannel[] = {
      {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  if (options.one_scan_per_channel) {
    codec.scan_info = kChannelByChannel;
    codec.num_scans = 3;
  }
  jpeg_start_compress(&codec, TRUE);
  if (!options.exif.empty()) {
    ByteVector segment;
    append(segment, std::string_view("Exif\0\0", 6));
    append(segment, options.exif);
    jpeg_write_marker(&codec, JPEG_APP0 + 1, segment.data(), static_cast<unsigned>(segment.size()));
  }
  for (int y = 0; y < picture.height_px; ++y) {
    auto* row = const_cast<JSAMPROW>(picture.at(0, y));
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  ByteVector bytes(buffer, buffer + size);
  std::free(buffer);
  return bytes;
}

/// Inks of `rgb`: no black where there is colour.
Picture inks(Picture const& rgb, bool inverted) {
  Picture result{rgb.width_px, rgb.height_px, 4, {}};
  for (std::size_t i = 0; i < rgb.samples.size(); ++i) {
    std::uint8_t const sample = rgb.samples[i];
    result.samples.push_back(inverted ? sample : 255 - sample);
    if (i % 3 == 2) result.samples.push_back(inverted ? 255 : 0);
  }
  return result;
}

void add_good(Files& files) {
  auto const photo = quadrants();
  files["ok-baseline.jpg"] = jpeg(photo);
  files["ok-full-colour-resolution.jpg"] = jpeg(photo, {.sampling = 1});
  files["ok-progressive.jpg"] = jpeg(photo, {.progressive = true});
  files["ok-arithmetic.jpg"] = jpeg(photo, {.arithmetic = true});
  files["ok-restart-markers.jpg"] = jpeg(photo, {.restart_rows = 1});
  files["ok-one-scan-per-channel.jpg"] = jpeg(photo, {.one_scan_per_channel = true});
  files["ok-rgb.jpg"] = jpeg(photo, {.stored = JCS_RGB});
  files["ok-grey.jpg"] = jpeg(grey_quadrants(), {.input = JCS_GRAYSCALE, .stored = JCS_GRAYSCALE});
  files["ok-cmyk-adobe.jpg"] = jpeg(inks(photo, true), {.input = JCS_CMYK, .stored = JCS_CMYK});
  files["ok-ycck-adobe.jpg"] = jpeg(inks(photo, true), {.input = JCS_CMYK, .stored = JCS_YCCK});
  files["ok-cmyk-not-inverted.jpg"] =
      jpeg(inks(photo, false), {.input = JCS_CMYK, .stored = JCS_CMYK, .adobe_marker = false});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    files["ok-orientation-" + std::to_string(orientation) + ".jpg"] =
        jpeg(stored_with_orientation(photo, orientation), {.exif = exif_block(orientation, orientation % 2 == 0)});
  }
  files["ok-orientation-9-is-ignored.jpg"] = jpeg(photo, {.exif = exif_block(9, false)});
  files["ok-exif-cut-off.jpg"] = jpeg(photo, {.exif = cut(exif_block(6, false), 14)});
  auto trailed = files["ok-baseline.jpg"];
  append(trailed, "and some other program's bytes behind the end");
  files["ok-bytes-behind-end.jpg"] = trailed;
}

void add_bad(Files& files) {
  auto const good = jpeg(quadrants());
  auto const frame = offset_of(good, {kMarker, kFrame});
  auto const height = frame + 5;
  auto const width = frame + 7;
  auto const scan = offset_of(good, {kMarker, kScan});
  files["bad-truncated-in-header.jpg"] = cut(good, frame + 6);
  files["bad-truncated-before-scan.jpg"] = cut(good, scan);
  files["bad-truncated-in-scan.jpg"] = cut(good, scan + (good.size() - scan) * 2 / 3);
  files["bad-without-end.jpg"] = cut(good, good.size() - 2);
  files["bad-scan-overwritten.jpg"] = patched(good, scan + 120, ByteVector(60, 0xA5));
  files["bad-bomb.jpg"] = patched(good, height, {0xEA, 0x60, 0xEA, 0x60});
  files["bad-zero-height.jpg"] = patched(good, height, {0, 0});
  files["bad-zero-width.jpg"] = patched(good, width, {0, 0});
  files["bad-too-small.jpg"] = jpeg(quadrants(63));
  files["bad-taller-than-its-scan.jpg"] = patched(good, height, {0, 128});
  files["bad-twelve-bit.jpg"] = patched(good, frame + 4, {12});
  files["bad-lossless.jpg"] = patched(good, frame + 1, {0xC3});
  files["bad-without-quantisation.jpg"] = patched(good, offset_of(good, {kMarker, kQuantisation}), {kMarker, 0xED});

  auto const progressive = jpeg(quadrants(), {.progressive = true});
  files["bad-progressive-truncated.jpg"] = cut(progressive, progressive.size() * 3 / 4);

  auto const split = jpeg(quadrants(), {.one_scan_per_channel = true});
  auto const second = offset_of(split, {kMarker, kScan}, offset_of(split, {kMarker, kScan}) + 2);
  auto const third = offset_of(split, {kMarker, kScan}, second + 2);
  ByteVector const last_scan(split.begin() + static_cast<std::ptrdiff_t>(third), split.end() - 2);
  auto incomplete = cut(split, third);
  append(incomplete, {kMarker, kEnd});
  files["bad-channel-missing.jpg"] = incomplete;
  auto repeated = cut(split, third);
  for (int i = 0; i < 120; ++i) append(repeated, last_scan);
  append(repeated, {kMarker, kEnd});
  files["bad-scan-bomb.jpg"] = repeated;

  Picture const two = only_channels(quadrants(), {0, 1});
  files["bad-two-channels.jpg"] = jpeg(two, {.input = JCS_UNKNOWN, .stored = JCS_UNKNOWN});
}

}  // namespace

void add_jpeg_files(Files& files) {
  add_good(files);
  add_bad(files);
}

}  // namespace maker
