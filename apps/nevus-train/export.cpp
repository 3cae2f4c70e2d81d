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
  std::string safetensors;
};

Result<void> run(Options const& options) {
  // Before minutes of evaluation.
  NEVUS_TRY(auto const bundle, training::check_options({options.out, options.version}));
  if (!options.safetensors.empty() && options.runs.folders.size() > 1)
    return fail(ErrorCode::kUsage, "--safetensors: a file holds the weights of one run, and several are given");
  NEVUS_TRY(auto const opened, open_runs(options.runs));
  NEVUS_TRY(auto const exported, training::export_bundle(opened.trained, opened.data, bundle));
  if (!options.safetensors.empty()) {
    NEVUS_CHECK(training::export_weights(options.runs.folders.front(), options.safetensors));
  }
  show_exported(exported);
  std::cerr << "`nevus-train calibrate --model " << exported.folder.string()
            << "` adds prediction sets, operating points and likeness\n";
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
  auto* command = app.add_subcommand("export",
                                     "fit a temperature to a run's network on val, measure it on test and write its "
                                     "bundle in a new place, to try it out");
  add_options(*command, options->runs);
  command->add_option("--out", options->out, "folder of the bundle; its name becomes the id")->required();
  command->add_option("--version-name", options->version, "version of the bundle, for example 2026.11.1")->required();
  command->add_option("--safetensors", options->safetensors,
                      "write the weights of the run there too, under the names of the published ones");
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
