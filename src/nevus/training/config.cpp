// SPDX-License-Identifier: MIT
#include "nevus/training/config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <sstream>

#include "nevus/base/file.h"
#include "nevus/training/network_info.h"
#include "nevus/training/recipe_keys.h"

namespace nevus {
namespace {

/// Of the photos in HAM10000's 200x150 view (libjpeg's quantisation tables, colour at half resolution).
constexpr int kViewJpegQuality = 75;
/// Of `preprocess.width_px` in a card (docs/model-format.md).
constexpr int kSmallestServedPx = 16;

}  // namespace

int TrainingConfig::epochs() const {
  int sum = 0;
  for (auto const& phase : optimization.phases) sum += phase.epochs;
  return sum;
}

Phase const& TrainingConfig::phase_of(int epoch) const {
  for (auto const& phase : optimization.phases) {
    if (epoch < phase.epochs) return phase;
    epoch -= phase.epochs;
  }
  return optimization.phases.back();
}

bool TrainingConfig::in_last_phase(int epoch) const { return epoch >= epochs() - optimization.phases.back().epochs; }

bool TrainingConfig::has_pretraining() const {
  return std::ranges::any_of(optimization.phases, [](Phase const& phase) { return phase.photos == "pretraining"; });
}

PreprocessSpec TrainingConfig::preprocess(int input_px) const {
  PreprocessSpec spec{.width_px = input_px, .height_px = input_px, .detail_px = network.detail_px};
  if (data.source == "ham10000") spec.detail_jpeg_quality = kViewJpegQuality;
  if (auto const* info = training::find_network(network.name)) {
    spec.mean = info->mean;
    spec.std = info->std;
  }
  return spec;
}

namespace training {
namespace {

/// Reads one TOML table against the keys that it may hold; the first problem is kept.
class TableReader {
 public:
  TableReader(toml::table const* table, std::string name, std::string const& source)
      : name_(std::move(name)), source_(source) {
    if (table == nullptr)
      problem("section [" + name_ + "] is missing");
    else
      table_ = *table;
  }

  template <typename Part>
  void read(RecipeKeys<Part> const& keys, Part& part) {
    for (auto const& key : keys) {
      auto const* node = take(key.name);
      std::visit([&](auto const& value) { read(key.name, node, value, part); }, key.value);
    }
  }
  void word(std::string_view key, std::string& value, Presence presence) {
    auto const* node = take(key);
    if (node == nullptr) {
      if (presence == Presence::kRequired) problem(path(key) + " is missing");
      return;
    }
    auto const read = node->value_exact<std::string>();
    if (!read || read->empty()) return problem(path(key) + " must be a text");
    value = *read;
  }
  void phases(std::vector<Phase>& phases) {
    auto const* node = take("phases");
    if (node == nullptr || !node->is_array() || node->as_array()->empty())
      return problem(path("phases") + " must be a list of {epochs, input_px}");
    for (auto const& entry : *node->as_array()) {
      Phase phase;
      TableReader reader(entry.as_table(), name_ + ".phases", source_);
      reader.read(phase_keys(), phase);
      if (auto const found = reader.finish()) return problem_as_is(*found);
      phases.push_back(phase);
    }
  }
  /// The first problem, an unknown key included.
  [[nodiscard]] std::optional<std::string> finish() {
    for (auto const& [key, node] : table_) {
      if (!seen_.contains(key.str())) problem(path(key.str()) + " is not a known setting");
    }
    return problem_;
  }
  void problem(std::string const& sentence) { problem_as_is(source_ + ": " + sentence); }

