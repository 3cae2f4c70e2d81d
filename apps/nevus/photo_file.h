// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/base/config.h"

namespace nevus::app {

/// How a photo is called in results: its path as UTF-8, any byte that is none written as \xNN.
[[nodiscard]] std::string display_name(std::filesystem::path const& path);

/// Reads and analyses one photo; the limits are those of the settings, whatever `options` say. "-" is standard input.
/// Errors name the photo.
[[nodiscard]] Result<Analysis> analyze_file(std::filesystem::path const& path, Classifier const& classifier,
                                            Settings const& settings, AnalysisOptions options = {});

}  // namespace nevus::app
