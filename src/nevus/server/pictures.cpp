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

/// kNoHeatMap where the photo was not classified.
Result<LesionClass> asked_class(Request const& request, StoredAnalysis const& analysis) {
  auto const& assessment = analysis.analysis.assessment;
  if (!assessment) return fail(ErrorCode::kNoHeatMap, "the photo was not classified");
  auto const id = request.parameter("class");
  if (!id) return assessment->predicted;
  if (auto const known = lesion_class_from_id(*id)) return *known;
  return fail(ErrorCode::kUsage, "class is \"" + *id + "\", but must be akiec, bcc, bkl, df, mel, nv or vasc");
}

Result<Image> decoded(App const& app, StoredAnalysis const& analysis) {
  return image::decode(analysis.photo->bytes(), image::limits_from(app.settings));
}

/// The sides of a picture of these with at most `max_px` on its long one; 0: as they are.
cv::Size fitted(int width_px, int height_px, int max_px) {
  int const long_side_px = std::max(width_px, height_px);
  if (max_px == 0 || long_side_px <= max_px) return {width_px, height_px};
  auto const side_px = [&](int side) { return std::max(1, side * max_px / long_side_px); };
  return {side_px(width_px), side_px(height_px)};
}

/// `photo` with at most `max_px` on its long side.
Image shrunk(Image const& photo, int max_px) {
  auto const sides = fitted(photo.width_px(), photo.height_px(), max_px);
  if (sides.width == photo.width_px() && sides.height == photo.height_px()) return photo;
  cv::Mat const source(photo.height_px(), photo.width_px(), CV_8UC3,
                       const_cast<std::uint8_t*>(photo.pixels().data()));  // only read
  cv::Mat small;
  cv::resize(source, small, sides, 0, 0, cv::INTER_AREA);
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
  NEVUS_TRY(auto photo, decoded(app, *analysis));
  photo = shrunk(photo, max_px);
  if (as) {
    NEVUS_TRY(auto png, image::encode_png(photo));
    return Response::binary("image/png", std::move(png));
  }
  NEVUS_TRY(auto jpeg, image::encode_jpeg(photo, kThumbnailQuality));
  return Response::binary("image/jpeg", std::move(jpeg));
}

Result<Response> get_explanation(App& app, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto const lesion_class, asked_class(request, *analysis));
  NEVUS_TRY(auto const photo, decoded(app, *analysis));
  NEVUS_TRY(auto const explanation, explanation_of(app, *analysis, photo, lesion_class));
  return Response::json(report::to_json(explanation));
}

Result<Response> get_heatmap(App& app, Request const& request) {
  auto const layer = request.parameter("layer").value_or("overlay");
  if (layer != "overlay" && layer != "heat")
    return fail(ErrorCode::kUsage, "layer is \"" + layer + "\", but must be overlay or heat");
  NEVUS_TRY(auto const max_px, asked_max_px(request));
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto const lesion_class, asked_class(request, *analysis));
  NEVUS_TRY(auto const classifier, network_of(app, *analysis));
  auto const map = explain::heat_map(*analysis->analysis.output, lesion_class);
  if (!map)
    return fail(ErrorCode::kNoHeatMap, "no part of the photo speaks for " + std::string(info(lesion_class).display));
  auto const& spec = classifier->card().preprocess;
  if (layer == "heat") {
    // Neither the photo nor the network is needed once more, so this is there at once.
    auto const& facts = analysis->analysis.photo;
    auto const sides = fitted(facts.width_px, facts.height_px, max_px);
    auto const placement = model::placement(sides.width, sides.height, spec);
    NEVUS_TRY(auto png, image::encode_png(explain::heat_layer(sides.width, sides.height, *map, placement, spec)));
    return Response::binary("image/png", std::move(png));
  }
  NEVUS_TRY(auto const photo, decoded(app, *analysis));
  // A map that failed its test says so in its legend, so it is tested before anybody gets it.
  NEVUS_TRY(auto const tested, explanation_of(app, *analysis, photo, lesion_class));
  NEVUS_TRY(auto png,
            image::encode_png(explain::picture(shrunk(photo, max_px), *map, spec, tested.shown->faithfulness)));
  return Response::binary("image/png", std::move(png));
}

}  // namespace nevus::server
