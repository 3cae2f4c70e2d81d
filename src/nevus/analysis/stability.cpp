// SPDX-License-Identifier: MIT
#include "nevus/analysis/stability.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "nevus/model/preprocess.h"

namespace nevus::analysis {
namespace {

constexpr int kQuarters = 4;

/// A change of all pixels: value * gain[channel].
using Gains = std::array<float, 3>;

struct Perturbation {
  View view;
  Gains gains{1, 1, 1};
};

/// As small as between two photos that one person takes of one lesion.
std::array<Perturbation, 8> perturbations() {
  constexpr float kFiveDegrees = 5 * std::numbers::pi_v<float> / 180;
  return {{{{.shift_x_frac = .02F}},
           {{.shift_y_frac = -.02F}},
           {{.scale = 1.04F}},
           {{.scale = .96F}},
           {{.rotation_rad = kFiveDegrees}},
           {{}, {1.05F, 1.05F, 1.05F}},
           {{}, {.95F, .95F, .95F}},
           {{}, {1.03F, 1, .97F}}}};
}

Image changed(Image const& picture, Gains const& gains) {
  auto pixels = picture.pixels();
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(std::clamp(std::lround(float(pixels[i]) * gains[i % 3]), 0L, 255L));
  return {picture.width_px(), picture.height_px(), std::move(pixels)};
}

Result<PerClass<double>> answer(Image const& rendered, Classifier const& classifier) {
  auto const& spec = classifier.card().preprocess;
  Tensor input{{1, 3, spec.height_px, spec.width_px},
               std::vector<float>(std::size_t{3} * spec.height_px * spec.width_px)};
  model::normalize(rendered, spec, input.values);
  NEVUS_TRY(auto const output, classifier.run(input));
  return risk::calibrate(output.logits, classifier.card().calibration);
}

auto top(PerClass<double> const& prob) { return std::ranges::max_element(prob) - prob.begin(); }

}  // namespace

Result<Stability> measure_stability(Image const& photo, Classifier const& classifier) {
  auto const& spec = classifier.card().preprocess;
  Stability stability;
  double low = 1;
  double high = 0;
  std::ptrdiff_t plain_top = 0;
  for (bool const mirrored : {false, true}) {
    for (int quarter = 0; quarter < kQuarters; ++quarter) {
      View const view{.rotation_rad = float(quarter) * std::numbers::pi_v<float> / 2, .mirrored = mirrored};
      NEVUS_TRY(auto const prob, answer(model::render(photo, spec, view), classifier));
      if (stability.views++ == 0) plain_top = top(prob);
      if (top(prob) != plain_top) stability.view_flip_frac += 1;
      double const malignant = risk::malignant_prob(prob);
      low = std::min(low, malignant);
      high = std::max(high, malignant);
      stability.mean_malignant_prob += malignant;
    }
  }
  for (auto const& [view, gains] : perturbations()) {
    NEVUS_TRY(auto const prob, answer(changed(model::render(photo, spec, view), gains), classifier));
    ++stability.perturbations;
    if (top(prob) != plain_top) stability.perturbed_flip_frac += 1;
  }
  stability.spread_prob = high - low;
  stability.view_flip_frac /= stability.views;
  stability.mean_malignant_prob /= stability.views;
  stability.perturbed_flip_frac /= stability.perturbations;
  return stability;
}

}  // namespace nevus::analysis
