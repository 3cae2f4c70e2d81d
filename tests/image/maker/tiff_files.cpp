// SPDX-License-Identifier: MIT
#include <tiffio.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "image/maker/maker.h"

namespace maker {
namespace {

struct TiffOptions {
  char const* mode = "wl";  ///< l: little endian, b: big endian, 8: BigTIFF
  int compression = COMPRESSION_NONE;
  int photometric = PHOTOMETRIC_RGB;
  int bits = 8;
  int orientation = ORIENTATION_TOPLEFT;
  int planes = PLANARCONFIG_CONTIG;
  int extra_sample = -1;  ///< EXTRASAMPLE_…
  int tile_px = 0;
  int predictor = PREDICTOR_NONE;
  int sample_format = SAMPLEFORMAT_UINT;
  int page_kind = 0;
  int pages = 1;
  bool with_palette = false;
};

/// A file in memory for libtiff's callbacks.
struct MemoryFile {
  ByteVector bytes;
  std::size_t position = 0;
};

MemoryFile& file_of(thandle_t handle) { return *static_cast<MemoryFile*>(handle); }

tmsize_t write_bytes(thandle_t handle, void* data, tmsize_t size) {
  auto& file = file_of(handle);
  if (file.bytes.size() < file.position + size) file.bytes.resize(file.position + size);
  std::memcpy(&file.bytes[file.position], data, size);
  file.position += size;
  return size;
}

tmsize_t read_bytes(thandle_t handle, void* data, tmsize_t size) {
  auto& file = file_of(handle);
  if (file.position + size > file.bytes.size()) return 0;
  std::memcpy(data, &file.bytes[file.position], size);
  file.position += size;
  return size;
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto& file = file_of(handle);
  file.position = whence == SEEK_CUR   ? file.position + offset
                  : whence == SEEK_END ? file.bytes.size() + offset
                                       : offset;
  return file.position;
}

void set_fields(TIFF* tiff, Picture const& picture, TiffOptions const& options) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, picture.width_px);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, picture.height_px);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, picture.channels);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, options.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, options.sample_format);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, options.photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, options.compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, options.planes);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, options.orientation);
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, options.page_kind);
  if (options.predictor != PREDICTOR_NONE) TIFFSetField(tiff, TIFFTAG_PREDICTOR, options.predictor);
  if (options.extra_sample >= 0) {
    auto const kind = static_cast<std::uint16_t>(options.extra_sample);
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (options.compression == COMPRESSION_JPEG) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (options.with_palette) {
    std::uint16_t red[256] = {200 * 257, 40 * 257, 50 * 257, 230 * 257};
    std::uint16_t green[256] = {40 * 257, 170 * 257, 60 * 257, 190 * 257};
    std::uint16_t blue[256] = {40 * 257, 60 * 257, 200 * 257, 160 * 257};
    TIFFSetField(tiff, TIFFTAG_COLORMAP, red, green, blue);
  }
}

/// The samples of one plane, or of all of them interleaved, as the file holds them.
ByteVector strip(Picture const& picture, int bits) {
  if (bits == 8) return picture.samples;
  auto const deep = deepened(picture.samples);
  ByteVector bytes(2 * deep.size());
  std::memcpy(bytes.data(), deep.data(), bytes.size());
  return bytes;
}

void write_tiles(TIFF* tiff, Picture const& picture, int tile_px) {
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, tile_px);
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, tile_px);
  for (int top = 0; top < picture.height_px; top += tile_px) {
    for (int left = 0; left < picture.width_px; left += tile_px) {
      ByteVector tile(static_cast<std::size_t>(tile_px) * tile_px * picture.channels);
      for (int y = top; y < std::min(top + tile_px, picture.height_px); ++y) {
        for (int x = left; x < std::min(left + tile_px, picture.width_px); ++x) {
          std::memcpy(&tile[std::size_t((y - top) * tile_px + x - left) * std::size_t(picture.channels)],
                      picture.at(x, y), picture.channels);
        }
      }
      TIFFWriteTile(tiff, tile.data(), left, top, 0, 0);
    }
  }
}

