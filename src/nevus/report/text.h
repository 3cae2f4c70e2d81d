// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/narrative/writer.h"
#include "nevus/report/facts.h"

namespace nevus {

enum class Colour { kNone, kAnsi };

struct TextStyle {
  int width_columns = 80;  ///< of the terminal; below 40 counts as 40, above 100 as 100
  Colour colour = Colour::kNone;
};

namespace report {

/// One photo's result for a person at a terminal: UTF-8 with bars, ending in a line end. Control characters in
/// `input_name` are replaced, since a terminal would obey them.
[[nodiscard]] std::string to_text(Analysis const& analysis, std::string const& input_name, ModelIdentity const& model,
                                  TextStyle const& style = {});

/// What the answer means, section by section, with the sources.
[[nodiscard]] std::string to_text(Prose const& prose, TextStyle const& style = {});

}  // namespace report
}  // namespace nevus
