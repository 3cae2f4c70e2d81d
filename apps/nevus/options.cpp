// SPDX-License-Identifier: MIT
#include "options.h"

#include <spdlog/spdlog.h>
#include <cstdlib>
#include <map>
#include <optional>

namespace nevus::app {
namespace {

constexpr char const* kDefaultModel = "fast";

std::filesystem::path installed_models() {
  std::error_code error;
  auto const program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "nevus" / "models";
}

std::string found_models(std::filesystem::path const& root) {
  std::string ids;
  for (auto const& folder : model::find_bundles(root)) ids += (ids.empty() ? "" : ", ") + folder.filename().string();
  return ids.empty() ? "there is no model in " + root.string() : "there are: " + ids;
}

}  // namespace

void add_place_options(CLI::App& command, PlaceOptions& options, SettingUse use) {
  command.add_option("--models", options.models_folder, "Folder of the model bundles (also: NEVUS_MODELS)")
      ->type_name("DIR")
      ->group("Settings");
  command.add_option("--config", options.config_file, "Settings file instead of ./nevus.toml")
      ->type_name("FILE")
      ->group("Settings");
  for (auto const& setting : settings_table()) {
    if (setting.use == SettingUse::kServer && use != SettingUse::kServer) continue;
    if (flag_name(setting).empty()) continue;
    std::string const help = std::string(setting.help) + " (" + environment_name(setting) + ")";
    auto* const option = std::holds_alternative<bool Settings::*>(setting.member)
                             ? command.add_flag(flag_name(setting), help)
                             : command.add_option(flag_name(setting), help)->type_name("VALUE");
    option->group("Settings");
    options.setting_flags.emplace_back(setting.name, option);
  }
}

void add_model_options(CLI::App& command, ModelOptions& options) {
  command.add_option("-m,--model", options.model, "Model: an id of `nevus models`, or a bundle's folder with a slash")
      ->type_name("ID");
  add_choice<Precision>(command, "--precision", options.precision,
                        "Arithmetic of the network; bfloat16 is faster where the CPU has it",
                        {{"float32", Precision::kFloat32}, {"bfloat16", Precision::kBfloat16}});
}

Result<Settings> read_settings(PlaceOptions const& options) {
  std::optional<std::filesystem::path> file;
  if (!options.config_file.empty()) file = options.config_file;
  std::map<std::string, std::string> given;
  for (auto const& [name, option] : options.setting_flags) {
    if (option->count() > 0) given.emplace(name, option->as<std::string>());
  }
  NEVUS_TRY(auto sources, process_sources(file, std::move(given)));
  NEVUS_TRY(auto settings, nevus::load_settings(sources));
  if (settings.debug_mode) spdlog::set_level(spdlog::level::debug);
  return settings;
}

std::filesystem::path models_folder(PlaceOptions const& options) {
  if (!options.models_folder.empty()) return options.models_folder;
  if (char const* const named = std::getenv("NEVUS_MODELS"); named != nullptr && *named != '\0') return named;
  auto const installed = installed_models();
  return std::filesystem::is_directory(installed) ? installed : NEVUS_SOURCE_MODELS;
}

std::filesystem::path bundle_folder(std::string const& model, PlaceOptions const& options, Settings const& settings) {
  if (model.find('/') != std::string::npos) return model;
  if (!model.empty()) return models_folder(options) / model;
  return settings.default_model_path.empty() ? models_folder(options) / kDefaultModel : settings.default_model_path;
}

Result<ModelBundle> load_bundle(std::string const& model, PlaceOptions const& options, Settings const& settings) {
  auto const folder = bundle_folder(model, options, settings);
  auto bundle = model::load_bundle(folder);
  if (bundle) {
    spdlog::debug("model {} {} read from {}", bundle->card.id, bundle->card.version, folder.string());
  } else if (bundle.error().code == ErrorCode::kModelNotFound) {
    return fail(ErrorCode::kModelNotFound,
                "no model at " + folder.string() + "; " + found_models(models_folder(options)));
  }
  return bundle;
}

}  // namespace nevus::app
