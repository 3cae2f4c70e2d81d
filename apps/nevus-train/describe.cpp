// SPDX-License-Identifier: MIT
#include <iomanip>
#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/training/describe.h"

namespace nevus::cli {
namespace {

Result<void> run(std::string const& path) {
  NEVUS_TRY(auto const config, training::load_config(path));
  NEVUS_TRY(auto const stages, training::describe(config));
  auto const spec = config.served_preprocess();
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;
  std::cout << config.network.name << " at " << spec.width_px << "x" << spec.height_px << '\n'
            << std::left << std::setw(14) << "stage" << std::right << std::setw(16) << "output" << std::setw(14)
            << "parameters" << std::setw(16) << "multiply-adds" << '\n';
  for (auto const& stage : stages) {
    std::string shape;
    for (auto side : stage.output_chw) shape += (shape.empty() ? "" : "x") + std::to_string(side);
    std::cout << std::left << std::setw(14) << stage.name << std::right << std::setw(16) << shape << std::setw(14)
              << stage.parameters << std::setw(16) << stage.multiply_adds << '\n';
    parameters += stage.parameters;
    multiply_adds += stage.multiply_adds;
  }
  std::cout << std::left << std::setw(14) << "sum" << std::right << std::setw(30) << parameters << std::setw(16)
            << multiply_adds << '\n';
  return {};
}

}  // namespace

void add_describe(CLI::App& app, Result<void>& result) {
  auto path = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("describe", "print the layers, parameters and multiply-adds of a recipe's network");
  command->add_option("--config", *path, "recipe (configs/*.toml)")->required();
  command->callback([path, &result] { result = run(*path); });
}

}  // namespace nevus::cli
