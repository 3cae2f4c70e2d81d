// SPDX-License-Identifier: MIT
#include "nevus/training/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "nevus/training/colour_map.h"
#include "nevus/training/pixel_effects.h"
#include "nevus/training/random.h"
#include "nevus/training/warp_field.h"

namespace nevus::training {
namespace {

constexpr double kRadPerDeg = std::numbers::pi / 180;

double log_uniform(std::mt19937_64& random, double low, double high) {
  return std::exp(uniform(random, std::log(low), std::log(high)));
}

/// Draws nothing for what is off, so that a recipe's pictures stay the same when an augmentation is added to Nevus.
bool happens(double prob, std::mt19937_64& random) { return prob > 0 && uniform(random, 0, 1) < prob; }

/// Random resized crop (Szegedy et al. 2015): a region of a share of the area, of another shape, anywhere inside.
void crop(View& view, AugmentOptions const& options, std::mt19937_64& random) {
  double const area = uniform(random, options.crop_area_min, 1);
  double const aspect = log_uniform(random, 1 / (1 + options.crop_aspect), 1 + options.crop_aspect);
  double const width = std::min(1.0, std::sqrt(area * aspect));
  double const height = std::min(1.0, std::sqrt(area / aspect));
  view.scale *= float(1 / std::sqrt(width * height));
  view.stretch *= float(height / width);
  view.shift_x_frac += float(uniform(random, -0.5, 0.5) * (1 - width)) * view.scale;
  view.shift_y_frac += float(uniform(random, -0.5, 0.5) * (1 - height)) * view.scale;
}

void draw_displacement(View& view, AugmentOptions const& options, PreprocessSpec const& spec, std::mt19937_64& random) {
  double const side_px = std::min(spec.width_px, spec.height_px);
  if (happens(options.elastic_prob, random)) {
    double const largest_px = uniform(random, 0.3, 1) * options.elastic_frac * side_px;
    view.displacement_px =
        elastic_field(spec.width_px, spec.height_px,
                      {.largest_px = largest_px, .smooth_px = options.elastic_smooth_frac * side_px, .seed = random()});
  }
  if (happens(options.grid_prob, random)) {
    auto const field = grid_field(spec.width_px, spec.height_px, options.grid, random);
    view.displacement_px.resize(field.size());
    std::ranges::transform(field, view.displacement_px, view.displacement_px.begin(), std::plus());
  }
}

ColourChange draw_colours(AugmentOptions const& options, std::mt19937_64& random) {
  ColourChange change;
  change.brightness = uniform(random, 1 - options.brightness, 1 + options.brightness);
  change.contrast = uniform(random, 1 - options.contrast, 1 + options.contrast);
  change.saturation = uniform(random, 1 - options.saturation, 1 + options.saturation);
  for (auto& balance : change.balance) balance = uniform(random, 1 - options.white_balance, 1 + options.white_balance);
  if (options.hue_deg > 0) change.hue_rad = uniform(random, -options.hue_deg, options.hue_deg) * kRadPerDeg;
  return change;
}

void soften(PixelsInPlace picture, std::mt19937_64& random) {
  if (uniform(random, 0, 1) < 0.5)
    reduce_and_enlarge(picture, uniform(random, 0.5, 1));
  else
    blur(picture, uniform(random, 0.3, 1.5));
}

void apply_camera(PixelsInPlace picture, PreprocessSpec const& spec, AugmentOptions const& options,
                  std::mt19937_64& random) {
  if (happens(options.clahe_prob, random)) raise_local_contrast(picture, uniform(random, 1, options.clahe_clip));
  if (happens(options.sharpen_prob, random)) sharpen(picture, uniform(random, 0, options.sharpen));
  if (uniform(random, 0, 1) < options.soften_prob) soften(picture, random);
  if (happens(options.blur_prob, random)) blur(picture, uniform(random, 0.3, std::max(0.3, options.blur_px)));
  if (happens(options.noise_prob, random)) add_noise(picture, uniform(random, 0, options.noise_levels), random());
  if (happens(options.jpeg_prob, random))
    compress(picture, int(std::lround(uniform(random, options.jpeg_quality_min, 95))));
  if (happens(options.coarse_dropout_prob, random)) {
    std::array<std::uint8_t, 3> grey{};
    for (std::size_t c = 0; c < 3; ++c) grey[c] = std::uint8_t(std::lround(255 * spec.mean[c]));
    for (auto const& hole : draw_holes(picture.width_px, picture.height_px, options.coarse_dropout_holes,
                                       options.coarse_dropout_frac, random))
      fill(picture, hole, grey);
  }
}

/// The amount that changes nothing.
double neutral(double AugmentOptions::*amount) {
  return amount == &AugmentOptions::scale_min || amount == &AugmentOptions::scale_max ? 1 : 0;
}

}  // namespace

std::vector<NamedAugmentation> const& augmentations() {
  using A = AugmentOptions;
  constexpr auto kChance = NamedAugmentation::Kind::kChance;
  static std::vector<NamedAugmentation> const kAll{
      {"rotation", {&A::rotate_deg}},
      {"horizontal flip", {&A::mirror_prob}, kChance},
      {"vertical flip", {&A::flip_prob}, kChance},
      {"scale", {&A::scale_min, &A::scale_max}},
      {"stretch", {&A::stretch}},
      {"shear", {&A::shear_deg}},
      {"shift", {&A::shift_frac}},
      {"random resized crop", {&A::crop_prob}, kChance},
      {"perspective", {&A::perspective}},
      {"elastic", {&A::elastic_prob}, kChance},
      {"grid distortion", {&A::grid_prob}, kChance},
      {"brightness", {&A::brightness}},
      {"contrast", {&A::contrast}},
      {"saturation", {&A::saturation}},
      {"hue", {&A::hue_deg}},
      {"white balance", {&A::white_balance}},
      {"CLAHE", {&A::clahe_prob}, kChance},
      {"sharpness", {&A::sharpen_prob}, kChance},
      {"softness", {&A::soften_prob}, kChance},
      {"Gaussian blur", {&A::blur_prob}, kChance},
      {"noise", {&A::noise_prob}, kChance},
      {"JPEG artefacts", {&A::jpeg_prob}, kChance},
      {"coarse dropout", {&A::coarse_dropout_prob}, kChance},
  };
  return kAll;
}

bool is_on(NamedAugmentation const& one, AugmentOptions const& options) {
  return std::ranges::any_of(one.amounts, [&](auto amount) { return options.*amount != neutral(amount); });
}

AugmentOptions without_augmentation(AugmentOptions options) {
  for (auto const& one : augmentations()) {
    for (auto amount : one.amounts) options.*amount = neutral(amount);
  }
  return options;
}

AugmentOptions alone(NamedAugmentation const& one, AugmentOptions const& options) {
  AugmentOptions const shown{.perspective = 0.25, .hue_deg = 15};  // the other strengths have defaults
  bool const on = is_on(one, options);
  auto only = without_augmentation(options);
  for (auto amount : one.amounts) {
    bool const chance = one.kind == NamedAugmentation::Kind::kChance;
    only.*amount = chance ? 1 : (on ? options : shown).*amount;
  }
  return only;
}

View draw_view(AugmentOptions const& options, PreprocessSpec const& spec, std::mt19937_64& random) {
  View view;
  view.rotation_rad = float(uniform(random, -options.rotate_deg, options.rotate_deg) * kRadPerDeg);
  view.scale = float(log_uniform(random, options.scale_min, options.scale_max));
  view.stretch = float(log_uniform(random, 1 / (1 + options.stretch), 1 + options.stretch));
  view.shear_rad = float(uniform(random, -options.shear_deg, options.shear_deg) * kRadPerDeg);
  view.shift_x_frac = float(uniform(random, -options.shift_frac, options.shift_frac));
  view.shift_y_frac = float(uniform(random, -options.shift_frac, options.shift_frac));
  view.mirrored = uniform(random, 0, 1) < options.mirror_prob;
  if (happens(options.flip_prob, random)) {  // top and bottom swapped: mirrored and turned by half
    view.mirrored = !view.mirrored;
    view.rotation_rad += std::numbers::pi_v<float>;
  }
  if (happens(options.crop_prob, random)) crop(view, options, random);
  if (options.perspective > 0) {
    view.perspective_x = float(uniform(random, -options.perspective, options.perspective));
    view.perspective_y = float(uniform(random, -options.perspective, options.perspective));
  }
  draw_displacement(view, options, spec, random);
  return view;
}

Image augment(Image const& photo, PreprocessSpec const& spec, AugmentOptions const& options, std::mt19937_64& random) {
  Image const rendered = model::render(photo, spec, draw_view(options, spec, random));
  std::vector<std::uint8_t> pixels = rendered.pixels();
  PixelsInPlace const picture{spec.width_px, spec.height_px, pixels.data()};
  apply_colours(picture, colour_map(draw_colours(options, random), mean_colour(picture)));
  apply_camera(picture, spec, options, random);
  return Image(spec.width_px, spec.height_px, std::move(pixels), photo.source_format());
}

}  // namespace nevus::training
