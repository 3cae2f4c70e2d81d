// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nevus/server/analyse.h"
#include "nevus/server/message.h"

namespace nevus::server {

/// A photo in a request's body.
struct UploadedPhoto {
  std::string name;
  Bytes bytes;  ///< points into the request
};

struct Upload {
  std::vector<UploadedPhoto> photos{};
  std::optional<Bytes> archive{};  ///< of a batch: a ZIP instead of photos
  AnalysisRequest request{};
};

/// At most 255 bytes, as file systems have it: the end of a longer one, where the file's own name stands.
[[nodiscard]] std::string photo_name(std::string name);

/// Reads a form or a raw body. kUsage names what is missing, there twice or unknown. There are photos or an archive,
/// never both.
[[nodiscard]] Result<Upload> read_upload(Request const& request, std::size_t max_photos);

/// kPhotoTooLarge where it has more bytes than the server's settings allow.
[[nodiscard]] Result<void> check_photo(App const& app, Bytes photo);

}  // namespace nevus::server
