// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nevus::layering {

/// A module and the complete list of modules that it may include, in the order of declaration.
using Layers = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// A source file by its path below the project's folder: {"src/nevus/risk/risk.cpp", "…"}.
using Sources = std::map<std::string, std::string>;

/// Reads lines such as "quality: base image", which cmake/modules.cmake writes.
[[nodiscard]] Layers parse_layers(std::string_view text);

/// One sentence for every breach: a module that names one which does not stand before it, a folder that is no module,
/// an include of a module that is not named, a third-party header in a public header or outside the module that owns
/// it, the trainer in nevus.
[[nodiscard]] std::vector<std::string> breaches(Layers const& layers, Sources const& sources);

}  // namespace nevus::layering
