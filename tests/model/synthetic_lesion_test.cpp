// SPDX-License-Identifier: MIT
#include "nevus/model/synthetic_lesion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/pictures.h"
#include "nevus/base/sha256.h"

namespace nevus {
namespace {

using testing::at;

constexpr LesionClass class_of(std::size_t i) { return static_cast<LesionClass>(i); }

/// Mean and spread of each channel in the middle of the drawing.
std::array<double, 6> look(Image const& image) {
  std::array<double, 6> sums{};
  int count = 0;
  for (int y = image.height_px() / 4; y < image.height_px() * 3 / 4; ++y) {
    for (int x = image.width_px() / 3; x < image.width_px() * 2 / 3; ++x, ++count) {
      for (std::size_t c = 0; c < 3; ++c) {
        sums[c] += at(image, x, y)[c];
        sums[c + 3] += double(at(image, x, y)[c]) * at(image, x, y)[c];
      }
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    sums[c] /= count;
    sums[c + 3] = std::sqrt(std::max(0.0, sums[c + 3] / count - sums[c] * sums[c]));
  }
  return sums;
}

// The canary of every shipped bundle is such a drawing: a change here makes all of them be refused.
TEST(SyntheticLesion, TheDrawingsAreFrozenPixelByPixel) {
  ByteVector all;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    auto const drawing = model::synthetic_lesion(20261, class_of(c));
    all.insert(all.end(), drawing.pixels().begin(), drawing.pixels().end());
  }
  EXPECT_EQ(sha256_hex(all), "ea799dd84d1460868ce92cc09e89e7214f12d1482cce3f3a0b5933bf740bc2b6");
}

TEST(SyntheticLesion, HasTheSizeThatIsAskedFor) {
  auto const usual = model::synthetic_lesion(1, LesionClass::kNv);
  EXPECT_EQ(usual.width_px(), 300);
  EXPECT_EQ(usual.height_px(), 225);
  auto const tall = model::synthetic_lesion(1, LesionClass::kBcc, 65, 130);
  EXPECT_EQ(tall.width_px(), 65);
  EXPECT_EQ(tall.height_px(), 130);
}

TEST(SyntheticLesion, EverySeedAndEveryClassIsAnotherDrawing) {
  std::vector<Image> drawings;
  for (std::uint64_t seed : {0ULL, 1ULL, 7ULL, 0xFFFFFFFFFFFFFFFFULL}) {
    for (std::size_t c = 0; c < kLesionClassCount; ++c)
      drawings.push_back(model::synthetic_lesion(seed, class_of(c), 80, 60));
  }
  for (std::size_t i = 0; i < drawings.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_GT(testing::difference(drawings[i], drawings[j]), 3) << i << ' ' << j;
  }
}

TEST(SyntheticLesion, ALargerDrawingShowsTheSameWithMoreDetail) {
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    auto const small = model::synthetic_lesion(4, class_of(c), 200, 150);
    auto const large = model::synthetic_lesion(4, class_of(c), 600, 450);
    EXPECT_LT(testing::difference(small, testing::reduced(large, 3)), 3) << kLesionClasses[c].id;
  }
}

TEST(SyntheticLesion, LiesOnSkinThatIsLighterAndLessRedThanBlood) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto const drawing = model::synthetic_lesion(seed, LesionClass::kNv, 120, 90);
    // The middle of the upper edge: no nevus reaches it, and no vignette is dark there.
    auto const skin = at(drawing, 60, 4);
    auto const nevus = look(drawing);
    EXPECT_GT(skin[0], skin[2]) << seed;
    EXPECT_GT(skin[1], nevus[1]) << seed;
  }
}

TEST(SyntheticLesion, ClassesCanBeToldApartByColourAlone) {
  // Nearest mean over 20 drawings of each class, tried on 10 others: a network does better, chance is 1 in 7.
  PerClass<std::array<double, 6>> means{};
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto const one = look(model::synthetic_lesion(seed, class_of(c), 80, 60));
      for (std::size_t i = 0; i < one.size(); ++i) means[c][i] += one[i] / 20;
    }
  }
  int right = 0;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    for (std::uint64_t seed = 1000; seed < 1010; ++seed) {
      auto const one = look(model::synthetic_lesion(seed, class_of(c), 80, 60));
      PerClass<double> distance{};
      for (std::size_t k = 0; k < kLesionClassCount; ++k) {
        for (std::size_t i = 0; i < one.size(); ++i) distance[k] += (one[i] - means[k][i]) * (one[i] - means[k][i]);
      }
      auto const nearest = std::min_element(distance.begin(), distance.end()) - distance.begin();
      right += std::size_t(nearest) == c ? 1 : 0;
    }
  }
  EXPECT_GE(right, 49) << "of 70";
}

}  // namespace
}  // namespace nevus
