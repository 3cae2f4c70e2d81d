// SPDX-License-Identifier: MIT
// What this server is: version, models, example photos.

#include <nlohmann/json.hpp>

#include "nevus/report/facts.h"
#include "nevus/server/embedded.h"
#include "nevus/server/handlers.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

Json tree_of(ServedModel const& model) {
  auto const& card = model.card();
  Json metrics = Json::object();
  for (auto const& [name, metric] : card.metrics)
    metrics[name] = {{"value", metric.value}, {"low", metric.low}, {"high", metric.high}};
  return {{"id", model.id},
          {"version", card.version},
          {"architecture", card.architecture},
          {"sha256", card.network_sha256},
          {"input_px", std::max(card.preprocess.width_px, card.preprocess.height_px)},
          {"default", model.is_default},
          {"state", name(model.state)},
          {"metrics", std::move(metrics)},
          {"licence", card.licence},
          {"training_data", card.training_data}};
}

struct ExamplePhoto {
  EmbeddedFile const& file;
  std::string isic_id;
  std::string title;
  std::string_view lesion_class;
};

/// A file of examples/ that is named as a photo, by the labels that stand before "-ISIC_" in its name.
std::optional<ExamplePhoto> example_photo(EmbeddedFile const& file) {
  struct Label {
    std::string_view file_name;
    std::string_view title;
    std::string_view lesion_class;
  };
  constexpr std::array<Label, 3> kLabels{{{"melanoma", "Melanoma", "mel"},
                                          {"nevus", "Nevus", "nv"},
                                          {"seborrheic-keratosis", "Seborrheic keratosis", "bkl"}}};
  auto const at = file.path.find("-ISIC_");
  if (at == std::string_view::npos || !file.path.ends_with(".jpg")) return std::nullopt;
  auto const isic_id = file.path.substr(at + 1, file.path.size() - at - 5);
  for (auto const& label : kLabels) {
    if (file.path.substr(0, at) != label.file_name) continue;
    return ExamplePhoto{file, std::string(isic_id), std::string(label.title) + ", " + std::string(isic_id),
                        label.lesion_class};
  }
  return std::nullopt;
}

}  // namespace

Result<Response> get_models(App& app, Request const& /*request*/) {
  Json list = Json::array();
  for (auto const& model : app.models.list()) list.push_back(tree_of(model));
  return Response::json(list.dump());
}

Result<Response> get_version(App& /*app*/, Request const& /*request*/) {
  return Response::json(Json{
      {"version", NEVUS_VERSION}, {"schema_version", kResultSchemaVersion}, {"openvino", inference::runtime_version()}}
                            .dump());
}

Result<Response> list_examples(App& /*app*/, Request const& /*request*/) {
  Json list = Json::array();
  for (auto const& file : examples()) {
    if (auto const photo = example_photo(file)) {
      list.push_back({{"name", file.path},
                      {"title", photo->title},
                      {"class", photo->lesion_class},
                      {"source", "ISIC 2017 challenge, " + photo->isic_id + ", CC0 1.0"}});
    }
  }
  return Response::json(list.dump());
}

Result<Response> get_example(App& /*app*/, Request const& request) {
  for (auto const& file : examples()) {
    if (file.path == request.parameters.at(0) && example_photo(file)) {
      Response response{.media_type = std::string(file.media_type)};
      response.bytes = file.bytes;
      return response;
    }
  }
  return fail(ErrorCode::kNotFound, "there is no example of this name; /api/v1/examples lists them");
}

}  // namespace nevus::server
