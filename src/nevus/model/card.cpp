// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "nevus/model/bundle.h"

namespace nevus::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;
constexpr double kAnyMagnitude = 1e9;

/// Reads one JSON object field by field. The first thing that is wrong is kept in `problem`, and every later read gives
/// a zero, so that the caller can name all fields in one list and ask once.
class Fields {
 public:
  Fields(Json const& object, std::string where, std::optional<std::string>& problem)
      : object_(object), where_(std::move(where)), problem_(problem) {
    if (!object_.is_object()) complain(where_.empty() ? "the card" : quoted(where_), object_, "an object {…}");
  }

  std::string text(std::string const& name) {
    Json const* value = take(name);
    if (value == nullptr) return {};
    if (value->is_string() && !value->get_ref<std::string const&>().empty()) return value->get<std::string>();
    complain(path(name), *value, "a text that is not empty");
    return {};
  }

  std::uint64_t whole(std::string const& name, std::uint64_t low, std::uint64_t high) {
    Json const* value = take(name);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() >= low && value->get<std::uint64_t>() <= high)
      return value->get<std::uint64_t>();
    complain(path(name), *value, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return 0;
  }

  double number(std::string const& name, double low = -kAnyMagnitude, double high = kAnyMagnitude) {
    Json const* value = take(name);
    return value == nullptr ? 0 : number(*value, path(name), low, high);
  }

  /// Red, green, blue.
  std::array<float, 3> colours(std::string const& name, double low, double high) {
    std::array<float, 3> channels{};
    Json const* value = take(name);
    if (value == nullptr) return channels;
    if (!value->is_array() || value->size() != channels.size()) {
      complain(path(name), *value, "a list of three numbers");
      return channels;
    }
    for (std::size_t i = 0; i < channels.size(); ++i)
      channels[i] = static_cast<float>(number((*value)[i], path(name), low, high));
    return channels;
  }

  /// [value, low, high]
  Metric metric(std::string const& name) {
    Json const* value = take(name);
    if (value == nullptr) return {};
    if (!value->is_array() || value->size() != 3) {
      complain(path(name), *value, "a list of three numbers");
      return {};
    }
    auto const at = [&](std::size_t i) { return number((*value)[i], path(name), -kAnyMagnitude, kAnyMagnitude); };
    return {at(0), at(1), at(2)};
  }

  /// {"akiec": 0.1, …}: every class, nothing else.
  template <typename T>
  PerClass<T> per_class(std::string const& name, double low, double high) {
    PerClass<T> values{};
    Fields fields = object(name);
    for (std::size_t i = 0; i < kLesionClassCount; ++i)
      values[i] = static_cast<T>(fields.number(std::string(kLesionClasses[i].id), low, high));
    fields.refuse_others();
    return values;
  }

  Fields object(std::string const& name) {
    Json const* value = take(name);
    static Json const kNothing = Json::object();
    return {value == nullptr ? kNothing : *value, where_.empty() ? name : where_ + "." + name, problem_};
  }

  /// Whether the field, which may be absent, is there.
  [[nodiscard]] bool has(std::string const& name) const { return !problem_ && object_.contains(name); }

  /// The names of an object's fields, whatever they are.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    if (problem_) return names;
    for (auto const& [name, value] : object_.items()) names.push_back(name);
    return names;
  }

  /// nullptr, and a complaint, where the field is missing.
  Json const* take(std::string const& name) {
    if (problem_) return nullptr;
    known_.push_back(name);
    if (auto const found = object_.find(name); found != object_.end()) return &*found;
    problem_ = path(name) + " is missing";
    return nullptr;
  }

  void refuse_others() {
    if (problem_) return;
    for (auto const& [name, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        problem_ = path(name) + " is not a field that a card has";
    }
  }

  void complain(std::string const& what, Json const& value, std::string const& expected) {
    if (problem_) return;
    std::string shown = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 80) shown = shown.substr(0, 80) + "…";
    problem_ = what + " must be " + expected + ", but is " + shown;
  }

  [[nodiscard]] std::string path(std::string const& name) const {
    return quoted(where_.empty() ? name : where_ + "." + name);
  }

 private:
  static std::string quoted(std::string const& name) { return "\"" + name + "\""; }

  double number(Json const& value, std::string const& what, double low, double high) {
    if (value.is_number() && value.get<double>() >= low && value.get<double>() <= high) return value.get<double>();
    complain(what, value,
             low == -kAnyMagnitude ? std::string("a number")
                                   : "a number from " + Json(low).dump() + " to " + Json(high).dump());
    return 0;
  }

  Json const& object_;
  std::string where_;
  std::optional<std::string>& problem_;
  std::vector<std::string> known_;
};

