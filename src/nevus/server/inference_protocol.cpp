// SPDX-License-Identifier: MIT
// /v2: the Open Inference Protocol, as KServe and Triton clients speak it.

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nevus/explain/heat_map.h"
#include "nevus/model/preprocess.h"
#include "nevus/risk/risk.h"
#include "nevus/server/handlers.h"
#include "nevus/server/tensors.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxPhotos = 64;

/// Below …/versions/{version} it must be that of the model: there is one of each.
Result<void> check_version(ModelCard const& card, Request const& request) {
  if (request.parameters.size() < 2 || request.parameters[1] == card.version) return {};
  return fail(ErrorCode::kModelNotFound, "the model " + card.id + " has the version " + card.version +
                                             " here, and no \"" + request.parameters[1] + "\"");
}

Result<ServedModel> served(App const& app, Request const& request) {
  for (auto& model : app.models.list()) {
    if (model.id != request.parameters.at(0)) continue;
    if (model.classifier) NEVUS_CHECK(check_version(model.card(), request));
    return model;
  }
  return fail(ErrorCode::kModelNotFound, "there is no model \"" + request.parameters.at(0) + "\" here");
}

Result<std::shared_ptr<Classifier const>> network(App const& app, Request const& request) {
  NEVUS_TRY(auto classifier, app.models.get(request.parameters.at(0)));
  NEVUS_CHECK(check_version(classifier->card(), request));
  return classifier;
}

Result<InferRequest> read(Request const& request, PreprocessSpec const& spec) {
  auto json_bytes = request.body.size();
  auto const header = request.header("inference-header-content-length");
  if (!header.empty()) {
    auto const [end, error] = std::from_chars(header.data(), header.data() + header.size(), json_bytes);
    if (error != std::errc{} || end != header.data() + header.size())
      return fail(ErrorCode::kUsage, "Inference-Header-Content-Length is no number");
  }
  auto const side_px = [](int px) { return static_cast<std::size_t>(px); };
  return parse_infer(request.bytes(), json_bytes,
                     {kMaxPhotos * 3 * side_px(spec.height_px) * side_px(spec.width_px), kMaxPhotos});
}

/// The photos of a request as the network takes them, one tensor each.
Result<std::vector<Tensor>> network_inputs(App const& app, InferRequest const& request, PreprocessSpec const& spec,
                                           std::function<bool()> const& abandoned) {
  if (request.inputs.size() != 1) return fail(ErrorCode::kUsage, "there must be one input, called image or photo");
  auto const& input = request.inputs.front();
  std::vector<Tensor> tensors;
  if (input.name == "photo" && input.holds_strings) {
    if (input.strings.size() > kMaxPhotos) return fail(ErrorCode::kUsage, "more than 64 photos in one request");
    for (auto const& photo : input.strings) {
      if (abandoned()) return fail(ErrorCode::kDeadline, "the client has left");
      NEVUS_TRY(auto const image, image::decode(photo, image::limits_from(app.settings)));
      tensors.push_back(model::preprocess(image, spec));
    }
    return tensors;
  }
  std::vector<std::int64_t> const one{3, spec.height_px, spec.width_px};
  bool const fits = input.name == "image" && !input.holds_strings && input.shape.size() == 4 &&
                    std::equal(one.begin(), one.end(), input.shape.begin() + 1) &&
                    input.shape[0] <= static_cast<std::int64_t>(kMaxPhotos);
  if (!fits) {
    return fail(ErrorCode::kUsage, "the input must be image, FP32 [N,3," + std::to_string(spec.height_px) + "," +
                                       std::to_string(spec.width_px) + "], or photo, BYTES [N], with N up to 64");
  }
  auto const size = input.values.size() / static_cast<std::size_t>(input.shape[0]);
  for (std::size_t i = 0; i < static_cast<std::size_t>(input.shape[0]); ++i) {
    auto const start = input.values.begin() + static_cast<std::ptrdiff_t>(i * size);
    tensors.push_back({{1, 3, spec.height_px, spec.width_px}, {start, start + static_cast<std::ptrdiff_t>(size)}});
  }
  return tensors;
}

/// The same network with a core for each photo, once that is ready: for several photos it is nearly twice as fast
/// (docs/decisions/0003).
std::shared_ptr<Classifier const> for_many(App const& app, Request const& request,
                                           std::shared_ptr<Classifier const> const& classifier) {
  for (auto& model : app.models.list()) {
    bool const is_same = model.id == request.parameters.at(0) && model.for_many &&
                         model.for_many->card().network_sha256 == classifier->card().network_sha256;
    if (is_same) return model.for_many;
  }
  return classifier;
}

Result<std::vector<NetworkOutput>> run_all(Classifier const& classifier, std::vector<Tensor> const& inputs,
                                           std::function<bool()> const& abandoned) {
  constexpr std::ptrdiff_t kPiece = 16;  // after which it is looked whether anybody still waits
  std::vector<NetworkOutput> outputs;
  for (auto begin = inputs.begin(); begin != inputs.end();) {
    if (abandoned()) return fail(ErrorCode::kDeadline, "the client has left");
    auto const end = begin + std::min(kPiece, inputs.end() - begin);
    NEVUS_TRY(auto piece, classifier.run_all({begin, end}));
    std::ranges::move(piece, std::back_inserter(outputs));
    begin = end;
  }
  return outputs;
}

