// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nevus/base/config.h"
#include "nevus/inference/classifier.h"

namespace nevus::app {

/// Options that every subcommand has: where models and settings come from. Settings of the server are options of `use`
/// kServer alone.
struct PlaceOptions {
  std::string models_folder;
  std::string config_file;
  std::vector<std::pair<std::string, CLI::Option const*>> setting_flags;  ///< by setting name
};
void add_place_options(CLI::App& command, PlaceOptions& options, SettingUse use = SettingUse::kEveryCommand);

/// Options of the subcommands that classify.
struct ModelOptions {
  std::string model;  ///< id or folder; empty: the default
  Precision precision = Precision::kFloat32;
};
void add_model_options(CLI::App& command, ModelOptions& options);

/// An option whose value is one of a few words: add_choice(command, "--format", …, {{"text", Format::kText}, …}).
template <typename Value>
CLI::Option* add_choice(CLI::App& command, std::string const& name, Value& target, std::string const& help,
                        std::vector<std::pair<std::string, Value>> const& choices) {
  std::string words;
  for (auto const& choice : choices) words += (words.empty() ? "" : "|") + choice.first;
  auto const choose = [&target, choices, words, name](std::string const& word) {
    for (auto const& [known, value] : choices) {
      if (known != word) continue;
      target = value;
      return;
    }
    throw CLI::ValidationError(name + " is \"" + word + "\", but must be " + words, CLI::ExitCodes::ValidationError);
  };
  return command.add_option_function<std::string>(name, choose, help)->type_name(words);
}

/// The settings of this process, and what follows at once from them: --debug-mode turns on logging.
[[nodiscard]] Result<Settings> read_settings(PlaceOptions const& options);

/// Where bundles lie: --models, then NEVUS_MODELS, then share/nevus/models beside the program's bin folder, then the
/// source tree that the program was built from.
[[nodiscard]] std::filesystem::path models_folder(PlaceOptions const& options);

/// The folder of the bundle that `model` means: a folder when it holds a slash, else an id below models_folder; empty:
/// default_model_path or else `fast`.
[[nodiscard]] std::filesystem::path bundle_folder(std::string const& model, PlaceOptions const& options,
                                                  Settings const& settings);

/// Reads that bundle. kModelNotFound lists the models that there are.
[[nodiscard]] Result<ModelBundle> load_bundle(std::string const& model, PlaceOptions const& options,
                                              Settings const& settings);

}  // namespace nevus::app
