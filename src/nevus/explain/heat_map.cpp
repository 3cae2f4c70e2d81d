// SPDX-License-Identifier: MIT
#include "nevus/explain/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace nevus::explain {
namespace {

constexpr int kLevels = 256;
constexpr double kUnseenLight = 0.5;

using Rgb = std::array<std::uint8_t, 3>;

/// The inferno scale, cold to hot.
std::array<Rgb, kLevels> colour_scale() {
  cv::Mat levels(1, kLevels, CV_8U);
  for (int i = 0; i < kLevels; ++i) levels.at<std::uint8_t>(i) = static_cast<std::uint8_t>(i);
  cv::Mat bgr;
  cv::applyColorMap(levels, bgr, cv::COLORMAP_INFERNO);
  std::array<Rgb, kLevels> scale{};
  for (int i = 0; i < kLevels; ++i) {
    auto const& colour = bgr.at<cv::Vec3b>(i);
    scale[static_cast<std::size_t>(i)] = {colour[2], colour[1], colour[0]};
  }
  return scale;
}

/// The heat at each pixel of the photo, 0..255. Cubic between cells, since a straight line between so few cells draws
/// crosses that are not there.
cv::Mat spread(HeatMap const& map, InputPlacement const& placement, PreprocessSpec const& spec, cv::Size photo) {
  cv::Mat const cells(map.height, map.width, CV_32F, const_cast<float*>(map.heat.data()));
  constexpr int kFiner = 9;  // odd, so that a cell keeps its centre
  cv::Mat finer;
  cv::resize(cells, finer, {}, kFiner, kFiner, cv::INTER_CUBIC);
  cv::Mat levels;
  finer.convertTo(levels, CV_8U, kLevels - 1);  // clamps what the cubic overshoots
  // photo pixel -> input pixel -> cell, all counted at their centres
  double const cells_per_input_x = levels.cols / static_cast<double>(spec.width_px);
  double const cells_per_input_y = levels.rows / static_cast<double>(spec.height_px);
  double const x_factor = cells_per_input_x / placement.px_per_input_x;
  double const y_factor = cells_per_input_y / placement.px_per_input_y;
  cv::Matx23d const photo_to_cell(x_factor, 0, -placement.origin_x_px * x_factor + 0.5 * cells_per_input_x - 0.5,  //
                                  0, y_factor, -placement.origin_y_px * y_factor + 0.5 * cells_per_input_y - 0.5);
  cv::Mat heat;
  cv::warpAffine(levels, heat, photo_to_cell, photo, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return heat;
}

/// First and last photo pixel, along one axis, whose centre lies in the network's input.
std::array<int, 2> seen(double origin_px, double px_per_input, int input_px, int photo_px) {
  double const first = origin_px - 0.5 * px_per_input;
  double const last = origin_px + (input_px - 0.5) * px_per_input;
  return {std::clamp(static_cast<int>(std::ceil(first)), 0, photo_px),
          std::clamp(static_cast<int>(std::floor(last)) + 1, 0, photo_px)};
}

std::uint8_t rounded(double value) { return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0))); }

/// What becomes of a photo's value at each level of heat: value * photo_share + colour, in 1/256.
struct Blend {
  std::array<std::uint16_t, kLevels> photo_share{};
  std::array<std::array<std::uint16_t, 3>, kLevels> colour{};
};

Blend blend_for(OverlayStyle const& style) {
  Blend blend;
  auto const scale = colour_scale();
  for (std::size_t i = 0; i < kLevels; ++i) {
    double const share = std::clamp(style.opacity_frac, 0.0, 1.0) * static_cast<double>(i) / (kLevels - 1);
    blend.photo_share[i] = static_cast<std::uint16_t>(std::lround(256 * (1 - share)));
    for (std::size_t c = 0; c < 3; ++c)
      blend.colour[i][c] = static_cast<std::uint16_t>(std::lround(256 * share * scale[i][c] + 127));
  }
  return blend;
}