 private:
  template <typename Part>
  void read(std::string_view key, toml::node const* node, NumberKey<Part> const& value, Part& part) {
    if (node == nullptr) return;
    auto const read = node->value<double>();
    if (!read) return problem(path(key) + " must be a number");
    if (!(*read >= value.low && *read <= value.high)) {
      return problem(path(key) + " = " + number_text(*read) + " is outside " + number_text(value.low) + " … " +
                     number_text(value.high));
    }
    part.*value.field = *read;
  }
  template <typename Part>
  void read(std::string_view key, toml::node const* node, WholeKey<Part> const& value, Part& part) {
    if (node == nullptr) return;
    auto const read = node->value_exact<std::int64_t>();
    if (!read) return problem(path(key) + " must be a whole number");
    if (*read < value.low || *read > value.high) {
      return problem(path(key) + " = " + std::to_string(*read) + " is outside " + std::to_string(value.low) + " … " +
                     std::to_string(value.high));
    }
    part.*value.field = int(*read);
  }
  template <typename Part>
  void read(std::string_view key, toml::node const* node, FlagKey<Part> const& value, Part& part) {
    if (node == nullptr) return;
    auto const read = node->value_exact<bool>();
    if (!read) return problem(path(key) + " must be true or false");
    part.*value.field = *read;
  }
  template <typename Part>
  void read(std::string_view key, toml::node const* node, WordKey<Part> const& value, Part& part) {
    word(key, part.*value.field, value.presence);
    if (node != nullptr && !value.words.empty()) static_cast<void>(index_of(key, part.*value.field, value.words));
  }
  template <typename Part>
  void read(std::string_view key, toml::node const* node, ChoiceKey<Part> const& value, Part& part) {
    if (node == nullptr) return;
    std::string chosen;
    word(key, chosen, Presence::kOptional);
    if (auto const index = index_of(key, chosen, value.words)) value.set(part, *index);
  }
  std::optional<int> index_of(std::string_view key, std::string const& value,
                              std::vector<std::string_view> const& words) {
    auto const found = std::ranges::find(words, value);
    if (found != words.end()) return int(found - words.begin());
    std::string known;
    for (auto const& one : words) known += (known.empty() ? "\"" : ", \"") + std::string(one) + "\"";
    problem(path(key) + " = \"" + value + "\" is none of " + known);
    return std::nullopt;
  }
  toml::node const* take(std::string_view key) {
    seen_.emplace(key);
    return table_.get(key);
  }
  [[nodiscard]] std::string path(std::string_view key) const {
    return (name_.empty() ? "" : name_ + ".") + std::string(key);
  }
  void problem_as_is(std::string const& sentence) {
    if (!problem_) problem_ = sentence;
  }

  std::string name_;
  std::string source_;
  toml::table table_;
  std::set<std::string, std::less<>> seen_;
  std::optional<std::string> problem_;
};

enum class Section { kRequired, kOptional };

/// Reads a file's sections one after the other; the first problem is kept.
class RecipeReader {
 public:
  RecipeReader(toml::table const& root, std::string const& source) : root_(root), source_(source) {}

  template <typename Part>
  void section(std::string const& name, Section kind, RecipeKeys<Part> const& keys, Part& part,
               std::function<void(TableReader&)> const& further = {}) {
    known_.insert(name);
    auto const* node = root_.get(name);
    if (node != nullptr && !node->is_table()) return keep(source_ + ": " + name + " must be a section");
    if (node == nullptr && kind == Section::kOptional) return;
    TableReader reader(node == nullptr ? nullptr : node->as_table(), name, source_);
    if (further) further(reader);
    reader.read(keys, part);
    keep(reader.finish());
  }
  [[nodiscard]] std::optional<std::string> finish() {
    for (auto const& [key, node] : root_) {
      if (!known_.contains(key.str())) return source_ + ": " + std::string(key.str()) + " is not a known setting";
    }
    return problem_;
  }

 private:
  void keep(std::optional<std::string> const& problem) {
    if (!problem_) problem_ = problem;
  }

