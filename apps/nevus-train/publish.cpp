// SPDX-License-Identifier: MIT
#include "nevus/training/publish.h"

#include <iostream>
#include <memory>

#include "commands.h"

namespace nevus::cli {
namespace {

struct Options {
  ChosenRuns runs;
  std::string to;
  std::string version;
};

void show(char const* figure, Metric const& difference) {
  std::array<char, 160> row{};
  std::snprintf(row.data(), row.size(), "  %-18s %+.4f   95 %% interval %+.4f to %+.4f\n", figure, difference.value,
                difference.low, difference.high);
  std::cout << row.data();
}

Result<void> run(Options const& options) {
  NEVUS_TRY(auto bundle, training::check_options({options.to, options.version, Replacing::kOldBundle}));
  NEVUS_TRY(auto const opened, open_runs(options.runs));
  NEVUS_TRY(auto const verdict, training::judge(opened.trained, opened.data, options.to));
  if (verdict.difference) {
    std::cout << "on val in every view, this run minus " << options.to
              << " (bootstrap of whole lesions, the same for both):\n";
    show("log loss", verdict.difference->log_loss);
    show("balanced accuracy", verdict.difference->balanced_accuracy);
  }
  if (verdict.refusal) {
    return fail(ErrorCode::kModelRefused,
                shown(options.runs) + " is not published: " + *verdict.refusal + "; " + options.to + " is unchanged");
  }
  bundle.calibrate = calibrate_options(opened.data.source, options.runs.data);
  NEVUS_TRY(auto const exported, training::export_bundle(opened.trained, opened.data, bundle));
  show_exported(exported);
  return {};
}

}  // namespace

void add_publish(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "publish",
      "export and calibrate a run's network if it beats the bundle in place on val and is no majority answer");
  add_options(*command, options->runs);
  command->add_option("--to", options->to, "folder of the bundle; its name is the id, what is there is beaten or kept")
      ->required();
  command->add_option("--version-name", options->version, "version of the bundle, for example 2026.11.1")->required();
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
