// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/report/occasion.h"
#include "nevus/report/pdf.h"
#include "options.h"

namespace nevus::app {

/// Words about an answer, and the PDF that holds them.
struct ReportOptions {
  std::string file;        ///< the PDF; empty: none
  bool narrative = false;  ///< also as text after the answer
  WriterOptions writer;
  PersonNotes notes;
  PaperSize paper = PaperSize::kA4;
};
void add_report_options(CLI::App& command, ReportOptions& options);

/// kUsage where the options do not go together.
[[nodiscard]] Result<void> check(ReportOptions const& options, std::size_t photos);

/// The PDF about `analysis` of the photo with these bytes.
[[nodiscard]] Result<ByteVector> make_report(Analysis const& analysis, Bytes photo, Occasion const& occasion,
                                             ReportOptions const& options);

}  // namespace nevus::app
