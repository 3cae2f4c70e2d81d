// SPDX-License-Identifier: MIT
#include "nevus/model/preprocess.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "nevus/image/decode.h"
#include "nevus/image/encode.h"

namespace nevus::model {
namespace {

/// The affine map from output pixels to photo pixels, both counted at pixel centres.
cv::Matx23d output_to_photo(cv::Size photo, PreprocessSpec const& spec, View const& view) {
  // The largest centred region with the input's shape that fits into the photo.
  double const photo_px_per_output_px =
      std::min(photo.width / double(spec.width_px), photo.height / double(spec.height_px)) / view.scale;
  double const cosine = std::cos(view.rotation_rad);
  double const sine = std::sin(view.rotation_rad);
  double const shear = std::tan(view.shear_rad);
  double const stretch = std::sqrt(view.stretch);
  double const mirror = view.mirrored ? -1 : 1;
  // rotation * shear * stretch * mirror
  double const sx = mirror / stretch * photo_px_per_output_px;
  double const sy = stretch * photo_px_per_output_px;
  cv::Matx22d const linear(cosine * sx, (cosine * shear - sine) * sy, sine * sx, (sine * shear + cosine) * sy);
  cv::Vec2d const output_centre((spec.width_px - 1) / 2.0, (spec.height_px - 1) / 2.0);
  cv::Vec2d const photo_centre((photo.width - 1) / 2.0 + view.shift_x_frac * photo_px_per_output_px * spec.width_px,
                               (photo.height - 1) / 2.0 + view.shift_y_frac * photo_px_per_output_px * spec.height_px);
  cv::Vec2d const offset = photo_centre - linear * output_centre;
  return {linear(0, 0), linear(0, 1), offset[0], linear(1, 0), linear(1, 1), offset[1]};
}

/// The sides of the photo once it has no more detail than the spec lets through.
cv::Size detailed_size(cv::Size photo, PreprocessSpec const& spec) {
  // Without a limit of detail a reduction would alias, so the photo is then averaged down to the input's own sides.
  int const detail_px = spec.detail_px > 0 ? spec.detail_px : std::max(spec.width_px, spec.height_px);
  int const short_side_px = std::min(photo.width, photo.height);
  if (short_side_px <= detail_px) return photo;
  double const factor = detail_px / double(short_side_px);
  return {std::max(1, int(std::lround(photo.width * factor))), std::max(1, int(std::lround(photo.height * factor)))};
}

/// The map from output pixels to those that the upright camera would have put there.
cv::Matx33d tilt(PreprocessSpec const& spec, View const& view) {
  double const centre_x = (spec.width_px - 1) / 2.0;
  double const centre_y = (spec.height_px - 1) / 2.0;
  double const along_x = view.perspective_x / (spec.width_px / 2.0);
  double const along_y = view.perspective_y / (spec.height_px / 2.0);
  double const at_origin = -along_x * centre_x - along_y * centre_y;
  return {1 + centre_x * along_x,
          centre_x * along_y,
          centre_x * at_origin,
          centre_y * along_x,
          1 + centre_y * along_y,
          centre_y * at_origin,
          along_x,
          along_y,
          1 + at_origin};
}

/// Photo pixels for every output pixel of a view with a displacement.
cv::Mat displaced_map(cv::Matx33d const& map, PreprocessSpec const& spec, std::vector<float> const& displacement_px) {
  if (displacement_px.size() != std::size_t{2} * spec.width_px * spec.height_px)
    throw std::logic_error("render: the displacement does not have the output's size");
  cv::Mat places(spec.height_px, spec.width_px, CV_32FC2);
  float const* shift = displacement_px.data();
  for (int y = 0; y < spec.height_px; ++y) {
    for (int x = 0; x < spec.width_px; ++x, shift += 2) {
      cv::Vec3d const place = map * cv::Vec3d(x + double(shift[0]), y + double(shift[1]), 1);
      places.at<cv::Vec2f>(y, x) = {float(place[0] / place[2]), float(place[1] / place[2])};
    }
  }
  return places;
}

void resample(cv::Mat const& photo, cv::Mat& target, PreprocessSpec const& spec, View const& view) {
  constexpr int kFlags = cv::INTER_LINEAR | cv::WARP_INVERSE_MAP;
  cv::Matx23d const affine = output_to_photo(photo.size(), spec, view);
  bool const tilted = view.perspective_x != 0 || view.perspective_y != 0;
  if (!tilted && view.displacement_px.empty()) {
    cv::warpAffine(photo, target, affine, target.size(), kFlags, cv::BORDER_REFLECT_101);
    return;
  }
  cv::Matx33d const square(affine(0, 0), affine(0, 1), affine(0, 2), affine(1, 0), affine(1, 1), affine(1, 2), 0, 0, 1);
  cv::Matx33d const map = square * tilt(spec, view);
  if (view.displacement_px.empty())
    cv::warpPerspective(photo, target, map, target.size(), kFlags, cv::BORDER_REFLECT_101);
  else
    cv::remap(photo, target, displaced_map(map, spec, view.displacement_px), cv::noArray(), cv::INTER_LINEAR,
              cv::BORDER_REFLECT_101);
}

cv::Mat pixels_of(Image const& image) {
  return {image.height_px(), image.width_px(), CV_8UC3, const_cast<std::uint8_t*>(image.pixels().data())};
}

/// `picture` as JPEG of this quality, read back.
Image through_jpeg(Image const& picture, int quality) {
  auto const bytes = image::encode_jpeg(picture, quality);
  if (!bytes) throw std::logic_error(bytes.error().message);
  auto read = image::decode(*bytes, {.min_side_px = 1});
  if (!read) throw std::logic_error(read.error().message);
  return *std::move(read);
}

}  // namespace

Image detailed(Reductions const& photo, PreprocessSpec const& spec) {
  auto const& whole = photo.photo();
  auto const sides = detailed_size({whole.width_px(), whole.height_px()}, spec);
  auto const& reduced = photo.to(sides.width, sides.height);
  bool const coded = spec.detail_jpeg_quality > 0 && &reduced != &whole;
  return coded ? through_jpeg(reduced, spec.detail_jpeg_quality) : reduced;
}

Image render(Reductions const& photo, PreprocessSpec const& spec, View const& view) {
  std::vector<std::uint8_t> pixels(std::size_t{3} * spec.width_px * spec.height_px);
  cv::Mat target(spec.height_px, spec.width_px, CV_8UC3, pixels.data());
  auto const& whole = photo.photo();
  auto const sides = detailed_size({whole.width_px(), whole.height_px()}, spec);
  auto const& detailed = photo.to(sides.width, sides.height);
  if (spec.detail_jpeg_quality > 0 && &detailed != &whole) {
    resample(pixels_of(through_jpeg(detailed, spec.detail_jpeg_quality)), target, spec, view);
  } else {
    resample(pixels_of(detailed), target, spec, view);
  }
  return Image(spec.width_px, spec.height_px, std::move(pixels), whole.source_format());
}

InputPlacement placement(int photo_width_px, int photo_height_px, PreprocessSpec const& spec) {
  auto const detailed = detailed_size({photo_width_px, photo_height_px}, spec);
  auto const map = output_to_photo(detailed, spec, {});
  double const x_factor = photo_width_px / double(detailed.width);
  double const y_factor = photo_height_px / double(detailed.height);
  // Averaging down puts the centre of a reduced pixel in the middle of the pixels that it stands for.
  return {.origin_x_px = (map(0, 2) + 0.5) * x_factor - 0.5,
          .origin_y_px = (map(1, 2) + 0.5) * y_factor - 0.5,
          .px_per_input_x = map(0, 0) * x_factor,
          .px_per_input_y = map(1, 1) * y_factor};
}

void normalize(Image const& rendered, PreprocessSpec const& spec, std::span<float> out) {
  std::size_t const plane = std::size_t(rendered.width_px()) * rendered.height_px();
  if (out.size() != 3 * plane) throw std::logic_error("normalize: the output does not have the image's size");
  std::uint8_t const* pixel = rendered.pixels().data();
  std::array<float, 3> scale{};
  std::array<float, 3> shift{};
  for (std::size_t c = 0; c < 3; ++c) {
    scale[c] = 1.0F / (255.0F * spec.std[c]);
    shift[c] = -spec.mean[c] / spec.std[c];
  }
  for (std::size_t i = 0; i < plane; ++i, pixel += 3) {
    for (std::size_t c = 0; c < 3; ++c) out[c * plane + i] = float(pixel[c]) * scale[c] + shift[c];
  }
}

Tensor preprocess(Reductions const& photo, PreprocessSpec const& spec) {
  Tensor tensor{{1, 3, spec.height_px, spec.width_px},
                std::vector<float>(std::size_t{3} * spec.width_px * spec.height_px)};
  normalize(render(photo, spec), spec, tensor.values);
  return tensor;
}

}  // namespace nevus::model