Result<Response> answer_with(InferRequest const& request, ModelCard const& card,
                             std::vector<InferTensor> const& outputs) {
  NEVUS_TRY(auto answer, infer_answer(request, card.id, card.version, outputs));
  auto const json_bytes = answer.json_bytes;
  auto response =
      Response::binary(json_bytes ? "application/octet-stream" : "application/json", std::move(answer.body));
  if (!json_bytes) return response;
  return std::move(response).with("Inference-Header-Content-Length", std::to_string(*json_bytes));
}

template <typename Values>
void append(InferTensor& tensor, Values const& values) {
  for (auto const value : values) tensor.values.push_back(static_cast<float>(value));
}

}  // namespace

Result<Response> get_server_metadata(App& /*app*/, Request const& /*request*/) {
  return Response::json(
      Json{{"name", "nevus"}, {"version", NEVUS_VERSION}, {"extensions", {"binary_tensor_data"}}}.dump());
}

Result<Response> get_model_metadata(App& app, Request const& request) {
  NEVUS_TRY(auto const model, served(app, request));
  auto const& spec = model.card().preprocess;
  auto const tensor = [](char const* name, Json shape) {
    return Json{{"name", name}, {"datatype", "FP32"}, {"shape", std::move(shape)}};
  };
  return Response::json(
      Json{{"name", model.id},
           {"versions", {model.card().version}},
           {"platform", "openvino"},
           {"inputs", {tensor("image", {-1, 3, spec.height_px, spec.width_px})}},
           {"outputs",
            {tensor("logits", {-1, kLesionClassCount}), tensor("probabilities", {-1, kLesionClassCount}),
             tensor("embedding", {-1, -1}), tensor("class_maps", {-1, kLesionClassCount, -1, -1})}}}
          .dump());
}

Result<Response> get_model_ready(App& app, Request const& request) {
  NEVUS_TRY(auto const model, served(app, request));
  if (model.classifier) return Response::json(Json{{"name", model.id}, {"ready", true}}.dump());
  return fail(ErrorCode::kOverloaded, "the model " + model.id + " is not ready");
}

Result<Response> post_infer(App& app, Request const& request) {
  NEVUS_TRY(auto const classifier, network(app, request));
  auto const& card = classifier->card();
  NEVUS_TRY(auto const asked, read(request, card.preprocess));
  NEVUS_TRY(auto const inputs, network_inputs(app, asked, card.preprocess, request.abandoned));
  auto const count = static_cast<std::int64_t>(inputs.size());
  InferTensor logits{"logits", {count, kLesionClassCount}};
  InferTensor probabilities{"probabilities", {count, kLesionClassCount}};
  InferTensor embedding{"embedding", {count, 0}};
  InferTensor maps{"class_maps", {count, kLesionClassCount, 0, 0}};
  NEVUS_TRY(auto const found,
            run_all(inputs.size() > 1 ? *for_many(app, request, classifier) : *classifier, inputs, request.abandoned));
  for (auto const& output : found) {
    if (!std::ranges::all_of(output.logits, [](float logit) { return std::isfinite(logit); }))
      return fail(ErrorCode::kUsage, "the numbers of the input are so large that the network has no finite answer");
    append(logits, output.logits);
    append(probabilities, risk::calibrate(output.logits, card.calibration));
    append(embedding, output.embedding);
    append(maps, output.class_maps);
    embedding.shape[1] = static_cast<std::int64_t>(output.embedding.size());
    maps.shape = {count, kLesionClassCount, output.map_height, output.map_width};
  }
  return answer_with(asked, card, {logits, probabilities, embedding, maps});
}

Result<Response> post_explain(App& app, Request const& request) {
  NEVUS_TRY(auto const classifier, network(app, request));
  auto const& card = classifier->card();
  NEVUS_TRY(auto const asked, read(request, card.preprocess));
  NEVUS_TRY(auto const inputs, network_inputs(app, asked, card.preprocess, request.abandoned));
  if (inputs.size() != 1) return fail(ErrorCode::kUsage, "one photo is explained at a time");
  NEVUS_TRY(auto const output, classifier->run(inputs.front()));
  auto const best = std::ranges::max_element(output.logits) - output.logits.begin();
  auto const lesion_class = asked.lesion_class.empty() ? std::optional(static_cast<LesionClass>(best))
                                                       : lesion_class_from_id(asked.lesion_class);
  if (!lesion_class)
    return fail(ErrorCode::kUsage, "class is \"" + asked.lesion_class + "\", which is none of the seven");
  auto const map = explain::heat_map(output, *lesion_class);
  if (!map)
    return fail(ErrorCode::kNoHeatMap, "no part of the photo speaks for " + std::string(info(*lesion_class).id));
  InferTensor heat{"heat", {1, map->height, map->width}, map->heat};
  InferTensor peak{"peak_logit", {1}, {static_cast<float>(map->peak_logit)}};
  InferTensor scale{"scale_logit", {1}, {static_cast<float>(map->scale_logit)}};
  return answer_with(asked, card, {heat, peak, scale});
}

}  // namespace nevus::server
