// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "nevus/base/result.h"

namespace nevus::server {

/// A file that was built into the program (cmake/embed.cmake). It lives as long as the program.
struct EmbeddedFile {
  std::string_view path;  ///< below the folder, such as "assets/index.js"
  std::string_view media_type;
  std::string_view etag;  ///< with its quotes
  Bytes bytes;
  Bytes gzip;  ///< empty where packing saves nothing
};

[[nodiscard]] std::span<EmbeddedFile const> pages();          ///< what browsers see, index.html among them
[[nodiscard]] std::span<EmbeddedFile const> examples();       ///< the photos of examples/
[[nodiscard]] std::span<EmbeddedFile const> result_schema();  ///< docs/result-schema.json alone

}  // namespace nevus::server
