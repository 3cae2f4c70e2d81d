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
  bool folds = false;
};

Result<void> show(EvaluationFacts facts, Judged judged, Options const& options) {
  auto const report = evaluation::make_report(std::move(facts), std::move(judged));
  std::cout << evaluation::report_summary(report);
  return options.out.empty() ? Result<void>{} : evaluation::write_report(report, options.out);
}

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
  return show(std::move(facts),
              {std::move(evaluated.predictions), evaluated.calibration, training::natural_prior(data.train)}, options);
}

/// The runs are the folds of one cross-validation, each of them once.
Result<void> check_folds(std::vector<std::string> const& folders) {
  std::vector<std::string> run_of;
  SplitSpec first;
  for (auto const& folder : folders) {
    NEVUS_TRY(auto const config, training::load_config(std::filesystem::path(folder) / "config.toml"));
    auto const split = config.data.split_spec();
    if (run_of.empty()) first = split;
    run_of.resize(std::size_t(first.folds));
    if (split.kind != SplitKind::kFold || split.folds != first.folds)
      return fail(ErrorCode::kConfig, folder + ": is not one of " + std::to_string(first.folds) + " folds");
    auto& taken = run_of[std::size_t(split.fold)];
    if (!taken.empty())
      return fail(ErrorCode::kUsage, folder + ": is fold " + std::to_string(split.fold) + ", as " + taken + " is");
    taken = folder;
  }
  for (std::size_t i = 0; i < run_of.size(); ++i) {
    if (run_of[i].empty())
      return fail(ErrorCode::kUsage, "no run of fold " + std::to_string(i) + " of " + std::to_string(first.folds));
  }
  return {};
}

/// Every photo of train and val, answered by the run that never saw its lesion.
Result<void> evaluate_folds(Options const& options) {
  if (options.part != "val" || options.runs.mirrored)
    return fail(ErrorCode::kUsage,
                "the runs of --folds are measured on their own folds, without --part and --mirrored");
  NEVUS_CHECK(check_folds(options.runs.folders));
  Judged judged;
  std::vector<Sample> photos;
  for (auto const& folder : options.runs.folders) {
    NEVUS_TRY(auto const opened, open_runs({{folder}, false, options.runs.data}));
    NEVUS_TRY(auto const predictions, training::predictions_of(opened.trained, opened.data.val));
    judged.predictions.insert(judged.predictions.end(), predictions.begin(), predictions.end());
    photos.insert(photos.end(), opened.data.val.begin(), opened.data.val.end());
    std::cerr << folder << ": " << dataset::describe_split(opened.data) << '\n';
  }
  judged.calibration = evaluation::fit_temperature(judged.predictions);
  judged.class_prior = training::natural_prior(photos);
  auto const folds = std::to_string(options.runs.folders.size());
  EvaluationFacts facts{shown(options.runs), "", "train and val of the fixed list, " + folds + " folds of lesions", {}};
  facts.notes.push_back("Each photo was answered by the run that was trained without its fold.");
  facts.notes.push_back("Of each run the epoch with the lowest log loss on its own fold answers.");
  facts.notes.push_back("One temperature was fitted on all answers.");
  return show(std::move(facts), std::move(judged), options);
}

}  // namespace

void add_evaluate(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("evaluate", "measure a run's network on the validation or test photos");
  add_options(*command, options->runs);
  command->add_option("--part", options->part, "val, or test (to report only, never to choose by)")
      ->check(CLI::IsMember({"val", "test"}));
  command->add_option("--out", options->out, "folder for the report, as `nevus evaluate` writes it");
  command->add_flag("--folds", options->folds, "the runs are those of `fit --fold`: each answers for its own fold");
  command->callback([options, &result] { result = options->folds ? evaluate_folds(*options) : evaluate(*options); });
}

}  // namespace nevus::cli
