// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "nevus/model/lesion_class.h"

namespace nevus {

/// p = softmax(scale * logit + bias), class by class (Guo et al. 2017): temperature scaling is one scale of 1/T for all
/// classes and no bias, vector scaling leaves all fourteen free.
struct Calibration {
  PerClass<double> scale{};
  PerClass<double> bias{};

  /// Temperature scaling; a temperature is a calibration wherever one is asked for.
  Calibration(double temperature = 1) {  // NOLINT(google-explicit-constructor)
    scale.fill(1 / temperature);
  }
  Calibration(PerClass<double> const& scales, PerClass<double> const& biases) : scale(scales), bias(biases) {}

  /// 1/scale where all classes share it and have no bias, else 0.
  [[nodiscard]] double temperature() const {
    bool const plain = std::ranges::all_of(scale, [&](double s) { return s == scale[0]; }) &&
                       std::ranges::all_of(bias, [](double b) { return b == 0; });
    return plain ? 1 / scale[0] : 0;
  }

  /// The logits of the calibrated probabilities.
  [[nodiscard]] PerClass<double> apply(PerClass<float> const& logits) const {
    PerClass<double> calibrated{};
    for (std::size_t i = 0; i < kLesionClassCount; ++i) calibrated[i] = scale[i] * double(logits[i]) + bias[i];
    return calibrated;
  }

  bool operator==(Calibration const&) const = default;
};

/// "softmax(logits / 1.067)", or in words where it is no temperature.
[[nodiscard]] std::string calibration_text(Calibration const& calibration);

}  // namespace nevus
