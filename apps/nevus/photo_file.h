// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/base/config.h"

namespace nevus::app {

/// How a photo is called in results: its path as UTF-8, any byte that is none written as \xNN.
[[nodiscard]] std::string display_name(std::filesystem::path const& path);

/// The bytes of one photo, no more than the settings allow. "-" is standard input. Errors name the photo.
[[nodiscard]] Result<ByteVector> read_photo(std::filesystem::path const& path, Settings const& settings);

/// Analyses what read_photo gave for `path`; the limits are those of the settings, whatever `options` say.
[[nodiscard]] Result<Analysis> analyze_photo(std::filesystem::path const& path, Bytes bytes,
                                             Classifier const& classifier, Settings const& settings,
                                             AnalysisOptions options = {});

/// Both.
[[nodiscard]] Result<Analysis> analyze_file(std::filesystem::path const& path, Classifier const& classifier,
                                            Settings const& settings, AnalysisOptions options = {});

}  // namespace nevus::app
