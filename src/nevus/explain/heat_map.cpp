// SPDX-License-Identifier: MIT
#include "nevus/explain/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace nevus::explain {
namespace {

constexpr int kLevels = 256;

using Rgb = std::array<std::uint8_t, 3>;

std::array<Rgb, kLevels> make_colour_scale() {
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

/// The inferno scale, cold to hot.
std::array<Rgb, kLevels> const& colour_scale() {
  static auto const scale = make_colour_scale();
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

/// What becomes of a photo's values at one level of heat: value * photo_share + colour, in 1/256.
struct Blend {
  std::uint16_t photo_share = 0;
  std::array<std::uint16_t, 3> colour{};
};

std::array<Blend, kLevels> blend_for(OverlayStyle const& style) {
  std::array<Blend, kLevels> blends;
  for (std::size_t i = 0; i < kLevels; ++i) {
    double const share = std::clamp(style.opacity_frac, 0.0, 1.0) * static_cast<double>(i) / (kLevels - 1);
    blends[i].photo_share = static_cast<std::uint16_t>(std::lround(256 * (1 - share)));
    for (std::size_t c = 0; c < 3; ++c)
      blends[i].colour[c] = static_cast<std::uint16_t>(std::lround(256 * share * colour_scale()[i][c] + 127));
  }
  return blends;
}

cv::Mat grey_of(cv::Mat const& rgb) {
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

/// A strip of text and colours, drawn twice as large and averaged down: OpenCV's vector font has no smooth edges.
class Strip {
 public:
  Strip(int width_px, int height_px)
      : sheet_(height_px * kEnlarged, width_px * kEnlarged, CV_8UC3, cv::Scalar::all(255)) {}

  void text(std::string const& words, int x_px, int baseline_px, double height_px,
            cv::Scalar const& colour = {33, 37, 41}) {
    constexpr double kHersheyCapital_px = 21;
    cv::putText(sheet_, words, {x_px * kEnlarged, baseline_px * kEnlarged}, cv::FONT_HERSHEY_SIMPLEX,
                height_px * kEnlarged / kHersheyCapital_px, colour, kEnlarged, cv::LINE_8);
  }
  /// `rows_px` more above all.
  void push_down(int rows_px) {
    cv::copyMakeBorder(sheet_, sheet_, rows_px * kEnlarged, 0, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  }
  void make_grey() { cv::cvtColor(grey_of(sheet_), sheet_, cv::COLOR_GRAY2RGB); }
  /// The colour scale from left to right.
  void bar(cv::Rect area_px) {
    cv::Mat const area = sheet_({area_px.tl() * kEnlarged, area_px.br() * kEnlarged});
    cv::Mat row(1, area.cols, CV_8UC3);
    for (int x = 0; x < row.cols; ++x) {
      auto const& colour = colour_scale()[static_cast<std::size_t>(x * (kLevels - 1) / (row.cols - 1))];
      row.at<cv::Vec3b>(x) = {colour[0], colour[1], colour[2]};
    }
    cv::repeat(row, area.rows, 1, area);
  }
  [[nodiscard]] cv::Mat finished() const {
    cv::Mat small;
    cv::resize(sheet_, small, {sheet_.cols / kEnlarged, sheet_.rows / kEnlarged}, 0, 0, cv::INTER_AREA);
    return small;
  }

 private:
  static constexpr int kEnlarged = 2;
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
  auto const blends = blend_for(style);
  auto pixels = photo.pixels();
  auto const dim_to_half = [](std::uint8_t* from, std::uint8_t const* to) {
    for (; from != to; ++from) *from = static_cast<std::uint8_t>((*from + 1) / 2);
  };
  for (int y = 0; y < height; ++y) {
    auto* const row = pixels.data() + std::size_t{3} * std::size_t(width) * std::size_t(y);
    bool const row_seen = y >= rows[0] && y < rows[1];
    std::ptrdiff_t const first = row_seen ? columns[0] : width;
    std::ptrdiff_t const last = row_seen ? columns[1] : width;
    dim_to_half(row, row + 3 * first);
    auto const* const levels = heat.ptr<std::uint8_t>(y);
    for (auto x = first; x < last; ++x) {
      auto const& blend = blends[levels[x]];
      auto* const pixel = row + 3 * x;
      for (std::size_t c = 0; c < 3; ++c)
        pixel[c] = static_cast<std::uint8_t>((pixel[c] * blend.photo_share + blend.colour[c]) >> 8U);
    }
    dim_to_half(row + 3 * last, row + std::ptrdiff_t{3} * width);
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
  constexpr int kWarning_px = 22;
  constexpr int kMargin_px = 10;
  bool const failed = test == MapTest::kFailed;
  int const enlarged = (kMinWidth_px + picture.width_px() - 1) / picture.width_px();
  int const width = picture.width_px() * enlarged;
  int const picture_height = picture.height_px() * enlarged;
  int const height = picture_height + kStrip_px + (failed ? kWarning_px : 0);
  std::vector<std::uint8_t> pixels(std::size_t{3} * std::size_t(width) * std::size_t(height));
  cv::Mat const whole(height, width, CV_8UC3, pixels.data());
  cv::Mat large = whole.rowRange(0, picture_height);
  cv::Mat const source(picture.height_px(), picture.width_px(), CV_8UC3,
                       const_cast<std::uint8_t*>(picture.pixels().data()));
  cv::resize(source, large, large.size(), 0, 0, cv::INTER_NEAREST);

  Strip strip(width, kStrip_px);
  std::array<char, 96> peak{};
  std::snprintf(peak.data(), peak.size(), "+%.2f logit", map.scale_logit);
  int const bar_px = width - 2 * kMargin_px - 160;
  strip.text("What spoke for: " + std::string(class_name), kMargin_px, 20, 9);
  strip.text("nothing", kMargin_px, 41, 8);
  strip.text(peak.data(), kMargin_px + 62 + bar_px + 8, 41, 8);
  strip.text("Dimmed: not seen by the network", kMargin_px, 57, 7);
  strip.bar({kMargin_px + 62, 30, bar_px, 14});
  if (failed) {
    cv::cvtColor(grey_of(large), large, cv::COLOR_GRAY2RGB);
    strip.make_grey();
    strip.push_down(kWarning_px);
    strip.text("DO NOT READ: this map failed its own test", kMargin_px, 18, 8, {184, 28, 28});
  }
  strip.finished().copyTo(whole.rowRange(picture_height, height));
  return {width, height, std::move(pixels), picture.source_format()};
}

}  // namespace nevus::explain
