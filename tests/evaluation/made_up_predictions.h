// SPDX-License-Identifier: MIT
#pragma once

#include <random>

#include "nevus/evaluation/metrics.h"

namespace nevus::testing {

/// Photos of lesions with up to three photos each; the class frequencies are about those of HAM10000. The larger
/// `skill`, the more often the answer is right; 0: the logits know nothing of the class.
inline std::vector<Prediction> made_up_predictions(std::size_t photos, std::uint64_t seed, double skill) {
  std::mt19937_64 random(seed);
  std::discrete_distribution<int> classes({327, 514, 1099, 115, 1113, 6705, 142});
  std::normal_distribution<float> noise(0, 1);
  std::vector<Prediction> made(photos);
  for (std::size_t i = 0; i < photos; ++i) {
    bool const same_lesion = i % 3 != 0;
    made[i].image_id = "photo_" + std::to_string(i);
    made[i].lesion_id = "lesion_" + std::to_string(i / 3);
    made[i].truth = same_lesion ? made[i - 1].truth : static_cast<LesionClass>(classes(random));
    for (auto& logit : made[i].logits) logit = noise(random);
    made[i].logits[static_cast<std::size_t>(made[i].truth)] += float(skill);
    made[i].about.sex = i % 2 == 0 ? "female" : "male";
    made[i].about.age_years = double(20 + 5 * (i % 13));
  }
  return made;
}

/// Their class frequencies.
inline PerClass<double> class_frequencies(std::vector<Prediction> const& predictions) {
  PerClass<double> frequencies{};
  for (auto const& one : predictions)
    frequencies[static_cast<std::size_t>(one.truth)] += 1 / double(predictions.size());
  return frequencies;
}

}  // namespace nevus::testing
