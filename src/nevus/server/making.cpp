// SPDX-License-Identifier: MIT
#include "nevus/server/making.h"

#include "nevus/server/explained.h"

namespace nevus::server {
namespace {

Result<Language> asked_language(Request const& request) {
  if (auto const asked = request.parameter("language")) {
    if (auto const known = language_from_code(*asked)) return *known;
    return fail(ErrorCode::kUsage, "language is \"" + *asked + "\", but must be en, de or es");
  }
  auto const chosen = request.session ? request.session->settings().language : "";
  return language_from_code(chosen.substr(0, 2)).value_or(Language::kEnglish);
}

}  // namespace

Result<ReportWish> read_wish(Request const& request) {
  ReportWish wish;
  NEVUS_TRY(wish.writer.language, asked_language(request));
  auto const reader = request.parameter("reader").value_or("patient");
  if (reader != name(Register::kPatient) && reader != name(Register::kClinician))
    return fail(ErrorCode::kUsage, "reader is \"" + reader + "\", but must be patient or clinician");
  wish.writer.reader = reader == name(Register::kPatient) ? Register::kPatient : Register::kClinician;
  auto const paper = request.parameter("paper").value_or("a4");
  if (paper != "a4" && paper != "letter")
    return fail(ErrorCode::kUsage, "paper is \"" + paper + "\", but must be a4 or letter");
  wish.paper = paper == "a4" ? PaperSize::kA4 : PaperSize::kLetter;
  return wish;
}

Result<ReportParts> report_parts(App const& app, Session const& session, StoredAnalysis const& analysis) {
  NEVUS_TRY(auto photo, image::decode(analysis.photo->bytes(), image::limits_from(app.settings)));
  auto typed = session.report_notes(analysis.id);
  auto explained = analysis.analysis;
  if (explained.assessment) {
    auto explanation = explanation_of(app, analysis, photo, explained.assessment->predicted);
    // A report without a heat map is better than none.
    if (!explanation && explanation.error().code != ErrorCode::kNoHeatMap)
      return tl::unexpected<Error>(std::move(explanation).error());
    if (explanation) explained.explanation = *std::move(explanation);
  }
  return ReportParts{std::move(explained), std::move(photo), occasion_of(analysis, std::move(typed.sign_off)),
                     std::move(typed.notes)};
}

Result<ByteVector> make_pdf(ReportParts const& parts, ReportWish const& wish) {
  auto const& occasion = parts.occasion;
  auto const prose = narrative::write(narrative::gather(parts.analysis, occasion.model), wish.writer);
  return report::to_pdf(parts.analysis, parts.photo, occasion.model, prose,
                        {parts.notes, occasion.time, wish.paper, occasion.sign_off});
}

Occasion occasion_of(StoredAnalysis const& analysis, std::optional<SignOff> sign_off) {
  auto const time = std::chrono::floor<std::chrono::seconds>(analysis.created_at);
  return {.model = analysis.model, .time = time, .sign_off = std::move(sign_off)};
}

}  // namespace nevus::server
