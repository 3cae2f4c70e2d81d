// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>

#include "nevus/base/result.h"

namespace nevus {

/// Reads a whole regular file into memory. kNotFound where there is none, kPhotoTooLarge where it holds more than
/// `max_bytes` (found before memory is taken), kIo where it cannot be read. Messages begin with the path.
[[nodiscard]] Result<ByteVector> read_file(std::filesystem::path const& path,
                                           std::size_t max_bytes = std::numeric_limits<std::size_t>::max());

/// Writes `bytes` to a temporary name beside `path`, syncs and renames, so that no reader and no crash ever sees half a
/// file.
[[nodiscard]] Result<void> write_file_atomically(std::filesystem::path const& path, Bytes bytes);
[[nodiscard]] Result<void> write_file_atomically(std::filesystem::path const& path, std::string_view text);

}  // namespace nevus
