// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

/// The parts of docs/quality.md. `data` holds ham10000/ and isic2017/.
namespace nevus::bench {

void print_thresholds(std::filesystem::path const& data);  ///< what the limits let through and stop
void print_lesions(std::filesystem::path const& data);     ///< outlines and verdicts against HAM10000's masks
void print_marks(std::filesystem::path const& data);       ///< hair, ink and rulers against what was drawn
void print_answers(std::filesystem::path const& data, std::filesystem::path const& bundle);  ///< what answers lose

}  // namespace nevus::bench
