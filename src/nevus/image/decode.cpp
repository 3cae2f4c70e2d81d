// SPDX-License-Identifier: MIT
#include "nevus/image/decode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "nevus/image/codec.h"
#include "nevus/image/orientation.h"

namespace nevus::image {
namespace {

using namespace std::string_view_literals;

bool has_at(Bytes bytes, std::size_t offset, std::string_view expected) {
  return bytes.size() >= offset + expected.size() &&
         std::equal(expected.begin(), expected.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// What a person most likely has in hand where it is none of our formats.
std::string_view foreign_kind(Bytes bytes) {
  if (has_at(bytes, 0, "GIF8")) return "a GIF";
  if (has_at(bytes, 4, "ftypavi")) return "an AVIF photo";
  if (has_at(bytes, 4, "ftyphei") || has_at(bytes, 4, "ftypmif1")) return "a HEIC photo";
  if (has_at(bytes, 0, "%PDF")) return "a PDF";
  if (has_at(bytes, 0, "PK\x03\x04")) return "a ZIP archive";
  auto const start = bytes.first(std::min<std::size_t>(bytes.size(), 512));
  bool const is_text =
      std::none_of(start.begin(), start.end(), [](std::uint8_t c) { return c < 9 || (c > 13 && c < 32) || c == 127; });
  return is_text ? "text" : "nothing that is known here";
}

std::string listed(std::vector<PhotoFormat> const& formats) {
  std::string list;
  for (auto const format : formats) list += (list.empty() ? "" : ", ") + std::string(name(format));
  return list;
}

Result<StoredPhoto> decode_as(PhotoFormat format, Bytes bytes, DecodeLimits const& limits) {
  switch (format) {
    case PhotoFormat::kJpeg:
      return decode_jpeg(bytes, limits);
    case PhotoFormat::kPng:
      return decode_png(bytes, limits);
    case PhotoFormat::kBmp:
      return decode_bmp(bytes, limits);
    case PhotoFormat::kTiff:
      return decode_tiff(bytes, limits);
    case PhotoFormat::kWebp:
      return decode_webp(bytes, limits);
    case PhotoFormat::kDicom:
      return decode_dicom(bytes, limits);
  }
  return fail(ErrorCode::kInternal, "PhotoFormat out of range");
}

}  // namespace

bool has_photo_ending(std::filesystem::path const& file) {
  constexpr auto kEndings =
      std::to_array<std::string_view>({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".dcm"});
  auto ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

std::optional<PhotoFormat> sniff(Bytes bytes) {
  if (has_at(bytes, 0, "\xFF\xD8\xFF"sv)) return PhotoFormat::kJpeg;
  if (has_at(bytes, 0, "\x89PNG"sv)) return PhotoFormat::kPng;
  if (has_at(bytes, 0, "RIFF"sv) && has_at(bytes, 8, "WEBP"sv)) return PhotoFormat::kWebp;
  for (auto const magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (has_at(bytes, 0, magic)) return PhotoFormat::kTiff;
  }
  if (has_at(bytes, 128, "DICM"sv)) return PhotoFormat::kDicom;
  // "BM" alone may begin a text; the size of a BMP's second header is a small number, so its upper bytes are zero.
  if (has_at(bytes, 0, "BM"sv) && has_at(bytes, 15, "\0\0\0"sv)) return PhotoFormat::kBmp;
  return std::nullopt;
}

DecodeLimits limits_from(Settings const& settings) {
  DecodeLimits limits;
  limits.max_bytes = std::size_t{1'000'000} * settings.max_file_size_mb;
  std::erase_if(limits.formats, [&](PhotoFormat format) { return !settings.supports(name(format)); });
  return limits;
}

Result<void> check_sides(std::int64_t width_px, std::int64_t height_px, DecodeLimits const& limits) {
  std::string const sides = std::to_string(width_px) + " x " + std::to_string(height_px) + " px";
  if (width_px <= 0 || height_px <= 0) {
    return fail(ErrorCode::kDamagedPhoto, "the photo is damaged: its header declares " + sides);
  }
  // Divided, not multiplied: a header may declare 2^32 on each side.
  if (width_px > limits.max_pixels / height_px) {
    return fail(ErrorCode::kPhotoTooLarge,
                sides + " are more than the limit of " + std::to_string(limits.max_pixels) + " pixels");
  }
  if (std::min(width_px, height_px) < limits.min_side_px) {
    return fail(ErrorCode::kPhotoTooSmall,
                sides + " are too few: each side needs at least " + std::to_string(limits.min_side_px) + " px");
  }
  return {};
}

StoredPhoto blank_photo(std::int64_t width_px, std::int64_t height_px) {
  return {.width_px = static_cast<int>(width_px),
          .height_px = static_cast<int>(height_px),
          .rgb = ByteVector(static_cast<std::size_t>(3 * width_px * height_px))};
}

Result<Image> decode(Bytes bytes, DecodeLimits const& limits) {
  if (bytes.empty()) return fail(ErrorCode::kDamagedPhoto, "the file is empty");
  if (bytes.size() > limits.max_bytes) {
    return fail(ErrorCode::kPhotoTooLarge, std::to_string(bytes.size()) + " bytes are more than the limit of " +
                                               std::to_string(limits.max_bytes) + " bytes");
  }
  auto const format = sniff(bytes);
  if (!format || std::ranges::find(limits.formats, *format) == limits.formats.end()) {
    std::string const found = format ? "a " + std::string(name(*format)) + " photo" : std::string(foreign_kind(bytes));
    return fail(ErrorCode::kUnsupportedFormat,
                "the file holds " + found + "; accepted photo formats are " + listed(limits.formats));
  }
  NEVUS_TRY(auto stored, decode_as(*format, bytes, limits));
  auto photo = upright(std::move(stored));
  return Image(photo.width_px, photo.height_px, std::move(photo.rgb), *format);
}

}  // namespace nevus::image
