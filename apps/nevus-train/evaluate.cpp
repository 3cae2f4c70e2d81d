// SPDX-License-Identifier: MIT
#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/dataset/splits.h"
#include "nevus/evaluation/report.h"
#include "nevus/training/bundle_export.h"
#include "nevus/training/fit.h"

namespace nevus::cli {
namespace {

struct Options {
  ChosenRuns runs;
  std::string out;
  std::string part = "val";
};

Result<void> evaluate(Options const& options) {
  NEVUS_TRY(auto const opened, open_runs(options.runs));
  auto const& [data, trained] = opened;
  bool const on_test = options.part == "test";
  NEVUS_TRY(auto run, training::evaluate_run(trained, data, on_test));
  auto& evaluated = on_test ? run.test : run.val;
  EvaluationFacts facts{
      shown(options.runs) + ", epoch " + std::to_string(trained.epoch), "", data.name + ", part " + options.part, {}};
  facts.notes.push_back("Protocol: " + dataset::describe_split(data) + ".");
  facts.notes.push_back("The calibration was fitted on val.");
  auto const report = evaluation::make_report(
      std::move(facts), {std::move(evaluated.predictions), evaluated.calibration, training::natural_prior(data.train)});
  std::cout << evaluation::report_summary(report);
  return options.out.empty() ? Result<void>{} : evaluation::write_report(report, options.out);
}

}  // namespace

void add_evaluate(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("evaluate", "measure a run's network on the validation or test photos");
  add_options(*command, options->runs);
  command->add_option("--part", options->part, "val, or test (to report only, never to choose by)")
      ->check(CLI::IsMember({"val", "test"}));
  command->add_option("--out", options->out, "folder for the report, as `nevus evaluate` writes it");
  command->callback([options, &result] { result = evaluate(*options); });
}

}  // namespace nevus::cli
