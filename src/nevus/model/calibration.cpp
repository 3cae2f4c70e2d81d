// SPDX-License-Identifier: MIT
#include "nevus/model/calibration.h"

#include <array>
#include <cstdio>

namespace nevus {

std::string calibration_text(Calibration const& calibration) {
  double const temperature = calibration.temperature();
  if (temperature <= 0) return "softmax(scale * logits + bias) with a scale and a bias for each class";
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "softmax(logits / %.3f)", temperature);
  return text.data();
}

}  // namespace nevus
