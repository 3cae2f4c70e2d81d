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

Tensor tensor_of(Image const& rendered, PreprocessSpec const& spec) {
  Tensor input{{1, 3, spec.height_px, spec.width_px},
               std::vector<float>(std::size_t{3} * spec.height_px * spec.width_px)};
  model::normalize(rendered, spec, input.values);
  return input;
}

/// The turned and mirrored views first, the photo as it is before all others.
std::vector<Tensor> changed_photos(Reductions const& photo, PreprocessSpec const& spec) {
  std::vector<Tensor> inputs;
  for (bool const mirrored : {false, true}) {
    for (int quarter = 0; quarter < kQuarters; ++quarter) {
      View const view{.rotation_rad = float(quarter) * std::numbers::pi_v<float> / 2, .mirrored = mirrored};
      inputs.push_back(tensor_of(model::render(photo, spec, view), spec));
    }
  }
  for (auto const& [view, gains] : perturbations())
    inputs.push_back(tensor_of(changed(model::render(photo, spec, view), gains), spec));
  return inputs;
}

auto top(PerClass<double> const& prob) { return std::ranges::max_element(prob) - prob.begin(); }

}  // namespace

Result<Stability> measure_stability(Reductions const& photo, Classifier const& classifier) {
  NEVUS_TRY(auto const outputs, classifier.run_all(changed_photos(photo, classifier.card().preprocess)));
  Stability stability{.views = 2 * kQuarters, .perturbations = int(outputs.size()) - 2 * kQuarters};
  double low = 1;
  double high = 0;
  std::ptrdiff_t plain_top = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto const prob = risk::calibrate(outputs[i].logits, classifier.card().calibration);
    if (i == 0) plain_top = top(prob);
    bool const is_view = i < std::size_t(stability.views);
    if (top(prob) != plain_top) (is_view ? stability.view_flip_frac : stability.perturbed_flip_frac) += 1;
    if (!is_view) continue;
    double const malignant = risk::malignant_prob(prob);
    low = std::min(low, malignant);
    high = std::max(high, malignant);
    stability.mean_malignant_prob += malignant;
  }
  stability.spread_prob = high - low;
  stability.view_flip_frac /= stability.views;
  stability.mean_malignant_prob /= stability.views;
  stability.perturbed_flip_frac /= stability.perturbations;
  return stability;
}

}  // namespace nevus::analysis