void read_classes(Fields& card) {
  Json ours = Json::array();
  for (auto const& lesion_class : kLesionClasses) ours.push_back(lesion_class.id);
  Json const* classes = card.take("classes");
  if (classes != nullptr && *classes != ours) card.complain("\"classes\"", *classes, ours.dump() + " in this order");
}

void read_network(Fields fields, ModelCard& card) {
  card.network_sha256 = fields.text("sha256");
  card.network_bytes = static_cast<std::int64_t>(fields.whole("size_bytes", 1, 2'000'000'000));
  fields.refuse_others();
  bool const is_sha256 = card.network_sha256.size() == 64 &&
                         card.network_sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_sha256) fields.complain(fields.path("sha256"), card.network_sha256, "64 lower-case hexadecimal digits");
}

void read_preprocess(Fields fields, PreprocessSpec& spec) {
  spec.width_px = static_cast<int>(fields.whole("width_px", 16, 2048));
  spec.height_px = static_cast<int>(fields.whole("height_px", 16, 2048));
  spec.detail_px = static_cast<int>(fields.whole("detail_px", 0, 8192));
  spec.detail_jpeg_quality = static_cast<int>(fields.whole("detail_jpeg_quality", 0, 100));
  spec.mean = fields.colours("mean", -1, 2);
  spec.std = fields.colours("std", 0.001, 10);
  fields.refuse_others();
}

void read_calibration(Fields fields, ModelCard& card) {
  if (fields.has("scale")) {
    auto const scale = fields.per_class<double>("scale", 0.001, 100);
    card.calibration = Calibration(scale, fields.per_class<double>("bias", -100, 100));
  } else if (double const temperature = fields.number("temperature", 0.01, 100); temperature > 0) {
    card.calibration = temperature;
  }
  // A class without a training photo would divide by zero in argmax(p / prior).
  card.class_prior = fields.per_class<double>("class_prior", 1e-9, 1);
  fields.refuse_others();
  double sum = 0;
  for (double const share : card.class_prior) sum += share;
  if (std::abs(sum - 1) > 1e-6) fields.complain(fields.path("class_prior"), sum, "shares that add up to 1");
}

std::vector<LesionClass> read_pooled(Fields& fields) {
  std::vector<LesionClass> pooled;
  Json const* list = fields.take("pooled");
  if (list == nullptr) return pooled;
  for (auto const& id : *list) {
    auto const lesion_class = id.is_string() ? lesion_class_from_id(id.get<std::string>()) : std::nullopt;
    if (!lesion_class) fields.complain(fields.path("pooled"), *list, "a list of class ids");
    if (lesion_class) pooled.push_back(*lesion_class);
  }
  return pooled;
}

FeatureStatistics read_feature_statistics(Fields fields) {
  FeatureStatistics features;
  features.sha256 = fields.text("sha256");
  auto const dimensions = fields.whole("dimensions", 1, 100'000);
  auto const components = fields.whole("components", 0, 10'000);
  features.mean.resize(dimensions);
  features.axis_variance.resize(components);
  features.axes.resize(components * dimensions);
  features.rest_variance = fields.number("rest_variance", 1e-12, kAnyMagnitude);
  features.doubtful_from = fields.number("doubtful_from", 0, kAnyMagnitude);
  features.rejected_from = fields.number("rejected_from", 0, kAnyMagnitude);
  fields.refuse_others();
  return features;
}

void read_trust(Fields fields, ModelCard& card) {
  auto sets = fields.object("sets");
  for (auto const& name : sets.names()) {
    auto set = sets.object(name);
    SetLimits limits{std::strtod(name.c_str(), nullptr), set.per_class<double>("min_prob", 0, 1), read_pooled(set)};
    set.refuse_others();
    if (!(limits.level > 0 && limits.level < 1)) set.complain("a level of the sets", name, "between 0 and 1");
    card.limits.sets.push_back(std::move(limits));
  }
  auto points = fields.object("operating_points");
  card.limits.thresholds.emplace();
  for (std::size_t i = 0; i < kOperatingPointCount; ++i)
    (*card.limits.thresholds)[i] = points.number(std::string(name(static_cast<OperatingPoint>(i))), 0, 1);
  points.refuse_others();
  if (fields.has("features")) card.features = read_feature_statistics(fields.object("features"));
  fields.refuse_others();
}

void read_training(Fields fields, ModelCard& card) {
  card.training_data = fields.text("data");
  card.training_data_sha256 = fields.text("data_sha256");
  card.code_commit = fields.text("code_commit");
  auto& source = card.source;
  if (fields.has("source")) {
    source.photos = fields.text("source");
    if (std::ranges::find(kPhotoSources, source.photos) == kPhotoSources.end())
      fields.complain(fields.path("source"), source.photos,
                      R"(one of "ham10000", "isic2018", "isic2019", "folders", "synthetic")");
  }
  if (fields.has("view")) source.view = fields.text("view");
  if (fields.has("start_weights")) source.start_weights = fields.text("start_weights");
  fields.refuse_others();
}

void read_metrics(Json const* metrics, Fields& fields, ModelCard& card) {
  if (metrics == nullptr || !metrics->is_object()) return;
  for (auto const& [name, value] : metrics->items()) {
    Fields metric = fields.object(name);
    card.metrics[name] = {metric.number("value"), metric.number("low"), metric.number("high")};
    metric.refuse_others();
  }
}

PartCount read_part(Fields fields) {
  constexpr std::uint64_t kMostPhotos = 1'000'000'000;
  PartCount part;
  part.photos = fields.whole("photos", 0, kMostPhotos);
  part.lesions = fields.whole("lesions", 0, kMostPhotos);
  part.classes = fields.per_class<std::size_t>("classes", 0, double(kMostPhotos));
  fields.refuse_others();
  return part;
}

Subgroup read_subgroup(Fields fields, std::string attribute, std::string group) {
  Subgroup subgroup{std::move(attribute), std::move(group), fields.whole("photos", 0, 1'000'000'000), {}};
  for (auto const* figure : {"accuracy", "balanced_accuracy", "recall.mel", "malignant_auc"}) {
    if (fields.has(figure)) subgroup.metrics[figure] = fields.metric(figure);
  }
  fields.refuse_others();
  return subgroup;
}

void read_evaluation(Fields fields, ModelCard& card) {
  card.split = fields.text("split");
  auto parts = fields.object("parts");
  for (auto const& name : parts.names()) card.parts[name] = read_part(parts.object(name));
  auto attributes = fields.object("subgroups");
  for (auto const& attribute : attributes.names()) {
    auto groups = attributes.object(attribute);
    for (auto const& group : groups.names())
      card.subgroups.push_back(read_subgroup(groups.object(group), attribute, group));
  }
  fields.refuse_others();
}

void read_canary(Fields fields, ModelCard& card) {
  card.canary_seed = fields.whole("seed", 0, std::numeric_limits<std::uint64_t>::max());
  card.canary_logits = fields.per_class<float>("logits", -1e6, 1e6);
  fields.refuse_others();
}

/// The shortest decimal that is this float again: 0.498, where its double would be written 0.49799999594688416.
double shortest(float value) {
  std::array<char, 32> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size() - 1, value).ptr;
  *end = '\0';
  return std::strtod(text.data(), nullptr);
}

Json colours_json(std::array<float, 3> const& channels) {
  return {shortest(channels[0]), shortest(channels[1]), shortest(channels[2])};
}

template <typename T>
Json per_class_json(PerClass<T> const& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kLesionClassCount; ++i) json[std::string(kLesionClasses[i].id)] = values[i];
  return json;
}

Json calibration_json(ModelCard const& card) {
  Json json = Json::object();
  if (double const temperature = card.calibration.temperature(); temperature > 0) {
    json["temperature"] = temperature;
  } else {
    json["scale"] = per_class_json(card.calibration.scale);
    json["bias"] = per_class_json(card.calibration.bias);
  }
  json["class_prior"] = per_class_json(card.class_prior);
  return json;
}

Json trust_json(ModelCard const& card) {
  Json trust{{"sets", Json::object()}, {"operating_points", Json::object()}};
  for (auto const& set : card.limits.sets) {
    Json pooled = Json::array();
    for (auto const lesion_class : set.pooled) pooled.push_back(info(lesion_class).id);
    std::array<char, 16> level{};
    std::snprintf(level.data(), level.size(), "%.2f", set.level);
    trust["sets"][level.data()] = {{"min_prob", per_class_json(set.min_prob)}, {"pooled", pooled}};
  }
  for (std::size_t i = 0; i < kOperatingPointCount; ++i)
    trust["operating_points"][std::string(name(static_cast<OperatingPoint>(i)))] = (*card.limits.thresholds)[i];
  if (auto const& features = card.features) {
    trust["features"] = {{"sha256", features->sha256},
                         {"dimensions", features->mean.size()},
                         {"components", features->axis_variance.size()},
                         {"rest_variance", features->rest_variance},
                         {"doubtful_from", features->doubtful_from},
                         {"rejected_from", features->rejected_from}};
  }
  return trust;
}

Json training_json(ModelCard const& card) {
  Json json{{"data", card.training_data},
            {"data_sha256", card.training_data_sha256},
            {"code_commit", card.code_commit},
            {"source", card.source.photos}};
  if (card.source.photos == "ham10000") json["view"] = card.source.view;
  json["start_weights"] = card.source.start_weights;
  return json;
}

Json evaluation_json(ModelCard const& card) {
  Json parts = Json::object();
  for (auto const& [name, part] : card.parts)
    parts[name] = {{"photos", part.photos}, {"lesions", part.lesions}, {"classes", per_class_json(part.classes)}};
  Json subgroups = Json::object();
  for (auto const& subgroup : card.subgroups) {
    Json group = Json::object();
    group["photos"] = subgroup.photos;
    for (auto const& [name, metric] : subgroup.metrics) group[name] = {metric.value, metric.low, metric.high};
    subgroups[subgroup.attribute][subgroup.group] = std::move(group);
  }
  return {{"split", card.split}, {"parts", parts}, {"subgroups", subgroups}};
}

}  // namespace

Result<ModelCard> parse_card(std::string_view json) {
  auto const refuse = [](std::string reason) { return fail(ErrorCode::kModelRefused, std::move(reason)); };
  auto const parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) return refuse("is not well-formed JSON");
  std::optional<std::string> problem;
  Fields fields(parsed, "", problem);
  auto const version = fields.whole("schema_version", 0, 1'000'000);
  if (problem) return refuse(std::move(*problem));
  if (version != kSchemaVersion) {
    return refuse("is written in version " + std::to_string(version) + " of the card's format, but this Nevus reads " +
                  "version " + std::to_string(kSchemaVersion));
  }
  ModelCard card;
  card.id = fields.text("id");
  card.version = fields.text("version");
  card.architecture = fields.text("architecture");
  card.licence = fields.text("licence");
  read_classes(fields);
  read_network(fields.object("network"), card);
  read_preprocess(fields.object("preprocess"), card.preprocess);
  read_calibration(fields.object("calibration"), card);
  if (fields.has("trust")) read_trust(fields.object("trust"), card);
  read_training(fields.object("training"), card);
  auto metrics = fields.object("metrics");
  if (!problem) read_metrics(&parsed["metrics"], metrics, card);
  if (fields.has("evaluation")) read_evaluation(fields.object("evaluation"), card);
  read_canary(fields.object("canary"), card);
  fields.refuse_others();
  if (problem) return refuse(std::move(*problem));
  return card;
}

std::string to_json(ModelCard const& card) {
  Json classes = Json::array();
  Json canary_logits = Json::object();
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    std::string const id(kLesionClasses[i].id);
    classes.push_back(id);
    canary_logits[id] = shortest(card.canary_logits[i]);
  }
  Json metrics = Json::object();
  for (auto const& [name, metric] : card.metrics)
    metrics[name] = {{"value", metric.value}, {"low", metric.low}, {"high", metric.high}};
  Json json{
      {"schema_version", kSchemaVersion},
      {"id", card.id},
      {"version", card.version},
      {"architecture", card.architecture},
      {"licence", card.licence},
      {"classes", classes},
      {"network", {{"sha256", card.network_sha256}, {"size_bytes", card.network_bytes}}},
      {"preprocess",
       {{"width_px", card.preprocess.width_px},
        {"height_px", card.preprocess.height_px},
        {"detail_px", card.preprocess.detail_px},
        {"detail_jpeg_quality", card.preprocess.detail_jpeg_quality},
        {"mean", colours_json(card.preprocess.mean)},
        {"std", colours_json(card.preprocess.std)}}},
      {"calibration", calibration_json(card)},
      {"training", training_json(card)},
      {"metrics", metrics},
      {"canary", {{"seed", card.canary_seed}, {"logits", canary_logits}}},
  };
  if (card.limits.thresholds) json["trust"] = trust_json(card);
  if (!card.parts.empty()) json["evaluation"] = evaluation_json(card);
  return json.dump(2) + "\n";
}

}  // namespace nevus::model