cv::Mat grey_of(cv::Mat const& rgb) {
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

/// A strip of text and colours, drawn three times as large and averaged down: OpenCV's vector font has no smooth edges.
class Strip {
 public:
  Strip(int width_px, int height_px)
      : sheet_(height_px * kEnlarged, width_px * kEnlarged, CV_8UC3, cv::Scalar::all(255)) {}

  void text(std::string const& words, int x_px, int baseline_px, double height_px,
            cv::Scalar const& colour = {33, 37, 41}) {
    constexpr double kHersheyCapital_px = 21;
    cv::putText(sheet_, words, {x_px * kEnlarged, baseline_px * kEnlarged}, cv::FONT_HERSHEY_SIMPLEX,
                height_px * kEnlarged / kHersheyCapital_px, colour, kEnlarged, cv::LINE_AA);
  }
  /// `rows_px` more above all.
  void push_down(int rows_px) {
    cv::copyMakeBorder(sheet_, sheet_, rows_px * kEnlarged, 0, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  }
  void make_grey() { cv::cvtColor(grey_of(sheet_), sheet_, cv::COLOR_GRAY2RGB); }
  void bar(std::array<Rgb, kLevels> const& scale, cv::Rect area_px) {
    cv::Rect const area(area_px.tl() * kEnlarged, area_px.br() * kEnlarged);
    for (int x = area.x; x < area.x + area.width; ++x) {
      auto const& colour = scale[static_cast<std::size_t>((x - area.x) * (kLevels - 1) / (area.width - 1))];
      cv::line(sheet_, {x, area.y}, {x, area.y + area.height - 1}, cv::Scalar(colour[0], colour[1], colour[2]));
    }
  }
  [[nodiscard]] cv::Mat finished() const {
    cv::Mat small;
    cv::resize(sheet_, small, {sheet_.cols / kEnlarged, sheet_.rows / kEnlarged}, 0, 0, cv::INTER_AREA);
    return small;
  }

 private:
  static constexpr int kEnlarged = 3;
  cv::Mat sheet_;
};

}  // namespace

std::optional<HeatMap> heat_map(NetworkOutput const& output, LesionClass lesion_class) {
  std::size_t const cells = std::size_t(output.map_width) * std::size_t(output.map_height);
  auto const* const own = output.class_maps.data() + static_cast<std::size_t>(lesion_class) * cells;
  float const peak = *std::max_element(own, own + cells);
  if (!(peak > 0)) return std::nullopt;
  float const scale = *std::ranges::max_element(output.class_maps);
  HeatMap map{lesion_class, output.map_width, output.map_height, std::vector<float>(own, own + cells), peak, scale};
  for (auto& heat : map.heat) heat = std::max(0.0F, heat / scale);
  return map;
}

Image overlay(Image const& photo, HeatMap const& map, InputPlacement const& placement, PreprocessSpec const& spec,
              OverlayStyle const& style) {
  int const width = photo.width_px();
  int const height = photo.height_px();
  auto const heat = spread(map, placement, spec, {width, height});
  auto const columns = seen(placement.origin_x_px, placement.px_per_input_x, spec.width_px, width);
  auto const rows = seen(placement.origin_y_px, placement.px_per_input_y, spec.height_px, height);
  auto const blend = blend_for(style);
  std::array<std::uint8_t, 256> dimmed{};
  for (std::size_t i = 0; i < dimmed.size(); ++i) dimmed[i] = rounded(kUnseenLight * static_cast<double>(i));

  auto pixels = photo.pixels();
  for (int y = 0; y < height; ++y) {
    auto* pixel = pixels.data() + std::size_t{3} * std::size_t(width) * std::size_t(y);
    auto const* const levels = heat.ptr<std::uint8_t>(y);
    bool const row_seen = y >= rows[0] && y < rows[1];
    for (int x = 0; x < width; ++x, pixel += 3) {
      bool const is_seen = row_seen && x >= columns[0] && x < columns[1];
      auto const level = levels[x];
      for (std::size_t c = 0; c < 3; ++c) {
        pixel[c] = is_seen
                       ? static_cast<std::uint8_t>((pixel[c] * blend.photo_share[level] + blend.colour[level][c]) >> 8U)
                       : dimmed[pixel[c]];
      }
    }
  }
  return {width, height, std::move(pixels), photo.source_format()};
}

Layer heat_layer(int photo_width_px, int photo_height_px, HeatMap const& map, InputPlacement const& placement,
                 PreprocessSpec const& spec) {
  auto const heat = spread(map, placement, spec, {photo_width_px, photo_height_px});
  auto const columns = seen(placement.origin_x_px, placement.px_per_input_x, spec.width_px, photo_width_px);
  auto const rows = seen(placement.origin_y_px, placement.px_per_input_y, spec.height_px, photo_height_px);
  auto const scale = colour_scale();
  Layer layer{photo_width_px, photo_height_px,
              std::vector<std::uint8_t>(std::size_t{4} * std::size_t(photo_width_px) * std::size_t(photo_height_px))};
  for (int y = rows[0]; y < rows[1]; ++y) {
    auto const* const levels = heat.ptr<std::uint8_t>(y);
    for (int x = columns[0]; x < columns[1]; ++x) {
      auto* const pixel = layer.pixels.data() + 4 * (std::size_t(y) * std::size_t(photo_width_px) + std::size_t(x));
      std::ranges::copy(scale[levels[x]], pixel);
      pixel[3] = levels[x];
    }
  }
  return layer;
}

Image with_legend(Image const& picture, HeatMap const& map, std::string_view class_name, MapTest test) {
  constexpr int kMinWidth_px = 320;
  constexpr int kStrip_px = 62;
  constexpr int kMargin_px = 10;
  cv::Mat const source(picture.height_px(), picture.width_px(), CV_8UC3,
                       const_cast<std::uint8_t*>(picture.pixels().data()));
  int const enlarged = (kMinWidth_px + source.cols - 1) / source.cols;
  cv::Mat large;
  cv::resize(source, large, source.size() * enlarged, 0, 0, cv::INTER_NEAREST);

  Strip strip(large.cols, kStrip_px);
  std::array<char, 96> peak{};
  std::snprintf(peak.data(), peak.size(), "+%.2f logit", map.scale_logit);
  strip.text("What spoke for: " + std::string(class_name), kMargin_px, 20, 9);
  strip.text("nothing", kMargin_px, 41, 8);
  int const bar_px = large.cols - 2 * kMargin_px - 160;
  strip.bar(colour_scale(), {kMargin_px + 62, 30, bar_px, 14});
  strip.text(peak.data(), kMargin_px + 62 + bar_px + 8, 41, 8);
  strip.text("Dimmed: not seen by the network", kMargin_px, 57, 7);

  if (test == MapTest::kFailed) {
    constexpr int kWarning_px = 22;
    cv::cvtColor(grey_of(large), large, cv::COLOR_GRAY2RGB);
    strip.make_grey();
    strip.push_down(kWarning_px);
    strip.text("DO NOT READ: this map failed its own test", kMargin_px, 18, 8, {184, 28, 28});
  }

  cv::Mat whole;
  cv::vconcat(large, strip.finished(), whole);
  return {whole.cols, whole.rows, {whole.datastart, whole.dataend}, picture.source_format()};
}

}  // namespace nevus::explain
