// SPDX-License-Identifier: MIT
// nevus serve: the web server with its dashboard.

#include "nevus/server/serve.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "nevus/server/analyse.h"
#include "options.h"
#include "terminal.h"

namespace nevus::app {
namespace {

/// Every bundle that is there, and the one that default_model_path names.
Result<server::ModelPlaces> model_places(PlaceOptions const& places, Settings const& settings) {
  server::ModelPlaces found{model::find_bundles(models_folder(places)), bundle_folder("", places, settings)};
  auto const same = std::ranges::find_if(found.folders, [&](auto const& folder) {
    std::error_code error;
    return std::filesystem::equivalent(folder, found.default_folder, error);
  });
  if (same != found.folders.end()) {
    found.default_folder = *same;
    return found;
  }
  // A bundle elsewhere takes the place of one of the same id.
  std::erase_if(found.folders,
                [&](auto const& folder) { return folder.filename() == found.default_folder.filename(); });
  NEVUS_CHECK(load_bundle("", places, settings).map([](auto const&) {}));
  found.folders.push_back(found.default_folder);
  return found;
}

spdlog::level::level_enum level_of(server::LogLevel level) {
  constexpr std::array kLevels{spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  return kLevels[static_cast<std::size_t>(level)];
}

std::string text_of(server::LogLine const& line) {
  auto text = line.message;
  for (auto const& [name, value] : line.fields) {
    if (!value.empty()) text += fmt::format(" {}={}", name, value);
  }
  return text;
}

std::string json_of(server::LogLine const& line) {
  auto const level = spdlog::level::to_string_view(level_of(line.level));
  nlohmann::ordered_json tree{{"time", server::time_text(std::chrono::system_clock::now())},
                              {"level", std::string(level.data(), level.size())},
                              {"message", line.message}};
  for (auto const& [name, value] : line.fields) tree[std::string(name)] = value;
  return tree.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<void> serve(PlaceOptions const& places) {
  NEVUS_TRY(auto const settings, read_settings(places));
  NEVUS_TRY(auto found, model_places(places, settings));
  if (!settings.debug_mode) spdlog::set_level(spdlog::level::info);
  bool const as_json = settings.log_format == "json";
  if (as_json) spdlog::set_pattern("%v");
  return server::serve(settings, std::move(found), [as_json](server::LogLine const& line) {
    spdlog::log(level_of(line.level), "{}", as_json ? json_of(line) : text_of(line));
  });
}

}  // namespace

void add_serve(CLI::App& program, Action& chosen) {
  auto const places = std::make_shared<PlaceOptions>();
  auto* const command = program.add_subcommand("serve", "Serve the dashboard and the HTTP API on this machine");
  add_place_options(*command, *places, SettingUse::kServer);
  command->callback([places, &chosen] { chosen = [places] { return serve(*places); }; });
}

}  // namespace nevus::app
