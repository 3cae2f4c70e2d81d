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

Result<WipedBytes> unpack(zip_t* archive, zip_uint64_t index, std::string const& name, std::size_t max_bytes) {
  Entry const entry(zip_fopen_index(archive, index, 0), &zip_fclose);
  if (!entry) return fail(ErrorCode::kUsage, "the archive's " + name + ": " + zip_strerror(archive));
  constexpr std::size_t kStep_bytes = 65536;
  WipedBytes bytes;
  for (;;) {
    auto const filled = bytes.size();
    bytes.resize(filled + kStep_bytes);
    auto const count = zip_fread(entry.get(), bytes.data() + filled, kStep_bytes);
    if (count < 0) return fail(ErrorCode::kUsage, "the archive's " + name + " is damaged");
    bytes.resize(filled + static_cast<std::size_t>(count));
    if (count == 0) return bytes;
    if (bytes.size() > max_bytes) {
      return fail(ErrorCode::kPhotoTooLarge, "the archive's " + name + " unpacks to more than the limit of " +
                                                 std::to_string(max_bytes) + " bytes");
    }
  }
}

}  // namespace

Result<void> unpack_photos(Bytes bytes, ArchiveLimits const& limits,
                           std::function<Result<void>(ArchivedPhoto)> const& take) {
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
    auto const left_bytes = limits.max_total_bytes - total_bytes;
    NEVUS_TRY(auto photo, unpack(archive.get(), i, name, std::min(limits.max_photo_bytes, left_bytes)));
    total_bytes += photo.size();
    ++photos;
    NEVUS_CHECK(take({std::move(name), std::move(photo)}));
  }
  if (photos == 0) return fail(ErrorCode::kUsage, "the archive holds no photo");
  return {};
}

}  // namespace nevus::server