void write_strips(TIFF* tiff, Picture const& picture, TiffOptions const& options) {
  // A whole strip for each plane, and two for the usual layout.
  if (options.planes == PLANARCONFIG_SEPARATE) {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, picture.height_px);
    for (int c = 0; c < picture.channels; ++c) {
      auto plane = strip(only_channels(picture, {c}), options.bits);
      TIFFWriteEncodedStrip(tiff, c, plane.data(), static_cast<tmsize_t>(plane.size()));
    }
    return;
  }
  int const rows = picture.height_px / 2;
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
  auto bytes = strip(picture, options.bits);
  for (int half = 0; half < 2; ++half) {
    auto const size = static_cast<tmsize_t>(bytes.size() / 2);
    TIFFWriteEncodedStrip(tiff, half, bytes.data() + half * size, size);
  }
}

ByteVector tiff(Picture const& picture, TiffOptions const& options = {}) {
  MemoryFile file;
  TIFF* const handle = TIFFClientOpen(
      "memory", options.mode, &file, read_bytes, write_bytes, seek, [](thandle_t) { return 0; },
      [](thandle_t h) -> toff_t { return file_of(h).bytes.size(); }, nullptr, nullptr);
  if (handle == nullptr) throw std::runtime_error("libtiff");
  for (int page = 0; page < options.pages; ++page) {
    set_fields(handle, picture, options);
    if (options.tile_px > 0) {
      write_tiles(handle, picture, options.tile_px);
    } else {
      write_strips(handle, picture, options);
    }
    TIFFWriteDirectory(handle);
  }
  TIFFClose(handle);
  return file.bytes;
}

Picture indices() {
  Picture picture = grey_quadrants();
  for (auto& sample : picture.samples) sample /= 85;
  return picture;
}

/// Unassociated colour multiplied by its alpha, as EXTRASAMPLE_ASSOCALPHA means it.
Picture premultiplied(Picture picture) {
  for (std::size_t i = 0; i < picture.samples.size(); i += 4) {
    for (int c = 0; c < 3; ++c) {
      picture.samples[i + c] = static_cast<std::uint8_t>((picture.samples[i + c] * picture.samples[i + 3] + 127) / 255);
    }
  }
  return picture;
}

Picture inks(Picture const& rgb) {
  Picture result{rgb.width_px, rgb.height_px, 4, {}};
  for (std::size_t i = 0; i < rgb.samples.size(); ++i) {
    result.samples.push_back(255 - rgb.samples[i]);
    if (i % 3 == 2) result.samples.push_back(0);
  }
  return result;
}

void add_good(Files& files) {
  auto const photo = quadrants();
  auto const grey = grey_quadrants();
  files["ok-stored.tiff"] = tiff(photo);
  files["ok-big-endian-packbits.tiff"] =
      tiff(grey, {.mode = "wb", .compression = COMPRESSION_PACKBITS, .photometric = PHOTOMETRIC_MINISBLACK});
  files["ok-bigtiff-deflate.tiff"] = tiff(photo, {.mode = "w8", .compression = COMPRESSION_ADOBE_DEFLATE});
  files["ok-lzw-predictor.tif"] = tiff(photo, {.compression = COMPRESSION_LZW, .predictor = PREDICTOR_HORIZONTAL});
  files["ok-rgb-16-deflate.tiff"] = tiff(photo, {.compression = COMPRESSION_ADOBE_DEFLATE, .bits = 16});
  files["ok-jpeg-inside.tiff"] = tiff(photo, {.compression = COMPRESSION_JPEG, .photometric = PHOTOMETRIC_YCBCR});
  files["ok-tiles.tiff"] = tiff(photo, {.compression = COMPRESSION_LZW, .tile_px = 16});
  files["ok-planes.tiff"] = tiff(photo, {.compression = COMPRESSION_LZW, .planes = PLANARCONFIG_SEPARATE});
  files["ok-grey-8.tiff"] = tiff(grey, {.compression = COMPRESSION_LZW, .photometric = PHOTOMETRIC_MINISBLACK});
  files["ok-grey-16.tiff"] =
      tiff(grey, {.compression = COMPRESSION_LZW, .photometric = PHOTOMETRIC_MINISBLACK, .bits = 16});
  files["ok-palette.tiff"] =
      tiff(indices(), {.compression = COMPRESSION_LZW, .photometric = PHOTOMETRIC_PALETTE, .with_palette = true});
  files["ok-cmyk.tiff"] = tiff(inks(photo), {.compression = COMPRESSION_LZW, .photometric = PHOTOMETRIC_SEPARATED});
  files["ok-alpha.tiff"] =
      tiff(transparent_quadrants(), {.compression = COMPRESSION_LZW, .extra_sample = EXTRASAMPLE_UNASSALPHA});
  files["ok-alpha-multiplied.tiff"] = tiff(premultiplied(transparent_quadrants()),
                                           {.compression = COMPRESSION_LZW, .extra_sample = EXTRASAMPLE_ASSOCALPHA});
  files["ok-two-pages.tiff"] = tiff(photo, {.compression = COMPRESSION_LZW, .pages = 2});
  for (int orientation = 2; orientation <= 8; ++orientation) {
    files["ok-orientation-" + std::to_string(orientation) + ".tiff"] =
        tiff(stored_with_orientation(photo, orientation), {.compression = COMPRESSION_LZW, .orientation = orientation});
  }
}

