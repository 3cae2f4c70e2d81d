// SPDX-License-Identifier: MIT
#include "layering/includes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <sstream>

namespace nevus::layering {
namespace {

/// Third-party headers that a module's public header may show.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPublic{
    {{"base", "tl/expected.hpp"}, {"training", "torch/torch.h"}, {"apps", "CLI/CLI.hpp"}}};

/// Libraries that belong to one place alone.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kOwners{{{"openvino/", "inference"},
                                                                                {"torch/", "training"},
                                                                                {"ATen/", "training"},
                                                                                {"c10/", "training"},
                                                                                {"onnx/", "training"},
                                                                                {"spdlog/", "apps"},
                                                                                {"CLI/", "apps"},
                                                                                {"boost/", "server"}}};

struct Include {
  std::string path;
  bool quoted;
};

std::optional<Include> include_of(std::string_view line) {
  auto const skip = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
  skip();
  if (!line.starts_with('#')) return std::nullopt;
  line.remove_prefix(1);
  skip();
  if (!line.starts_with("include")) return std::nullopt;
  line.remove_prefix(7);
  skip();
  if (!line.starts_with('<') && !line.starts_with('"')) return std::nullopt;
  bool const quoted = line.front() == '"';
  auto const end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return Include{std::string(line.substr(1, end - 1)), quoted};
}

/// "risk" of "src/nevus/risk/risk.cpp", "apps" of "apps/nevus/main.cpp".
std::string place_of(std::string_view path) {
  constexpr std::string_view kModules = "src/nevus/";
  if (!path.starts_with(kModules)) return "apps";
  path.remove_prefix(kModules.size());
  return std::string(path.substr(0, path.find('/')));
}

std::vector<std::string> const* uses_of(Layers const& layers, std::string_view module) {
  auto const row = std::ranges::find(layers, module, [](auto const& layer) { return std::string_view(layer.first); });
  return row == layers.end() ? nullptr : &row->second;
}

bool holds(auto const& range, auto const& wanted) { return std::ranges::find(range, wanted) != range.end(); }

std::string breach_of_module(Layers const& layers, std::string const& path, std::string const& place,
                             std::string const& used) {
  if (place == "apps") {
    bool const trainer = path.starts_with("apps/nevus-train/");
    return used == "training" && !trainer ? "nevus must know nothing of the module training" : "";
  }
  auto const* const uses = uses_of(layers, place);
  if (used == place || (uses != nullptr && holds(*uses, used))) return "";
  return "the module " + place + " does not declare that it uses " + used;
}

std::string breach_of_third_party(std::string const& path, std::string const& place, Include const& include) {
  for (auto const& [prefix, owner] : kOwners) {
    if (include.path.starts_with(prefix) && place != owner) return "this library belongs to " + std::string(owner);
  }
  bool const standard = !include.quoted && include.path.find_first_of("./") == std::string::npos;
  if (standard || !path.ends_with(".h")) return "";
  if (holds(kPublic, std::pair(std::string_view(place), std::string_view(include.path)))) return "";
  return "a header shows only the standard library and nevus";
}

void check_file(Layers const& layers, std::string const& path, std::string const& text,
                std::vector<std::string>& found) {
  auto const place = place_of(path);
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    auto const include = include_of(line);
    if (!include) continue;
    bool const ours = include->path.starts_with("nevus/");
    bool const beside = place == "apps" && include->quoted && !ours;
    std::string problem;
    if (ours) problem = breach_of_module(layers, path, place, place_of("src/" + include->path));
    if (!ours && !beside) problem = breach_of_third_party(path, place, *include);
    if (!problem.empty()) {
      found.push_back(path + ":" + std::to_string(number) + " includes " + include->path + ": " + problem);
    }
  }
}

}  // namespace

Layers parse_layers(std::string_view text) {
  Layers layers;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) {
    auto const colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream rest(line.substr(colon + 1));
    std::vector<std::string> uses;
    for (std::string word; rest >> word;) uses.push_back(word);
    layers.emplace_back(line.substr(0, colon), std::move(uses));
  }
  return layers;
}

std::vector<std::string> breaches(Layers const& layers, Sources const& sources) {
  std::vector<std::string> found;
  std::set<std::string> declared{"apps"};
  for (auto const& [module, uses] : layers) {
    for (auto const& used : uses) {
      if (!declared.contains(used)) found.push_back(module + " uses " + used + ", which does not stand before it");
    }
    declared.insert(module);
  }
  for (auto const& [path, text] : sources) {
    auto const place = place_of(path);
    if (!declared.contains(place)) found.push_back(path + ": " + place + " is no declared module");
    check_file(layers, path, text, found);
  }
  return found;
}

}  // namespace nevus::layering
