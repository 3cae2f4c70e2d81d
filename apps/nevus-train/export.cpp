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
  std::string run;
  std::string out;
  std::string version;
  std::string data = default_data_root();
};

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const config, training::load_config(std::filesystem::path(options.run) / "config.toml"));
  NEVUS_TRY(auto const data, open_dataset(config, options.data));
  NEVUS_TRY(auto const trained, training::load_run(options.run, data));
  NEVUS_TRY(auto const exported, training::export_bundle(trained, data, options.run, {options.out, options.version}));
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
  command->add_option("--run", options->run, "run folder of fit")->required();
  command->add_option("--out", options->out, "folder of the bundle; its name becomes the id")->required();
  command->add_option("--version-name", options->version, "version of the bundle, for example 2026.11.1")->required();
  command->add_option("--data", options->data, "folder that holds ham10000/ (default: $NEVUS_DATA or ../shared/data)");
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
