// SPDX-License-Identifier: MIT
#include <iomanip>
#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/training/bundle_export.h"
#include "nevus/training/fit.h"

namespace nevus::cli {
namespace {

struct Options {
  ChosenRuns runs;
  std::string out;
  std::string version;
};

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const opened, open_runs(options.runs));
  NEVUS_TRY(auto const exported, training::export_bundle(opened.trained, opened.data, options.runs.folders.front(),
                                                         {options.out, options.version}));
  show_exported(exported);
  return {};
}

}  // namespace

void show_exported(ExportedBundle const& exported) {
  std::cout << exported.folder.string() << ": " << exported.network_bytes
            << " bytes; LibTorch and OpenVINO differ over " << exported.parity.photos << " photos by at most "
            << std::scientific << std::setprecision(2) << exported.parity.max << " in a logit (mean "
            << exported.parity.mean << ", 99 % " << exported.parity.p99 << ")\n";
}

void add_export(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "export", "calibrate a run's network on val, measure it on test and write its bundle, to try it out");
  add_options(*command, options->runs);
  command->add_option("--out", options->out, "folder of the bundle; its name becomes the id")->required();
  command->add_option("--version-name", options->version, "version of the bundle, for example 2026.11.1")->required();
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
