// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/narrative/writer.h"
#include "nevus/report/occasion.h"
#include "nevus/report/pdf.h"
#include "nevus/server/app.h"
#include "nevus/server/message.h"

namespace nevus::server {

/// How a report is to be written.
struct ReportWish {
  WriterOptions writer;
  PaperSize paper = PaperSize::kA4;
};

/// By its code, or its word; kUsage says what there is.
[[nodiscard]] Result<Language> language_named(std::string const& text);
[[nodiscard]] Result<Register> reader_named(std::string const& text);

/// Whose words; `what` is what the request calls that.
[[nodiscard]] Result<Origin> writer_named(std::string const& what, std::string const& text);

/// The language of the session, else English.
[[nodiscard]] Language session_language(Session const& session);

/// Language and reader from the query; the session's language and a patient where it names none. kUsage as above.
[[nodiscard]] Result<WriterOptions> read_writer(Request const& request);

/// From the query; the session's language where it names none. kUsage names a value that is none.
[[nodiscard]] Result<ReportWish> read_wish(Request const& request);

/// What all reports of an analysis are made from.
struct ReportParts {
  Analysis analysis;  ///< explained, where there is an assessment
  Image photo;
  Occasion occasion;
  PersonNotes notes;
  std::optional<Prose> told = {};  ///< instead of the offline writer's
};

/// Decodes the photo and explains the answer: some milliseconds, and 16 runs of the network where that was not done
/// before.
[[nodiscard]] Result<ReportParts> report_parts(App const& app, Session const& session, StoredAnalysis const& analysis);

/// The same parts and the same wish give the same bytes.
[[nodiscard]] Result<ByteVector> make_pdf(ReportParts const& parts, ReportWish const& wish);

/// The network, the time of the analysis and who signed it off.
[[nodiscard]] Occasion occasion_of(StoredAnalysis const& analysis, std::optional<SignOff> sign_off);

}  // namespace nevus::server
