// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "nevus/base/result.h"

namespace nevus::training {

/// Entries of a zip archive (APPNOTE 6.3, zip64 too) that are stored without compression, as PyTorch writes them; each
/// with its checksum verified. The contents are views into `file`. kData where the archive is damaged, compressed,
/// encrypted, spread over files, or has entries that overlap or share a name.
[[nodiscard]] Result<std::map<std::string, Bytes>> read_stored_zip(Bytes file);

}  // namespace nevus::training
