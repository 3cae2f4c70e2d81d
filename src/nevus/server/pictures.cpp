// SPDX-License-Identifier: MIT
// What is drawn of an analysis: the photo itself, its explanation and heat maps.

#include <algorithm>
#include <charconv>
#include <opencv2/imgproc.hpp>

#include "nevus/explain/explain.h"
#include "nevus/image/encode.h"
#include "nevus/model/preprocess.h"
#include "nevus/report/json.h"
#include "nevus/server/handlers.h"
#include "nevus/server/lookup.h"

namespace nevus::server {
namespace {

constexpr int kThumbnailQuality = 85;
constexpr int kMaxThumbnail_px = 4096;

std::string media_type(PhotoFormat format) { return "image/" + std::string(name(format)); }

/// A photo that was classified, once more as the network saw it.
struct Seen {
  std::shared_ptr<Classifier const> classifier;
  Image photo;
  Tensor input;
  NetworkOutput output;
  LesionClass lesion_class;
};

Result<LesionClass> asked_class(Request const& request, Assessment const& assessment) {
  auto const id = request.parameter("class");
  if (!id) return assessment.predicted;
  if (auto const known = lesion_class_from_id(*id)) return *known;
  return fail(ErrorCode::kUsage, "class is \"" + *id + "\", but must be akiec, bcc, bkl, df, mel, nv or vasc");
}

/// kNoHeatMap where the photo was not classified.
Result<Seen> look_again(App const& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  if (!analysis->analysis.assessment) return fail(ErrorCode::kNoHeatMap, "the photo was not classified");
  NEVUS_TRY(auto const lesion_class, asked_class(request, *analysis->analysis.assessment));
  NEVUS_TRY(auto classifier, app.models.get(analysis->model.id));
  NEVUS_TRY(auto photo, image::decode(analysis->photo->bytes(), image::limits_from(app.settings)));
  auto input = model::preprocess(photo, classifier->card().preprocess);
  NEVUS_TRY(auto output, classifier->run(input));
  return Seen{std::move(classifier), std::move(photo), std::move(input), std::move(output), lesion_class};
}

/// `photo` with at most `max_px` on its long side.
Image shrunk(Image const& photo, int max_px) {
  int const long_side_px = std::max(photo.width_px(), photo.height_px());
  if (long_side_px <= max_px) return photo;
  cv::Mat const source(photo.height_px(), photo.width_px(), CV_8UC3,
                       const_cast<std::uint8_t*>(photo.pixels().data()));  // only read
  auto const side_px = [&](int side) { return std::max(1, side * max_px / long_side_px); };
  cv::Mat small;
  cv::resize(source, small, {side_px(source.cols), side_px(source.rows)}, 0, 0, cv::INTER_AREA);
  return {small.cols, small.rows, {small.datastart, small.dataend}, photo.source_format()};
}

Result<int> asked_max_px(Request const& request) {
  auto const text = request.parameter("max_px").value_or("0");
  int value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > kMaxThumbnail_px) {
    return fail(ErrorCode::kUsage,
                "max_px is \"" + text + "\", but must be a whole number up to " + std::to_string(kMaxThumbnail_px));
  }
  return value;
}

}  // namespace

Result<Response> get_photo(App& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto const max_px, asked_max_px(request));
  auto const as = request.parameter("as");
  if (as && *as != "png") return fail(ErrorCode::kUsage, "as is \"" + *as + "\", but must be png");
  if (!as && max_px == 0) {
    Response response{.media_type = media_type(analysis->analysis.photo.format)};
    response.bytes = analysis->photo->bytes();
    response.owner = analysis->photo;
    return response;
  }
  NEVUS_TRY(auto photo, image::decode(analysis->photo->bytes(), image::limits_from(app.settings)));
  if (max_px > 0) photo = shrunk(photo, max_px);
  if (as) {
    NEVUS_TRY(auto png, image::encode_png(photo));
    return Response::binary("image/png", std::move(png));
  }
  NEVUS_TRY(auto jpeg, image::encode_jpeg(photo, kThumbnailQuality));
  return Response::binary("image/jpeg", std::move(jpeg));
}

Result<Response> get_explanation(App& app, Request const& request) {
  NEVUS_TRY(auto const seen, look_again(app, request));
  NEVUS_TRY(auto const explanation,
            explain::explain(*seen.classifier, seen.photo, seen.input, seen.output, seen.lesion_class));
  return Response::json(report::to_json(explanation));
}

Result<Response> get_heatmap(App& app, Request const& request) {
  auto const layer = request.parameter("layer").value_or("overlay");
  if (layer != "overlay" && layer != "heat")
    return fail(ErrorCode::kUsage, "layer is \"" + layer + "\", but must be overlay or heat");
  NEVUS_TRY(auto const seen, look_again(app, request));
  auto const map = explain::heat_map(seen.output, seen.lesion_class);
  auto const& lesion_class = info(seen.lesion_class);
  if (!map) return fail(ErrorCode::kNoHeatMap, "no part of the photo speaks for " + std::string(lesion_class.display));
  auto const& spec = seen.classifier->card().preprocess;
  auto const placement = model::placement(seen.photo.width_px(), seen.photo.height_px(), spec);
  auto png =
      layer == "heat"
          ? image::encode_png(explain::heat_layer(seen.photo.width_px(), seen.photo.height_px(), *map, placement, spec))
          : image::encode_png(
                explain::with_legend(explain::overlay(seen.photo, *map, placement, spec), *map, lesion_class.display));
  NEVUS_TRY(auto bytes, std::move(png));
  return Response::binary("image/png", std::move(bytes));
}

}  // namespace nevus::server
