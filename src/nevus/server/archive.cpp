// SPDX-License-Identifier: MIT
#include "nevus/server/archive.h"

#include <zip.h>

#include <memory>

#include "nevus/image/decode.h"

namespace nevus::server {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Entry = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

Result<Archive> open(Bytes bytes) {
  zip_error_t error;
  zip_error_init(&error);
  auto* const source = zip_source_buffer_create(bytes.data(), bytes.size(), /*freep=*/0, &error);
  Archive archive(source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error), &zip_discard);
  std::string const reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive) return archive;
  if (source != nullptr) zip_source_free(source);
  return fail(ErrorCode::kUsage, "the archive is no ZIP that can be read: " + reason);
}

/// A photo's name that no viewer takes for a hidden or system file.
bool is_photo(std::string const& name) {
  return !name.starts_with("__MACOSX/") && name.find("/.") == std::string::npos && !name.starts_with('.') &&
         image::has_photo_ending(name);
}

std::uint32_t little_endian(Bytes bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8U | std::uint32_t{bytes[2]} << 16U |
         std::uint32_t{bytes[3]} << 24U;
}

/// libzip reads a directory as a whole, 6 µs an entry, and an archive of 200 MB has room for millions. So its end
/// record (PKWARE APPNOTE 4.3.16) is looked at first: whatever could be one, since libzip chooses among several.
Result<void> check_directory(Bytes archive) {
  constexpr std::size_t kRecord_bytes = 22;
  constexpr std::size_t kLocator_bytes = 20;
  constexpr std::size_t kSizeAt = 12;
  constexpr std::size_t kMaxComment_bytes = 65'535;
  constexpr std::size_t kMaxDirectory_bytes = 1'000'000;
  constexpr std::uint32_t kSignature = 0x06054b50;
  constexpr std::uint32_t kLocatorSignature = 0x07064b50;
  if (archive.size() < kRecord_bytes) return {};
  auto const last = archive.size() - kRecord_bytes;
  for (auto at = last - std::min(last, kMaxComment_bytes + kLocator_bytes); at <= last; ++at) {
    if (little_endian(archive.subspan(at)) != kSignature) continue;
    if (at >= kLocator_bytes && little_endian(archive.subspan(at - kLocator_bytes)) == kLocatorSignature)
      return fail(ErrorCode::kUsage, "the archive is a ZIP64, which is for more than 4 GB");
    auto const size = little_endian(archive.subspan(at + kSizeAt));
    if (size > kMaxDirectory_bytes) {
      return fail(ErrorCode::kUsage, "the archive's list of files has " + std::to_string(size) +
                                         " bytes, and the limit is " + std::to_string(kMaxDirectory_bytes));
    }
  }
  return {};
}

/// Errors leave out the name, which stands in the row. Adds to `total_bytes` what was unpacked, also of what then
/// fails.
Result<WipedBytes> unpack(zip_t* archive, zip_uint64_t index, std::size_t max_bytes, std::size_t& total_bytes) {
  Entry const entry(zip_fopen_index(archive, index, 0), &zip_fclose);
  if (!entry)
    return fail(ErrorCode::kUnsupportedFormat, "it cannot be unpacked: " + std::string(zip_strerror(archive)));
  constexpr std::size_t kStep_bytes = 65536;
  WipedBytes bytes;
  for (;;) {
    auto const filled = bytes.size();
    bytes.resize(filled + kStep_bytes);
    auto const count = zip_fread(entry.get(), bytes.data() + filled, kStep_bytes);
    if (count < 0) return fail(ErrorCode::kDamagedPhoto, "it is damaged in the archive");
    bytes.resize(filled + static_cast<std::size_t>(count));
    total_bytes += static_cast<std::size_t>(count);
    if (count == 0) return bytes;
    if (bytes.size() > max_bytes) {
      return fail(ErrorCode::kPhotoTooLarge,
                  "it unpacks to more than the limit of " + std::to_string(max_bytes) + " bytes");
    }
  }
}

}  // namespace

Result<void> unpack_photos(Bytes bytes, ArchiveLimits const& limits,
                           std::function<Result<void>(ArchivedPhoto)> const& take) {
  NEVUS_CHECK(check_directory(bytes));
  NEVUS_TRY(auto const archive, open(bytes));
  std::size_t photos = 0;
  std::size_t total_bytes = 0;
  auto const count = static_cast<zip_uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(archive.get(), 0)));
  for (zip_uint64_t i = 0; i < count; ++i) {
    char const* const raw_name = zip_get_name(archive.get(), i, 0);
    std::string name = raw_name == nullptr ? "" : raw_name;
    if (!is_photo(name)) continue;
    if (photos == limits.max_photos) {
      return fail(ErrorCode::kUsage,
                  "the archive holds more than the limit of " + std::to_string(limits.max_photos) + " photos");
    }
    auto photo = unpack(archive.get(), i, limits.max_photo_bytes, total_bytes);
    if (total_bytes > limits.max_total_bytes) {
      return fail(ErrorCode::kPhotoTooLarge,
                  "the archive unpacks to more than the limit of " + std::to_string(limits.max_total_bytes) + " bytes");
    }
    ++photos;
    NEVUS_CHECK(take({std::move(name), std::move(photo)}));
  }
  if (photos == 0) return fail(ErrorCode::kUsage, "the archive holds no photo");
  return {};
}

}  // namespace nevus::server
