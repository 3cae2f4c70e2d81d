// SPDX-License-Identifier: MIT
#include "nevus/report/read_back.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nevus/report/csv.h"

namespace nevus::report {
namespace {

tl::unexpected<Error> foreign(std::size_t record) {
  return fail(ErrorCode::kData, "record " + std::to_string(record) + " is no result of Nevus in this version's form");
}

/// Every line that to_json writes begins with this.
constexpr std::string_view kJsonStart = "{\"schema_version\":";

bool one_begins_the_other(std::string_view a, std::string_view b) { return a.starts_with(b) || b.starts_with(a); }

}  // namespace

Result<FinishedPhotos> read_csv_results(std::string_view text) {
  auto const all = text;
  auto const header_text = csv_header();
  if (!one_begins_the_other(text, header_text)) return foreign(1);
  auto const header = take_csv_record(text);
  if (!header) return FinishedPhotos{};
  auto const column = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(*header, name) - header->begin());
  };
  auto const status = column("status");
  auto const model = column("model_sha256");
  FinishedPhotos finished;
  while (auto const record = take_csv_record(text)) {
    if (record->size() != header->size()) return foreign(finished.photos.size() + 2);
    finished.photos.push_back({record->front(), (*record)[status], (*record)[model]});
  }
  finished.complete_bytes = all.size() - text.size();
  return finished;
}

Result<FinishedPhotos> read_json_lines(std::string_view text) {
  FinishedPhotos finished;
  if (!one_begins_the_other(text, kJsonStart)) return foreign(1);
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', finished.complete_bytes)) {
    auto const line = text.substr(finished.complete_bytes, end - finished.complete_bytes);
    try {
      auto const tree = nlohmann::json::parse(line);
      finished.photos.push_back({tree.at("input").at("name"), tree.at("status"), tree.at("model").at("sha256")});
    } catch (nlohmann::json::exception const&) {
      return foreign(finished.photos.size() + 1);
    }
    finished.complete_bytes = end + 1;
  }
  return finished;
}

}  // namespace nevus::report
