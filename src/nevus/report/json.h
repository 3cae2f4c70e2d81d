// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/report/facts.h"

namespace nevus {

enum class JsonLayout { kOneLine, kIndented };

namespace report {

/// One photo's result by docs/result-schema.json, without a line end. `input_name` is what the user called the photo;
/// bytes of it that are no UTF-8 are replaced.
[[nodiscard]] std::string to_json(Analysis const& analysis, std::string const& input_name, ModelIdentity const& model,
                                  JsonLayout layout = JsonLayout::kOneLine);

/// The member `explanation` of the above alone.
[[nodiscard]] std::string to_json(Explanation const& explanation);

/// The row of a photo that could not be analysed: status "failed" and the error, nothing else.
[[nodiscard]] std::string to_json(Error const& error, std::string const& input_name, ModelIdentity const& model);

}  // namespace report
}  // namespace nevus
