// SPDX-License-Identifier: MIT
#include "nevus/training/config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "nevus/base/file.h"
#include "nevus/training/network_info.h"

namespace nevus {

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

  void number(std::string_view key, double& value, double low, double high) {
    if (auto const* node = take(key)) {
      auto const read = node->value<double>();
      if (!read) return problem(path(key) + " must be a number");
      if (!(*read >= low && *read <= high))
        return problem(path(key) + " = " + text(*read) + " is outside " + text(low) + " … " + text(high));
      value = *read;
    }
  }
  void integer(std::string_view key, int& value, int low, int high) {
    if (auto const* node = take(key)) {
      auto const read = node->value_exact<std::int64_t>();
      if (!read) return problem(path(key) + " must be a whole number");
      if (*read < low || *read > high) {
        return problem(path(key) + " = " + std::to_string(*read) + " is outside " + std::to_string(low) + " … " +
                       std::to_string(high));
      }
      value = int(*read);
    }
  }
  void flag(std::string_view key, bool& value) {
    if (auto const* node = take(key)) {
      auto const read = node->value_exact<bool>();
      if (!read) return problem(path(key) + " must be true or false");
      value = *read;
    }
  }
  void word(std::string_view key, std::string& value, bool required) {
    auto const* node = take(key);
    if (node == nullptr) {
      if (required) problem(path(key) + " is missing");
      return;
    }
    auto const read = node->value_exact<std::string>();
    if (!read || read->empty()) return problem(path(key) + " must be a text");
    value = *read;
  }
  /// One of a few words; the first is named first where it is none of them.
  void choice(std::string_view key, std::string& value, std::vector<std::string> const& words) {
    word(key, value, false);
    if (std::ranges::find(words, value) != words.end()) return;
    std::string known;
    for (auto const& one : words) known += (known.empty() ? "\"" : ", \"") + one + "\"";
    problem(path(key) + " = \"" + value + "\" is none of " + known);
  }
  void phases(std::vector<Phase>& phases) {
    auto const* node = take("phases");
    if (node == nullptr || !node->is_array() || node->as_array()->empty())
      return problem(path("phases") + " must be a list of {epochs, input_px}");
    for (auto const& entry : *node->as_array()) {
      Phase phase;
      TableReader reader(entry.as_table(), name_ + ".phases", source_);
      reader.integer("epochs", phase.epochs, 1, 10'000);
      reader.integer("input_px", phase.input_px, 32, 1024);
      reader.integer("frozen_blocks", phase.frozen_blocks, -1, 1000);
      reader.choice("photos", phase.photos, {"own", "pretraining"});
      if (auto const found = reader.finish()) return problem_as_is(*found);
      phases.push_back(phase);
    }
  }
  /// The first problem, an unknown key included.
  [[nodiscard]] std::optional<std::string> finish() {
    for (auto const& [key, node] : table_) {
      if (!seen_.contains(std::string(key.str()))) problem(path(key.str()) + " is not a known setting");
    }
    return problem_;
  }

 private:
  toml::node const* take(std::string_view key) {
    seen_[std::string(key)] = true;
    return table_.get(key);
  }
  [[nodiscard]] std::string path(std::string_view key) const {
    return (name_.empty() ? "" : name_ + ".") + std::string(key);
  }
  static std::string text(double value) {
    std::string digits = std::to_string(value);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits;
  }
  void problem(std::string const& sentence) { problem_as_is(source_ + ": " + sentence); }
  void problem_as_is(std::string const& sentence) {
    if (!problem_) problem_ = sentence;
  }

  std::string name_;
  std::string source_;
  toml::table table_;
  std::map<std::string, bool> seen_;
  std::optional<std::string> problem_;
};

std::optional<std::string> read_tables(toml::table const& root, std::string const& source, TrainingConfig& config) {
  TableReader top(&root, "", source);
  top.word("name", config.name, true);
  for (auto const* section : {"data", "network", "optimization", "augment"}) {
    if (root.get(section) != nullptr && !root.get(section)->is_table())
      return source + ": " + section + " must be a section";
  }
  TableReader data(root["data"].as_table(), "data", source);
  data.word("source", config.data.source, true);
  data.word("view", config.data.view, config.data.source == "ham10000");
  data.flag("isic2017", config.data.isic2017);
  data.integer("synthetic_per_class", config.data.synthetic_per_class, 4, 100'000);
  std::string split = "fixed";
  data.choice("split", split, {"fixed", "fold", "leaky_85_15"});
  config.data.split.kind = split_kind_from_name(split).value_or(SplitKind::kFixed);
  data.integer("folds", config.data.split.folds, 2, 100);
  data.integer("fold", config.data.split.fold, 0, config.data.split.folds - 1);
  TableReader network(root["network"].as_table(), "network", source);
  network.word("name", config.network.name, true);
  network.flag("pretrained", config.network.pretrained);
  network.number("dropout", config.network.dropout, 0, 0.9);
  network.number("stochastic_depth", config.network.stochastic_depth, 0, 0.9);
  network.integer("detail_px", config.network.detail_px, 0, 4096);
  TableReader steps(root["optimization"].as_table(), "optimization", source);
  auto& o = config.optimization;
  steps.phases(o.phases);
  steps.integer("batch", o.batch, 2, 4096);
  std::string precision = "float32";
  steps.choice("precision", precision, {"float32", "bfloat16"});
  o.precision = precision == "bfloat16" ? TrainingPrecision::kBfloat16 : TrainingPrecision::kFloat32;
  steps.number("learning_rate", o.learning_rate, 0, 1);
  steps.number("head_learning_rate", o.head_learning_rate, 0, 1);
  steps.number("weight_decay", o.weight_decay, 0, 1);
  steps.number("warmup_epochs", o.warmup_epochs, 0, 1000);
  steps.number("ema_decay", o.ema_decay, 0, 0.99999);
  steps.integer("patience", o.patience, 0, 10'000);
  steps.number("clip_norm", o.clip_norm, 0.01, 1e6);
  steps.number("label_smoothing", o.label_smoothing, 0, 0.5);
  steps.number("mixup_alpha", o.mixup_alpha, 0, 10);
  steps.number("sampling_power", o.sampling_power, 0, 1);
  int seed = 1;
  steps.integer("seed", seed, 0, 2'000'000'000);
  o.seed = std::uint64_t(seed);
  steps.integer("threads", o.threads, 0, 1024);
  TableReader augment(root["augment"].as_table(), "augment", source);
  auto& a = config.augment;
  augment.number("rotate_deg", a.rotate_deg, 0, 180);
  augment.number("scale_min", a.scale_min, 0.2, 5);
  augment.number("scale_max", a.scale_max, a.scale_min, 5);
  augment.number("stretch", a.stretch, 0, 1);
  augment.number("shear_deg", a.shear_deg, 0, 45);
  augment.number("shift_frac", a.shift_frac, 0, 0.5);
  augment.number("mirror_prob", a.mirror_prob, 0, 1);
  augment.number("brightness", a.brightness, 0, 0.9);
  augment.number("contrast", a.contrast, 0, 0.9);
  augment.number("saturation", a.saturation, 0, 1);
  augment.number("white_balance", a.white_balance, 0, 0.9);
  augment.number("soften_prob", a.soften_prob, 0, 1);
  for (auto const& [key, node] : root) {
    auto const name = key.str();
    if (name != "name" && name != "data" && name != "network" && name != "optimization" && name != "augment") {
      return source + ": " + std::string(name) + " is not a known setting";
    }
  }
  for (auto* reader : {&data, &network, &steps, &augment}) {
    if (auto const problem = reader->finish()) return problem;
  }
  if (config.name.empty()) return source + ": name is missing";
  if (config.data.source != "ham10000" && config.data.source != "synthetic") {
    return source + ": data.source = \"" + config.data.source + "\" is neither \"ham10000\" nor \"synthetic\"";
  }
  if (config.data.source != "ham10000" && (config.data.isic2017 || config.has_pretraining()))
    return source + ": photos of ISIC 2017 and of pretraining go with data.source = \"ham10000\" alone";
  if (config.data.source != "ham10000" && config.data.split.kind != SplitKind::kFixed)
    return source + ": data.split goes with data.source = \"ham10000\" alone";
  if (config.optimization.phases.back().photos != "own")
    return source + ": the last phase must train on its \"own\" photos";
  return std::nullopt;
}

}  // namespace

Result<TrainingConfig> parse_config(std::string_view toml_text, std::string const& source_name) {
  TrainingConfig config;
  config.text = toml_text;
  try {
    if (auto const problem = read_tables(toml::parse(toml_text), source_name, config))
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

}  // namespace training
}  // namespace nevus
