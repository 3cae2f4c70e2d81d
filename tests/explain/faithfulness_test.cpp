// SPDX-License-Identifier: MIT
#include "nevus/explain/faithfulness.h"

#include <gtest/gtest.h>

#include "inference/tiny_network.h"

namespace nevus {
namespace {

/// The tiny network, a photo that is black but for one bright patch of about a fifth of it, and what the network says
/// of it.
struct Scene {
  ModelBundle bundle = testing::TinyNetwork{}.bundle();
  Classifier classifier = *Classifier::load(bundle);
  Tensor input;
  NetworkOutput output;

  Scene() {
    auto const& spec = bundle.card.preprocess;
    input = {{1, 3, spec.height_px, spec.width_px},
             std::vector<float>(std::size_t{3} * spec.height_px * spec.width_px)};
    auto const height = std::size_t(spec.height_px);
    auto const width = std::size_t(spec.width_px);
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t y = 8; y < 32; ++y) {
        for (std::size_t x = 12; x < 36; ++x) input.values[(c * height + y) * width + x] = 3.0F;
      }
    }
    output = *classifier.run(input);
  }
};

/// The class for which the bright patch speaks most, compared with the black around it.
LesionClass favoured(NetworkOutput const& output) {
  auto const cell = [&](std::size_t c, int x, int y) {
    return output.class_maps[(c * std::size_t(output.map_height) + std::size_t(y)) * std::size_t(output.map_width) +
                             std::size_t(x)];
  };
  auto best = LesionClass::kAkiec;
  float lead = 0;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    float const difference = cell(c, 4, 3) - cell(c, 0, 0);
    if (difference <= lead) continue;
    lead = difference;
    best = static_cast<LesionClass>(c);
  }
  return best;
}

TEST(Faithfulness, TheTrueMapOfALonePatchIsReliable) {
  Scene const scene;
  auto const map = explain::heat_map(scene.output, favoured(scene.output));
  ASSERT_TRUE(map);
  auto const figure = explain::measure_faithfulness(scene.classifier, scene.input, scene.output, *map);
  ASSERT_TRUE(figure) << figure.error().message;
  EXPECT_GT(figure->drop_logit, figure->random_drop_logit);
  EXPECT_TRUE(figure->reliable) << figure->beaten_frac;
}

TEST(Faithfulness, AMapOfSomewhereElseIsUnreliable) {
  Scene const scene;
  auto map = *explain::heat_map(scene.output, favoured(scene.output));
  std::fill(map.heat.begin(), map.heat.end(), 0.0F);
  for (int y = map.height - 5; y < map.height; ++y) {
    for (int x = map.width - 8; x < map.width; ++x)
      map.heat[std::size_t(y) * std::size_t(map.width) + std::size_t(x)] = 1;
  }
  auto const figure = explain::measure_faithfulness(scene.classifier, scene.input, scene.output, map);
  ASSERT_TRUE(figure);
  EXPECT_FALSE(figure->reliable);
}

TEST(Faithfulness, IsTheSameEachTime) {
  Scene const scene;
  auto const map = *explain::heat_map(scene.output, favoured(scene.output));
  auto const first = explain::measure_faithfulness(scene.classifier, scene.input, scene.output, map);
  auto const second = explain::measure_faithfulness(scene.classifier, scene.input, scene.output, map);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->beaten_frac, second->beaten_frac);
  EXPECT_EQ(first->random_drop_logit, second->random_drop_logit);
}

}  // namespace
}  // namespace nevus
