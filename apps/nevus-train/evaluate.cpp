// SPDX-License-Identifier: MIT
#include <iomanip>
#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/base/file.h"
#include "nevus/training/bundle_export.h"
#include "nevus/training/fit.h"

namespace nevus::cli {
namespace {

struct Options {
  std::string run;
  std::string data = default_data_root();
  std::string out;
  std::string part = "val";
};

Result<void> evaluate(Options const& options) {
  NEVUS_TRY(auto const config, training::load_config(std::filesystem::path(options.run) / "config.toml"));
  NEVUS_TRY(auto const data, open_dataset(config, options.data));
  NEVUS_TRY(auto const trained, training::load_run(options.run, data));
  bool const on_test = options.part == "test";
  NEVUS_TRY(auto const run, training::evaluate_run(trained, data, on_test));
  auto const& evaluated = on_test ? run.test : run.val;
  std::cout << std::left << std::setw(36) << options.part << "figure   95 % interval\n"
            << std::fixed << std::setprecision(4);
  for (auto const& [name, metric] : evaluated.metrics) {
    std::cout << std::left << std::setw(36) << name << metric.value << "   " << metric.low << " … " << metric.high
              << '\n';
  }
  std::cout << std::left << std::setw(36) << "always \"nevus\": accuracy" << evaluated.baseline.accuracy << '\n'
            << std::setw(36) << "always \"nevus\": balanced accuracy" << evaluated.baseline.balanced_accuracy << '\n'
            << "temperature (fitted on val) " << evaluated.temperature << '\n';
  if (options.out.empty()) return {};
  return write_file_atomically(options.out, evaluation::to_csv(evaluated.predictions));
}

}  // namespace

void add_evaluate(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("evaluate", "measure a run's network on the validation or test photos");
  command->add_option("--run", options->run, "run folder of fit")->required();
  command->add_option("--data", options->data, "folder that holds ham10000/ (default: $NEVUS_DATA or ../shared/data)");
  command->add_option("--part", options->part, "val, or test (to report only, never to choose by)")
      ->check(CLI::IsMember({"val", "test"}));
  command->add_option("--predictions", options->out, "write each photo's logits to this CSV");
  command->callback([options, &result] { result = evaluate(*options); });
}

}  // namespace nevus::cli
