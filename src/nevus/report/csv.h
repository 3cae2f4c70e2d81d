// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/analysis/analyze.h"
#include "nevus/report/facts.h"

namespace nevus::report {

/// The header "image,akiec,bcc,bkl,df,mel,nv,vasc,status,…" with its line end. Rows are RFC 4180 with "\n" line ends.
[[nodiscard]] std::string csv_header();
[[nodiscard]] std::string to_csv_row(Analysis const& analysis, std::string const& input_name,
                                     ModelIdentity const& model);
/// The row of a photo that could not be analysed: status "failed", the error, and no probabilities.
[[nodiscard]] std::string to_csv_row(Error const& error, std::string const& input_name, ModelIdentity const& model);

/// Takes the next complete record off the front of `text`. Nothing where the text ends before a record does, as after
/// a writer that was killed; `text` is then left as it is.
[[nodiscard]] std::optional<std::vector<std::string>> take_csv_record(std::string_view& text);

}  // namespace nevus::report
