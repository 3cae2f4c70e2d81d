// SPDX-License-Identifier: MIT
#include <iomanip>
#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/training/speed.h"

namespace nevus::cli {
namespace {

struct Options {
  std::string config;
  SpeedOptions speed;
};

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const config, training::load_config(options.config));
  NEVUS_TRY(auto const speed, training::measure_speed(config, options.speed));
  std::cerr << config.network.name << " at " << speed.input_px << " px, batch " << speed.batch << ", " << speed.threads
            << (speed.threads == 1 ? " thread" : " threads") << ": photos per second\n";
  std::cout << std::fixed << std::setprecision(2) << speed.photos_per_s << '\n';
  return {};
}

}  // namespace

void add_bench(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("bench", "photos per second of training on a synthetic batch, without loading any");
  command->add_option("--config", options->config, "recipe (configs/*.toml)")->required();
  command->add_option("--input-px", options->speed.input_px, "sides of the input (default: the recipe's last phase)");
  command->add_option("--batch", options->speed.batch, "photos in a batch (default: the recipe's)");
  command->add_option("--threads", options->speed.threads, "default: the recipe's, or all cores");
  command->add_option("--frozen-blocks", options->speed.frozen_blocks,
                      "keep the stem and this many blocks as they are (default: -1, train all)");
  command->add_option("--steps", options->speed.steps, "steps to time; their median counts");
  command->add_option("--warmup-steps", options->speed.warmup_steps, "steps before them");
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
