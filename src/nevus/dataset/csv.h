// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

struct CsvRow {
  std::size_t line = 0;             ///< where the row begins, the header being line 1
  std::vector<std::string> fields;  ///< in the order of the columns that were asked for
};

namespace dataset {

/// The named columns of a CSV text with a header (RFC 4180: quoted fields may hold commas, doubled quotes and line
/// ends; lines end with LF or CRLF). A byte order mark and empty lines are passed over; columns may stand in any order
/// and others beside them are ignored. kData, naming `name` and the line, where a column is missing or doubled, a row
/// has more or fewer fields than the header, or quotes do not match.
[[nodiscard]] Result<std::vector<CsvRow>> parse_csv(std::string_view text, std::string const& name,
                                                    std::vector<std::string_view> const& columns);

/// The names of the columns of a CSV text; kData as above.
[[nodiscard]] Result<std::vector<std::string>> csv_header(std::string_view text, std::string const& name);

/// `text` as one field: quoted where it has to be.
[[nodiscard]] std::string csv_field(std::string_view text);

/// kData with "name, line 17: reason".
[[nodiscard]] tl::unexpected<Error> csv_error(std::string const& name, std::size_t line, std::string const& reason);

/// An age in years, nothing where the field is empty; kData where it is no number.
[[nodiscard]] Result<std::optional<double>> parse_age(std::string const& text, CsvRow const& row,
                                                      std::string const& name);

}  // namespace dataset
}  // namespace nevus