  toml::table const& root_;
  std::string const& source_;
  std::set<std::string, std::less<>> known_{"name"};
  std::optional<std::string> problem_;
};

/// What no key alone can get wrong.
std::optional<std::string> contradiction(TrainingConfig const& config) {
  if (config.name.empty()) return "name is missing";
  if (config.data.source == "ham10000" && config.data.view.empty()) return "data.view is missing";
  if (config.data.source != "ham10000" &&
      (config.data.isic2017 || config.data.sharper_views || config.has_pretraining()))
    return "isic2017, sharper_views and pretraining photos go with data.source = \"ham10000\" alone";
  if (config.data.source == "synthetic" && config.data.split != SplitKind::kFixed)
    return "data.split does not go with data.source = \"synthetic\"";
  if (int const px = config.network.served_px; px > 0 && px < kSmallestServedPx)
    return "network.served_px = " + std::to_string(px) + " is below " + std::to_string(kSmallestServedPx) +
           ", the least that a bundle may have (0: the sides of the last phase)";
  if (config.data.fold >= config.data.folds)
    return "data.fold = " + std::to_string(config.data.fold) +
           " counts from 0, so it must be below data.folds = " + std::to_string(config.data.folds);
  if (config.optimization.phases.back().photos != "own") return "the last phase must train on its \"own\" photos";
  if (config.augment.scale_max < config.augment.scale_min) return "augment.scale_max is below augment.scale_min";
  if (config.loss.cross_entropy == 0 && config.loss.focal_alpha == 0)
    return "loss.cross_entropy and loss.focal_alpha are both 0: nothing is left to learn from";
  if (config.optimization.swa_epochs > config.optimization.phases.back().epochs)
    return "optimization.swa_epochs is more than the last phase has";
  return std::nullopt;
}

std::optional<std::string> read_recipe(toml::table const& root, std::string const& source, TrainingConfig& config) {
  RecipeReader reader(root, source);
  config.name = root["name"].value_or(std::string());
  reader.section("data", Section::kRequired, data_keys(), config.data);
  reader.section("network", Section::kRequired, network_keys(), config.network);
  reader.section("optimization", Section::kRequired, optimization_keys(), config.optimization,
                 [&](TableReader& table) { table.phases(config.optimization.phases); });
  reader.section("loss", Section::kOptional, loss_keys(), config.loss);
  reader.section("distill", Section::kOptional, distill_keys(), config.distill);
  reader.section("augment", Section::kRequired, augment_keys(), config.augment);
  if (auto const problem = reader.finish()) return problem;
  if (auto const problem = contradiction(config)) return source + ": " + *problem;
  return std::nullopt;
}

std::string text_of(toml::table const& recipe) {
  std::ostringstream text;
  text << recipe << '\n';
  return text.str();
}

}  // namespace

Result<TrainingConfig> parse_config(std::string_view toml_text, std::string const& source_name) {
  TrainingConfig config;
  config.text = toml_text;
  try {
    if (auto const problem = read_recipe(toml::parse(toml_text), source_name, config))
      return fail(ErrorCode::kConfig, *problem);
  } catch (toml::parse_error const& error) {
    return fail(ErrorCode::kConfig, source_name + ": line " + std::to_string(error.source().begin.line) + ": " +
                                        std::string(error.description()));
  }
  return config;
}

Result<TrainingConfig> load_config(std::filesystem::path const& path) {
  NEVUS_TRY(auto const bytes, read_file(path));
  return parse_config({reinterpret_cast<char const*>(bytes.data()), bytes.size()}, path.string());
}

Result<TrainingConfig> with_split(TrainingConfig const& config, SplitSpec const& split) {
  auto recipe = toml::parse(config.text);
  auto& data = *recipe["data"].as_table();
  data.insert_or_assign("split", std::string(nevus::name(split.kind)));
  for (auto const* key : {"fold", "folds"}) data.erase(key);
  if (split.kind == SplitKind::kFold) {
    data.insert_or_assign("fold", split.fold);
    data.insert_or_assign("folds", split.folds);
  }
  return parse_config(text_of(recipe), config.name);
}

Result<TrainingConfig> with_folder_source(TrainingConfig const& config) {
  auto recipe = toml::parse(config.text);
  auto& data = *recipe["data"].as_table();
  data.insert_or_assign("source", "folder");
  data.erase("view");
  return parse_config(text_of(recipe), config.name);
}

}  // namespace training
}  // namespace nevus
