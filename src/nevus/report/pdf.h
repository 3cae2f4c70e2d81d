// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/narrative/writer.h"
#include "nevus/report/facts.h"
#include "nevus/report/sign_off.h"

namespace nevus {

enum class PaperSize { kA4, kLetter };

/// What stands in a report besides the analysis.
struct ReportFields {
  PersonNotes notes;
  std::chrono::sys_seconds made;
  PaperSize paper = PaperSize::kA4;
  std::optional<SignOff> sign_off = {};  ///< without it the report is preliminary
};

namespace report {

/// Two pages with everything about `analysis` of `photo`: answer, what to do, pictures and figures, then the rest of
/// `prose`, sources and signature. One page for a declined photo.
/// Any text in the fields is safe: it is drawn as it stands, and shortened where there is no room. The same arguments
/// give the same bytes. Fonts are embedded; tags, language and title are set for screen readers. kInternal where Cairo
/// cannot write. Thread-safe. Cost: docs/reports.md.
[[nodiscard]] Result<ByteVector> to_pdf(Analysis const& analysis, Image const& photo, ModelIdentity const& model,
                                        Prose const& prose, ReportFields const& fields);

}  // namespace report
}  // namespace nevus
