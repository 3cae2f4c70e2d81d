// SPDX-License-Identifier: MIT
#include "report_file.h"

#include "nevus/image/decode.h"
#include "terminal.h"

namespace nevus::app {

void add_report_options(CLI::App& command, ReportOptions& options) {
  command.add_option("--report", options.file, "Also write a report into this PDF")->type_name("FILE.pdf");
  add_choice<std::optional<Origin>>(
      command, "--narrative", options.narrative,
      "Also say in words what the answer means; offline: written on this machine from fixed sentences; llm: by the "
      "language model of the settings, held to the facts",
      {{"offline", Origin::kOffline}, {"llm", Origin::kLanguageModel}});
  std::vector<std::pair<std::string, Language>> languages;
  for (auto const language : kLanguages) languages.emplace_back(code(language), language);
  options.language_flag =
      add_choice<Language>(command, "--language", options.writer.language, "Of the report and the words", languages);
  options.reader_flag = add_choice<Register>(command, "--reader", options.writer.reader, "Whom the words are for",
                                             {{"patient", Register::kPatient}, {"clinician", Register::kClinician}});
  command.add_option("--patient", options.notes.patient, "For the report: name or reference")->type_name("TEXT");
  command.add_option("--born", options.notes.born, "For the report: date of birth")->type_name("TEXT");
  command.add_option("--site", options.notes.site, "For the report: where on the body")->type_name("TEXT");
  command.add_option("--history", options.notes.history, "For the report: notes on the lesion")->type_name("TEXT");
  command.add_option("--analyst", options.notes.analyst, "For the report: who looks at it")->type_name("TEXT");
  options.paper_flag = add_choice<PaperSize>(command, "--paper", options.paper, "Of the report",
                                             {{"a4", PaperSize::kA4}, {"letter", PaperSize::kLetter}});
}

Result<void> check(ReportOptions const& options, std::size_t photos) {
  auto const& notes = options.notes;
  auto const typed = notes.patient + notes.born + notes.site + notes.history + notes.analyst;
  bool const worded = options.language_flag->count() + options.reader_flag->count() > 0;
  if (worded && options.file.empty() && !options.narrative)
    return fail(ErrorCode::kUsage, "--language and --reader are of words, so they need --report or --narrative");
  if (options.file.empty()) {
    if (!typed.empty() || options.paper_flag->count() > 0)
      return fail(ErrorCode::kUsage,
                  "--patient, --born, --site, --history, --analyst and --paper are of a report, so they need --report");
    return {};
  }
  if (photos > 1) return fail(ErrorCode::kUsage, "--report goes with one photo");
  if (!options.file.ends_with(".pdf")) return fail(ErrorCode::kUsage, "--report must name a file ending in .pdf");
  for (auto const* text : {&notes.patient, &notes.born, &notes.site, &notes.history, &notes.analyst}) {
    if (!report::is_utf8(*text))
      return fail(ErrorCode::kUsage, "--patient, --born, --site, --history and --analyst must be UTF-8");
  }
  return {};
}

Prose Words::about(Analysis const& analysis, ModelIdentity const& model) {
  auto const facts = narrative::gather(analysis, model);
  if (options_.narrative != Origin::kLanguageModel) return narrative::write(facts, options_.writer);
  auto told = narrative::tell(facts, options_.writer, {setup_, models_, budget_, limits_from(setup_), {}});
  if (told.failure)
    complain("the words are " + std::string(told.model.empty() ? "" : "partly ") +
             "the offline writer's: " + told.failure->sentence);
  for (auto const& replaced : told.guarded.replaced) {
    complain("dropped of " + std::string(name(replaced.section)) + (replaced.whole ? ", all: " : ", a sentence: ") +
             replaced.why);
  }
  return std::move(told.guarded.prose);
}

Result<ByteVector> make_report(Analysis const& analysis, Bytes photo, Occasion const& occasion, Prose const& prose,
                               ReportOptions const& options) {
  NEVUS_TRY(auto const image, image::decode(photo, {.max_bytes = photo.size()}));
  return report::to_pdf(analysis, image, occasion.model, prose,
                        {options.notes, occasion.time, options.paper, occasion.sign_off});
}

}  // namespace nevus::app
