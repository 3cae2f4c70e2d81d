// SPDX-License-Identifier: MIT
#include "nevus/server/making.h"

#include "nevus/server/explained.h"

namespace nevus::server {

Result<Language> language_named(std::string const& text) {
  if (auto const known = language_from_code(text)) return *known;
  return fail(ErrorCode::kUsage, "language is \"" + text + "\", but must be en, de or es");
}

Result<Register> reader_named(std::string const& text) {
  for (auto const reader : {Register::kPatient, Register::kClinician})
    if (text == name(reader)) return reader;
  return fail(ErrorCode::kUsage, "reader is \"" + text + "\", but must be patient or clinician");
}

Result<Origin> writer_named(std::string const& what, std::string const& text) {
  for (auto const writer : {Origin::kOffline, Origin::kLanguageModel})
    if (text == name(writer)) return writer;
  return fail(ErrorCode::kUsage, what + " is \"" + text + "\", but must be offline or llm");
}

Language session_language(Session const& session) {
  return language_from_code(session.settings().language).value_or(Language::kEnglish);
}

Result<WriterOptions> read_writer(Request const& request) {
  WriterOptions writer;
  if (request.session) writer.language = session_language(*request.session);
  if (auto const language = request.parameter("language")) {
    NEVUS_TRY(writer.language, language_named(*language));
  }
  if (auto const reader = request.parameter("reader")) {
    NEVUS_TRY(writer.reader, reader_named(*reader));
  }
  return writer;
}

Result<ReportWish> read_wish(Request const& request) {
  ReportWish wish;
  NEVUS_TRY(wish.writer, read_writer(request));
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
  auto const prose =
      parts.told ? *parts.told : narrative::write(narrative::gather(parts.analysis, occasion.model), wish.writer);
  return report::to_pdf(parts.analysis, parts.photo, occasion.model, prose,
                        {parts.notes, occasion.time, wish.paper, occasion.sign_off});
}

Occasion occasion_of(StoredAnalysis const& analysis, std::optional<SignOff> sign_off) {
  auto const time = std::chrono::floor<std::chrono::seconds>(analysis.created_at);
  return {.model = analysis.model, .time = time, .sign_off = std::move(sign_off)};
}

}  // namespace nevus::server
