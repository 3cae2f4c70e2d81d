// SPDX-License-Identifier: MIT
// PNG by hand (W3C PNG, third edition): every byte of a defect is then ours to choose.
#include <zlib.h>

#include <stdexcept>

#include "image/maker/maker.h"

namespace maker {
namespace {

constexpr std::size_t kSignatureBytes = 8;
enum ColourType { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

void append_chunk(ByteVector& file, std::string_view kind, ByteVector const& data) {
  append_big_endian(file, static_cast<std::uint32_t>(data.size()), 4);
  auto const start = file.size();
  append(file, kind);
  append(file, data);
  append_big_endian(file, static_cast<std::uint32_t>(crc32(0, &file[start], static_cast<uInt>(file.size() - start))),
                    4);
}

ByteVector deflated(ByteVector const& data) {
  ByteVector packed(compressBound(data.size()));
  uLongf size = packed.size();
  if (compress2(packed.data(), &size, data.data(), data.size(), 9) != Z_OK) throw std::runtime_error("zlib");
  packed.resize(size);
  return packed;
}

struct PngOptions {
  int depth = 8;
  bool interlaced = false;
  ByteVector palette{};
  ByteVector transparency{};
  ByteVector exif{};
  std::uint32_t declared_width_px = kWidthPx;
  std::uint32_t declared_height_px = kHeightPx;
};

/// One row of the filter "none": samples of `depth` bits, the first in the highest bits.
void append_row(ByteVector& rows, std::vector<std::uint16_t> const& samples, int depth) {
  rows.push_back(0);
  unsigned bits = 0;
  int count = 0;
  for (unsigned const sample : samples) {
    bits = bits << depth | sample;
    count += depth;
    for (; count >= 8; count -= 8) rows.push_back(static_cast<std::uint8_t>(bits >> (count - 8)));
  }
  if (count > 0) rows.push_back(static_cast<std::uint8_t>(bits << (8 - count)));
}

/// `picture` holds 8-bit grey, colour or alpha samples, or indices into the palette.
ByteVector png_rows(Picture const& picture, int depth, bool indexed, bool interlaced) {
  struct Pass {
    int x, y, step_x, step_y;
  };
  static constexpr Pass kAdam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                    {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  static constexpr Pass kWhole[] = {{0, 0, 1, 1}};
  auto const deep = deepened(picture.samples);
  ByteVector rows;
  auto const add_pass = [&](Pass const& pass) {
    for (int y = pass.y; y < picture.height_px; y += pass.step_y) {
      std::vector<std::uint16_t> samples;
      for (int x = pass.x; x < picture.width_px; x += pass.step_x) {
        for (int c = 0; c < picture.channels; ++c) {
          std::size_t const i = (y * picture.width_px + x) * picture.channels + c;
          samples.push_back(depth == 16 ? deep[i]
                                        : static_cast<std::uint16_t>(indexed ? picture.samples[i]
                                                                             : picture.samples[i] >> (8 - depth)));
        }
      }
      append_row(rows, samples, depth);
    }
  };
  if (interlaced) {
    for (auto const& pass : kAdam7) add_pass(pass);
  } else {
    add_pass(kWhole[0]);
  }
  return rows;
}

ByteVector png_of_rows(ByteVector const& rows, ColourType type, PngOptions const& options) {
  ByteVector file;
  append(file, "\x89PNG\r\n\x1A\n");
  ByteVector header;
  append_big_endian(header, options.declared_width_px, 4);
  append_big_endian(header, options.declared_height_px, 4);
  append(header, {static_cast<std::uint8_t>(options.depth), static_cast<std::uint8_t>(type), 0, 0,
                  static_cast<std::uint8_t>(options.interlaced ? 1 : 0)});
  append_chunk(file, "IHDR", header);
  if (!options.palette.empty()) append_chunk(file, "PLTE", options.palette);
  if (!options.transparency.empty()) append_chunk(file, "tRNS", options.transparency);
  if (!options.exif.empty()) append_chunk(file, "eXIf", options.exif);
  append_chunk(file, "IDAT", deflated(rows));
  append_chunk(file, "IEND", {});
  return file;
}

ByteVector png(Picture const& picture, ColourType type, PngOptions const& options = {}) {
  return png_of_rows(png_rows(picture, options.depth, type == kPalette, options.interlaced), type, options);
}

/// Indices 0 to 3 by quadrant.
Picture indices() {
  Picture picture = grey_quadrants();
  for (auto& sample : picture.samples) sample /= 85;
  return picture;
}

ByteVector const kColours{200, 40, 40, 40, 170, 60, 50, 60, 200, 230, 190, 160};

void add_good(Files& files) {
  auto const photo = quadrants();
  auto const glass = transparent_quadrants();
  files["ok-rgb-8.png"] = png(photo, kRgb);
  files["ok-rgb-16.png"] = png(photo, kRgb, {.depth = 16});
  files["ok-rgb-interlaced.png"] = png(photo, kRgb, {.interlaced = true});
  files["ok-rgba-8.png"] = png(glass, kRgba);
  files["ok-rgba-16.png"] = png(glass, kRgba, {.depth = 16});
  files["ok-rgba-16-interlaced.png"] = png(glass, kRgba, {.depth = 16, .interlaced = true});
  files["ok-rgb-colour-key.png"] = png(photo, kRgb, {.transparency = {0, 200, 0, 40, 0, 40}});
  files["ok-grey-1.png"] = png(two_tone_quadrants(), kGrey, {.depth = 1});
  for (int const depth : {2, 4, 8, 16}) {
    files["ok-grey-" + std::to_string(depth) + ".png"] = png(grey_quadrants(), kGrey, {.depth = depth});
  }
  auto grey_glass = only_channels(glass, {0, 3});
  files["ok-grey-alpha-8.png"] = png(grey_glass, kGreyAlpha);
  files["ok-grey-alpha-16.png"] = png(grey_glass, kGreyAlpha, {.depth = 16});
  auto two_indices = two_tone_quadrants();
  for (auto& sample : two_indices.samples) sample /= 255;
  files["ok-palette-1.png"] = png(two_indices, kPalette, {.depth = 1, .palette = {0, 0, 0, 255, 255, 255}});
  for (int const depth : {2, 4, 8}) {
    files["ok-palette-" + std::to_string(depth) + ".png"] =
        png(indices(), kPalette, {.depth = depth, .palette = kColours});
  }
  files["ok-palette-transparent.png"] = png(indices(), kPalette, {.palette = kColours, .transparency = {255, 128, 0}});
  files["ok-palette-interlaced.png"] = png(indices(), kPalette, {.depth = 4, .interlaced = true, .palette = kColours});
  files["ok-orientation-6.png"] =
      png(stored_with_orientation(photo, 6), kRgb,
          {.exif = exif_block(6, true), .declared_width_px = kHeightPx, .declared_height_px = kWidthPx});
  files["ok-png-named.jpg"] = png(photo, kRgb);
  // A text of 12 MB that unpacks from 12 kB: metadata is dropped without unpacking it.
  ByteVector text;
  append(text, std::string_view("Comment\0\0", 9));
  append(text, deflated(ByteVector(12'000'000, ' ')));
  auto with_text = cut(png(photo, kRgb), kSignatureBytes + 25);
  append_chunk(with_text, "zTXt", text);
  auto const plain = png(photo, kRgb);
  with_text.insert(with_text.end(), plain.begin() + kSignatureBytes + 25, plain.end());
  files["ok-compressed-text-bomb.png"] = with_text;
}

void add_bad(Files& files) {
  auto const good = png(quadrants(), kRgb);
  auto const rows = png_rows(quadrants(), 8, false, false);
  auto const data = offset_of(good, {'I', 'D', 'A', 'T'}) + 4;
  files["bad-truncated-in-signature.png"] = cut(good, 6);
  files["bad-truncated-in-header.png"] = cut(good, 20);
  files["bad-truncated-in-data.png"] = cut(good, data + 40);
  files["bad-without-end.png"] = cut(good, good.size() - 12);
  files["bad-header-crc.png"] = patched(good, kSignatureBytes + 8 + 13, {0, 0, 0, 0});
  files["bad-data-crc.png"] = patched(good, good.size() - 16, {0, 0, 0, 0});
  files["bad-data-overwritten.png"] = patched(good, data + 20, {0x55, 0x55, 0x55});
  files["bad-bomb.png"] = png_of_rows(rows, kRgb, {.declared_width_px = 60000, .declared_height_px = 60000});
  files["bad-sides-of-31-bits.png"] =
      png_of_rows(rows, kRgb, {.declared_width_px = 0x7FFFFFFF, .declared_height_px = 0x7FFFFFFF});
  files["bad-zero-width.png"] = png_of_rows(rows, kRgb, {.declared_width_px = 0});
  files["bad-too-small.png"] = png(quadrants(63), kRgb, {.declared_height_px = 63});
  files["bad-fewer-rows-than-declared.png"] = png_of_rows(rows, kRgb, {.declared_height_px = 128});
  files["bad-depth-3.png"] = png_of_rows(rows, kRgb, {.depth = 3});
  files["bad-filter-type.png"] = png_of_rows(patched(rows, 0, {9}), kRgb, {});
  files["bad-without-palette.png"] = png(indices(), kPalette);
  auto beyond = indices();
  beyond.at(40, 40)[0] = 200;
  files["bad-palette-index.png"] = png(beyond, kPalette, {.palette = kColours});

  auto const packed = deflated(rows);
  auto wrong_sum = packed;
  wrong_sum.back() ^= 0xFF;
  auto file = cut(good, data - 8);
  append_chunk(file, "IDAT", wrong_sum);
  append_chunk(file, "IEND", {});
  files["bad-zlib-checksum.png"] = file;
}

}  // namespace

void add_png_files(Files& files) {
  add_good(files);
  add_bad(files);
}

}  // namespace maker
