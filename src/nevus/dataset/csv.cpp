// SPDX-License-Identifier: MIT
#include "nevus/dataset/csv.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace nevus::dataset {
namespace {

/// Takes one record after the other from a text.
class Records {
 public:
  Records(std::string_view text, std::string const& name) : rest_(text), name_(name) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  /// The next record that is not an empty line; no fields at the end of the text.
  Result<CsvRow> next() {
    while (skip_line_end()) {
    }
    CsvRow row{line_, {}};
    if (rest_.empty()) return row;
    while (true) {
      std::string field;
      NEVUS_CHECK(rest_.starts_with('"') ? take_quoted(field) : take_plain(field));
      row.fields.push_back(std::move(field));
      if (rest_.empty() || skip_line_end()) return row;
      rest_.remove_prefix(1);  // the comma; take_quoted and take_plain stop at nothing else
    }
  }

 private:
  bool skip_line_end() {
    if (rest_.starts_with('\n')) {
      rest_.remove_prefix(1);
    } else if (rest_.starts_with("\r\n")) {
      rest_.remove_prefix(2);
    } else {
      return false;
    }
    ++line_;
    return true;
  }

  [[nodiscard]] bool at_field_end() const {
    return rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' || rest_.starts_with("\r\n");
  }

  Result<void> take_plain(std::string& field) {
    while (!at_field_end()) {
      if (rest_.front() == '"') return csv_error(name_, line_, "a quote inside a field that is not quoted");
      field += rest_.front();
      rest_.remove_prefix(1);
    }
    return {};
  }

  Result<void> take_quoted(std::string& field) {
    auto const first_line = line_;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      char const character = rest_.front();
      rest_.remove_prefix(1);
      if (character == '\n') ++line_;
      if (character != '"') {
        field += character;
      } else if (rest_.starts_with('"')) {
        field += '"';
        rest_.remove_prefix(1);
      } else if (at_field_end()) {
        return {};
      } else {
        return csv_error(name_, line_, "text after the closing quote of a field");
      }
    }
    return csv_error(name_, first_line, "a quoted field is not closed");
  }

  std::string_view rest_;
  std::string const& name_;
  std::size_t line_ = 1;
};

Result<std::vector<std::size_t>> locate(CsvRow const& header, std::string const& name,
                                        std::vector<std::string_view> const& columns) {
  std::vector<std::size_t> places;
  for (auto const column : columns) {
    auto const found = std::ranges::count(header.fields, column);
    if (found != 1) {
      return csv_error(name, header.line,
                       "the header has " + std::string(found == 0 ? "no" : "more than one") + " column \"" +
                           std::string(column) + "\"");
    }
    places.push_back(std::size_t(std::ranges::find(header.fields, column) - header.fields.begin()));
  }
  return places;
}

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text, std::string const& name,
                                      std::vector<std::string_view> const& columns) {
  Records records(text, name);
  NEVUS_TRY(auto const header, records.next());
  NEVUS_TRY(auto const places, locate(header, name, columns));
  std::vector<CsvRow> rows;
  while (true) {
    NEVUS_TRY(auto record, records.next());
    if (record.fields.empty()) return rows;
    if (record.fields.size() != header.fields.size()) {
      return csv_error(
          name, record.line,
          std::to_string(record.fields.size()) + " fields, but the header has " + std::to_string(header.fields.size()));
    }
    CsvRow row{record.line, {}};
    for (auto const place : places) row.fields.push_back(record.fields[place]);
    rows.push_back(std::move(row));
  }
}

Result<std::vector<std::string>> csv_header(std::string_view text, std::string const& name) {
  NEVUS_TRY(auto record, Records(text, name).next());
  return std::move(record.fields);
}

Result<std::optional<double>> parse_age(std::string const& text, CsvRow const& row, std::string const& name) {
  if (text.empty()) return std::nullopt;
  double years = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), years);
  if (error != std::errc() || end != text.data() + text.size())
    return csv_error(name, row.line, "the age \"" + text + "\" is not a number");
  return years;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char const character : text) {
    if (character == '"') quoted += '"';
    quoted += character;
  }
  return quoted + '"';
}

tl::unexpected<Error> csv_error(std::string const& name, std::size_t line, std::string const& reason) {
  return fail(ErrorCode::kData, name + ", line " + std::to_string(line) + ": " + reason);
}

}  // namespace nevus::dataset