/// Offset of the value of a tag in the only directory of a little-endian file.
std::size_t value_of(ByteVector const& file, int tag) {
  std::size_t const directory = file[4] | file[5] << 8 | file[6] << 16;
  int const entries = file[directory] | file[directory + 1] << 8;
  for (int i = 0; i < entries; ++i) {
    std::size_t const entry = directory + 2 + std::size_t{12} * std::size_t(i);
    if ((file[entry] | file[entry + 1] << 8) == tag) return entry + 8;
  }
  throw std::logic_error("no such tag");
}

void add_bad(Files& files) {
  auto const photo = quadrants();
  auto const good = tiff(photo, {.compression = COMPRESSION_LZW});
  auto const width = value_of(good, TIFFTAG_IMAGEWIDTH);
  auto const height = value_of(good, TIFFTAG_IMAGELENGTH);
  files["bad-truncated-in-header.tiff"] = cut(good, 6);
  files["bad-truncated-in-directory.tiff"] = cut(good, value_of(good, TIFFTAG_COMPRESSION));
  files["bad-bomb.tiff"] = patched(patched(good, width, {0x60, 0xEA}), height, {0x60, 0xEA});
  files["bad-zero-width.tiff"] = patched(good, width, {0, 0});
  files["bad-zero-height.tiff"] = patched(good, height, {0, 0});
  files["bad-too-small.tiff"] = tiff(quadrants(62), {.compression = COMPRESSION_LZW});
  files["bad-directory-behind-end.tiff"] = patched(good, 4, {0xFF, 0xFF, 0xFF, 0x7F});
  files["bad-strip-overwritten.tiff"] = patched(good, 40, ByteVector(20, 0xFF));
  files["bad-taller-than-its-strips.tiff"] = patched(good, height, {128, 0});
  files["bad-fax.tiff"] = patched(good, value_of(good, TIFFTAG_COMPRESSION), {COMPRESSION_CCITTFAX4});
  files["bad-unknown-colour-model.tiff"] = patched(good, value_of(good, TIFFTAG_PHOTOMETRIC), {77});
  files["bad-thumbnail-page.tiff"] = tiff(photo, {.compression = COMPRESSION_LZW, .page_kind = FILETYPE_REDUCEDIMAGE});
  files["bad-float.tiff"] = tiff(grey_quadrants(), {.compression = COMPRESSION_LZW,
                                                    .photometric = PHOTOMETRIC_MINISBLACK,
                                                    .bits = 16,
                                                    .sample_format = SAMPLEFORMAT_IEEEFP});
  auto const tiled = tiff(photo, {.compression = COMPRESSION_LZW, .tile_px = 16});
  files["bad-tile-bomb.tiff"] = patched(patched(tiled, value_of(tiled, TIFFTAG_TILEWIDTH), {0, 0x80}),
                                        value_of(tiled, TIFFTAG_TILELENGTH), {0, 0x80});

  // A strip that is said to begin 100 bytes before the end of the file.
  auto const stored = tiff(photo);
  auto const table_at = value_of(stored, TIFFTAG_STRIPOFFSETS);
  std::size_t const table = stored[table_at] | stored[table_at + 1] << 8 | stored[table_at + 2] << 16;
  ByteVector late;
  append_little_endian(late, static_cast<std::uint32_t>(stored.size() - 100), 4);
  files["bad-truncated-in-strip.tiff"] = patched(stored, table + 4, late);

  auto const photographic = tiff(photo, {.compression = COMPRESSION_JPEG, .photometric = PHOTOMETRIC_YCBCR});
  auto const scan = offset_of(photographic, {0xFF, 0xDA});
  files["bad-jpeg-inside-overwritten.tiff"] = patched(photographic, scan + 30, ByteVector(40, 0xFF));
}

}  // namespace

void add_tiff_files(Files& files) {
  add_good(files);
  add_bad(files);
}

}  // namespace maker
