// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

namespace nevus::narrative {

/// What no sentence of a language model may say whatever the facts are, in all three languages at once, since a model
/// may slip from one into another: in a few words why, or nothing. `text` is in lower
/// case. Knows phrases, not meaning.
[[nodiscard]] std::optional<std::string> forbidden_phrase(std::string const& text);

/// Whether it speaks of the reader's own skin, and not of a class in general.
[[nodiscard]] bool speaks_of_this_photo(std::string const& text);

/// Whether the text leaves open what is so: by a likelihood, a condition, a rank.
[[nodiscard]] bool hedges(std::string const& text);

/// What must not be said of an urgent answer beside that.
[[nodiscard]] std::optional<std::string> soothing_phrase(std::string const& text);

}  // namespace nevus::narrative
