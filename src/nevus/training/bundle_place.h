// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "nevus/base/result.h"

namespace nevus {

/// Whether a new bundle may take the place of another one.
enum class Replacing { kNever, kOldBundle };

namespace training {

/// `folder` without a slash at its end: its name becomes the id of a bundle. kUsage where it has no name, is no folder,
/// holds a file that is none of a bundle's, or holds a bundle that must stay.
[[nodiscard]] Result<std::filesystem::path> check_place(std::filesystem::path const& folder, Replacing replacing);

/// Moves `made` to `place` in one step, so that whoever looks there sees the old folder or the new one and never a
/// mixture; on file systems that cannot exchange two folders there is none for a moment. What was there is gone. kIo.
[[nodiscard]] Result<void> take_place(std::filesystem::path const& made, std::filesystem::path const& place);

}  // namespace training
}  // namespace nevus
