// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "nevus/base/result.h"
#include "nevus/server/wiped_bytes.h"

namespace nevus::server {

struct ArchivedPhoto {
  std::string name;          ///< with its folders in the archive
  Result<WipedBytes> bytes;  ///< or why it cannot be had: damaged, encrypted, too large
};

struct ArchiveLimits {
  std::size_t max_photos = 200;
  std::size_t max_photo_bytes = 10'000'000;
  std::size_t max_total_bytes = 200'000'000;  ///< unpacked
};

/// Gives the photos of a ZIP to `take`, each before the next one is unpacked, so that an error of it ends the work:
/// entries that are named as photos, in the archive's order; all else is passed over. kUsage for what is no ZIP, is
/// ZIP64, has a directory of more than 1 MB, holds no photo or too many; kPhotoTooLarge where all together pass the
/// limit. Sizes are found while unpacking, whatever the archive says of itself.
[[nodiscard]] Result<void> unpack_photos(Bytes archive, ArchiveLimits const& limits,
                                         std::function<Result<void>(ArchivedPhoto)> const& take);

}  // namespace nevus::server
