// SPDX-License-Identifier: MIT
// /api/v1/analyses/{id}/occasion: what a person says besides the answer. It comes in a body and never in an address,
// which logs and histories keep.

#include <nlohmann/json.hpp>

#include "nevus/report/audit.h"
#include "nevus/server/handlers.h"
#include "nevus/server/lookup.h"
#include "nevus/server/making.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

struct Field {
  char const* name;
  std::string PersonNotes::*member;
  std::size_t max_bytes;
};
constexpr std::array<Field, 5> kFields{{{"patient", &PersonNotes::patient, 200},
                                        {"born", &PersonNotes::born, 200},
                                        {"site", &PersonNotes::site, 200},
                                        {"history", &PersonNotes::history, 2000},
                                        {"analyst", &PersonNotes::analyst, 200}}};

Result<std::string> text_of(nlohmann::json const& value, std::string const& name, std::size_t max_bytes) {
  if (!value.is_string()) return fail(ErrorCode::kUsage, "\"" + name + "\" must be a text");
  auto text = value.get<std::string>();
  if (text.size() <= max_bytes) return text;
  return fail(ErrorCode::kUsage, "\"" + name + "\" has " + std::to_string(text.size()) + " bytes, and the limit is " +
                                     std::to_string(max_bytes));
}

Result<std::optional<SignOff>> read_sign_off(nlohmann::json const& tree, std::string const& analyst) {
  if (tree.is_null()) return std::nullopt;
  if (!tree.is_object() || !tree.contains("verdict"))
    return fail(ErrorCode::kUsage, "\"sign_off\" must be null or like {\"verdict\": \"agree\", \"reason\": \"\"}");
  SignOff sign_off;
  sign_off.analyst = analyst;
  for (auto const& [name, value] : tree.items()) {
    if (name == "verdict") {
      if (value != "agree" && value != "override")
        return fail(ErrorCode::kUsage, "\"verdict\" must be agree or override");
      sign_off.verdict = value == "agree" ? Verdict::kAgree : Verdict::kOverride;
    } else if (name == "reason") {
      if (!value.is_string()) return fail(ErrorCode::kUsage, "\"reason\" must be a text");
      sign_off.reason = value.get<std::string>();
    } else {
      return fail(ErrorCode::kUsage, "a sign-off has no \"" + name + "\"");
    }
  }
  sign_off.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return report::checked(std::move(sign_off)).map([](SignOff checked) { return std::optional(std::move(checked)); });
}

/// `standing` stays where the body says nothing of a sign-off: one is withdrawn by null alone, never by who did not
/// know of it.
Result<ReportNotes> read_notes(Bytes body, std::optional<SignOff> standing) {
  auto const tree = nlohmann::json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!tree.is_object()) return fail(ErrorCode::kUsage, "the body must be a JSON object like {\"patient\": \"P-17\"}");
  ReportNotes read{.notes = {}, .sign_off = std::move(standing)};
  for (auto const& [name, value] : tree.items()) {
    if (name == "sign_off") continue;
    auto const field = std::ranges::find_if(kFields, [&name = name](Field const& one) { return one.name == name; });
    if (field == kFields.end()) return fail(ErrorCode::kUsage, "there is no \"" + name + "\" in a report");
    NEVUS_TRY(read.notes.*field->member, text_of(value, name, field->max_bytes));
  }
  if (tree.contains("sign_off")) {
    NEVUS_TRY(read.sign_off, read_sign_off(tree["sign_off"], read.notes.analyst));
  }
  return read;
}

Response answer(ReportNotes const& typed) {
  Json tree;
  for (auto const& field : kFields) tree[field.name] = typed.notes.*field.member;
  tree["sign_off"] = nullptr;
  if (auto const& sign_off = typed.sign_off) {
    tree["sign_off"] = {{"analyst", sign_off->analyst},
                        {"verdict", name(sign_off->verdict)},
                        {"reason", sign_off->reason},
                        {"time", report::utc_text(sign_off->time)}};
  }
  return Response::json(tree.dump());
}

bool same(SignOff const& a, SignOff const& b) {
  return a.analyst == b.analyst && a.verdict == b.verdict && a.reason == b.reason;
}

/// The record is of now, and holds the sign-off that was made, else the one that was withdrawn.
Result<void> record(App const& app, StoredAnalysis const& analysis, std::optional<SignOff> const& made,
                    std::optional<SignOff> const& before) {
  auto occasion = occasion_of(analysis, made ? made : before);
  occasion.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return report::record_answer(app.settings.audit_log, made ? "http sign-off" : "http withdraw sign-off",
                               analysis.analysis, occasion);
}

}  // namespace

Result<Response> get_occasion(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  return answer(request.session->report_notes(analysis->id));
}

Result<Response> put_occasion(App& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  auto& session = *request.session;
  auto const alone = session.changing_notes();
  auto before = session.report_notes(analysis->id);
  NEVUS_TRY(auto typed, read_notes(request.bytes(), before.sign_off));
  bool const is_same = typed.sign_off && before.sign_off && same(*typed.sign_off, *before.sign_off);
  if (is_same) typed.sign_off->time = before.sign_off->time;  // signed once, whatever is typed elsewhere afterwards
  if (!session.set_report_notes(analysis->id, typed)) return no_analysis();  // it went away meanwhile
  if (!is_same && (typed.sign_off || before.sign_off)) {
    auto recorded = record(app, *analysis, typed.sign_off, before.sign_off);
    if (!recorded) {
      static_cast<void>(session.set_report_notes(analysis->id, std::move(before)));
      return tl::unexpected<Error>(std::move(recorded).error());
    }
  }
  return answer(typed);
}

}  // namespace nevus::server
