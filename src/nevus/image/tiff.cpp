// SPDX-License-Identifier: MIT
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "nevus/image/codec.h"
#include "nevus/image/orientation.h"

namespace nevus::image {
namespace {

/// The file in memory, as libtiff's callbacks see it, and what libtiff complained of first.
struct TiffFile {
  Bytes bytes;
  std::uint64_t position = 0;
  bool reading_pixels = false;
  std::array<char, 256> complaint{};
};

TiffFile& file_of(thandle_t handle) { return *static_cast<TiffFile*>(handle); }

tmsize_t read_bytes(thandle_t handle, void* target, tmsize_t size) {
  auto& file = file_of(handle);
  if (size <= 0 || file.position >= file.bytes.size()) return 0;
  auto const count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), file.bytes.size() - file.position);
  std::memcpy(target, file.bytes.data() + file.position, count);
  file.position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t refuse_write(thandle_t, void*, tmsize_t) { return -1; }

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto& file = file_of(handle);
  if (whence == SEEK_CUR) offset += file.position;
  if (whence == SEEK_END) offset += file.bytes.size();
  return file.position = offset;
}

int close(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return file_of(handle).bytes.size(); }

int keep_complaint(TiffFile& file, char const* format, va_list arguments) {
  if (file.complaint[0] == '\0') std::vsnprintf(file.complaint.data(), file.complaint.size(), format, arguments);
  return 1;  // handled: libtiff prints nothing
}

int on_error(TIFF*, void* file, char const*, char const* format, va_list arguments) {
  return keep_complaint(*static_cast<TiffFile*>(file), format, arguments);
}

// Warnings about tags are harmless. A warning about pixels (of the JPEG codec, say) means that some are wrong.
int on_warning(TIFF*, void* user_data, char const*, char const* format, va_list arguments) {
  auto& file = *static_cast<TiffFile*>(user_data);
  return file.reading_pixels ? keep_complaint(file, format, arguments) : 1;
}

using TiffHandle = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

TiffHandle open(TiffFile& file, DecodeLimits const& limits) {
  std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> const options(TIFFOpenOptionsAlloc(),
                                                                                 &TIFFOpenOptionsFree);
  // The largest strip or tile is the whole photo with four channels of 16 bits; the rest is for tables.
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), 8 * limits.max_pixels + 1'000'000);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &file);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &file);
  // "m": no memory mapping, so that every access goes through read_bytes.
  return {TIFFClientOpenExt("photo", "rm", &file, read_bytes, refuse_write, seek, close, size_of, nullptr, nullptr,
                            options.get()),
          &TIFFClose};
}

/// Whether the first page is a photo of a kind that we read. libtiff knows more compressions, but those are for scans
/// of paper, or old and rare enough that a file with one is more likely an attack than a lesion.
Result<void> check_kind(TIFF* tiff) {
  std::uint16_t compression = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  constexpr std::array<std::uint16_t, 6> kCompressions{COMPRESSION_NONE,     COMPRESSION_LZW,
                                                       COMPRESSION_PACKBITS, COMPRESSION_ADOBE_DEFLATE,
                                                       COMPRESSION_DEFLATE,  COMPRESSION_JPEG};
  if (std::ranges::find(kCompressions, compression) == kCompressions.end()) {
    return unsupported("tiff", "it has compression method " + std::to_string(compression));
  }
  std::uint16_t samples = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  if (samples < 1 || samples > 5) {
    return unsupported("tiff", "it has " + std::to_string(samples) + " channels");
  }
  std::uint32_t page_kind = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &page_kind);
  if ((page_kind & FILETYPE_REDUCEDIMAGE) != 0) {
    return unsupported("tiff", "its first page is a thumbnail, as in the raw files of cameras");
  }
  std::array<char, 1024> reason{};
  if (TIFFRGBAImageOK(tiff, reason.data()) == 0) return unsupported("tiff", reason.data());
  return {};
}

/// libtiff's words for what is 8 bits of red, green, blue and alpha, already multiplied by alpha.
void lay_over_white(std::vector<std::uint32_t> const& raster, ByteVector& rgb) {
  std::uint8_t* target = rgb.data();
  for (std::uint32_t const pixel : raster) {
    std::uint32_t const white = 255 - TIFFGetA(pixel);
    for (std::uint32_t const colour : {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)}) {
      *target++ = static_cast<std::uint8_t>(std::min<std::uint32_t>(colour + white, 255));
    }
  }
}

}  // namespace

Result<StoredPhoto> decode_tiff(Bytes bytes, DecodeLimits const& limits) {
  TiffFile file{.bytes = bytes};
  auto const tiff = open(file, limits);
  if (!tiff) return damaged("tiff", file.complaint.data());
  std::uint32_t width_px = 0;
  std::uint32_t height_px = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width_px);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height_px);
  NEVUS_CHECK(check_sides(width_px, height_px, limits));
  NEVUS_CHECK(check_kind(tiff.get()));

  auto photo = blank_photo(width_px, height_px);
  std::uint16_t orientation = 1;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  photo.orientation = orientation;
  std::vector<std::uint32_t> raster(photo.rgb.size() / 3);
  file.complaint.fill('\0');
  file.reading_pixels = true;
  // Asked for in the orientation that it is stored in, because libtiff mirrors but does not turn.
  bool const is_whole =
      TIFFReadRGBAImageOriented(tiff.get(), width_px, height_px, raster.data(), orientation, /*stopOnError=*/1) != 0;
  if (!is_whole || file.complaint[0] != '\0') return damaged("tiff", file.complaint.data());
  lay_over_white(raster, photo.rgb);
  return photo;
}

}  // namespace nevus::image
