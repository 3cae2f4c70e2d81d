// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nevus/base/result.h"

namespace nevus::app {

struct ListedPhoto {
  std::string name;  ///< as results call it; unique in a list
  std::filesystem::path path;
};

/// The photos that `source` means: of a folder, all files below it that are photos by name or by content, sorted, named
/// relative to the folder, hidden ones left out; of a file (or - for standard input), its lines, each a path, in their
/// order, where a repeated path counts once. kNotFound where there is no such folder or file, kData where it holds no
/// photo.
[[nodiscard]] Result<std::vector<ListedPhoto>> list_photos(std::filesystem::path const& source);

}  // namespace nevus::app
