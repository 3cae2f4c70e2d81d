// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "nevus/narrative/llm_writer.h"
#include "nevus/report/occasion.h"
#include "nevus/report/pdf.h"
#include "options.h"

namespace nevus::app {

/// Words about an answer, and the PDF that holds them.
struct ReportOptions {
  std::string file;                 ///< the PDF; empty: none
  std::optional<Origin> narrative;  ///< also as text after the answer, and whose
  WriterOptions writer;
  PersonNotes notes;
  PaperSize paper = PaperSize::kA4;
  CLI::Option const* language_flag = nullptr;
  CLI::Option const* reader_flag = nullptr;
  CLI::Option const* paper_flag = nullptr;
};
void add_report_options(CLI::App& command, ReportOptions& options);

/// kUsage where the options do not go together.
[[nodiscard]] Result<void> check(ReportOptions const& options, std::size_t photos);

/// The PDF about `analysis` of the photo with these bytes, with `prose` for its words.
[[nodiscard]] Result<ByteVector> make_report(Analysis const& analysis, Bytes photo, Occasion const& occasion,
                                             Prose const& prose, ReportOptions const& options);

/// The words about the answers of one run: the offline writer's, or a language model's where that was asked for.
class Words {
 public:
  Words(Settings const& settings, ReportOptions const& options)
      : options_(options), setup_(llm::set_up(settings)), budget_(settings.llm_session_tokens) {}

  /// Says on standard error why it is not the language model's.
  [[nodiscard]] Prose about(Analysis const& analysis, ModelIdentity const& model);

 private:
  ReportOptions const& options_;
  LlmSetup setup_;
  llm::ModelChoice models_;
  TokenBudget budget_;
};

}  // namespace nevus::app
