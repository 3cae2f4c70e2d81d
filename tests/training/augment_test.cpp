// SPDX-License-Identifier: MIT
#include "nevus/training/augment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "model/pictures.h"
#include "nevus/image/decode.h"
#include "nevus/model/synthetic_lesion.h"
#include "nevus/training/augmentation_sheet.h"
#include "nevus/training/random.h"
#include "nevus/training/warp_field.h"

namespace nevus {
namespace {

using testing::at;
using testing::difference;
using testing::picture;
using testing::Rgb;

PreprocessSpec const kSpec{.width_px = 64, .height_px = 64, .detail_px = 0};

std::mt19937_64 numbered(std::uint64_t number) { return generator(1, 0, number, Purpose::kAugment); }

Image lesion() { return model::synthetic_lesion(11, LesionClass::kBkl, 200, 150); }

/// White at (x, y), black elsewhere; 9 px wide so that one resampling cannot lose it.
Image mark(int x, int y) {
  return picture(64, 64, [=](int column, int row) {
    return std::abs(column - x) <= 4 && std::abs(row - y) <= 4 ? Rgb{255, 255, 255} : Rgb{0, 0, 0};
  });
}

struct Place {
  double x = 0;
  double y = 0;
  double brightness = 0;  ///< sum over all pixels, of 0..1
};

Place centre_of_light(Image const& image) {
  Place place;
  for (int y = 0; y < image.height_px(); ++y) {
    for (int x = 0; x < image.width_px(); ++x) {
      double const light = at(image, x, y)[1] / 255.0;
      place.x += light * x;
      place.y += light * y;
      place.brightness += light;
    }
  }
  place.x /= place.brightness;
  place.y /= place.brightness;
  return place;
}

Image shown(Image const& photo, AugmentOptions const& options, std::uint64_t number = 1) {
  auto random = numbered(number);
  return training::augment(photo, kSpec, options, random);
}

TEST(Augment, AtZeroItIsWhatIsServed) {
  EXPECT_EQ(shown(lesion(), training::without_augmentation()).pixels(), model::render(lesion(), kSpec).pixels());
}

TEST(Augment, EveryAugmentationAloneChangesThePhotoAndIsOffOtherwise) {
  std::set<std::string_view> names;
  for (auto const& one : training::augmentations()) {
    auto const options = training::alone(one, training::without_augmentation());
    double change = 0;
    for (std::uint64_t draw = 0; draw < 4; ++draw) {
      change += difference(shown(lesion(), options, draw), model::render(lesion(), kSpec)) / 4;
    }
    EXPECT_GT(change, 0.05) << one.name;
    for (auto const& other : training::augmentations()) {
      EXPECT_EQ(training::is_on(other, options), other.name == one.name) << one.name << ' ' << other.name;
    }
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  }
  EXPECT_GE(names.size() + 2, 17U);  // mixup and cutmix are tested where batches are mixed
}

TEST(Augment, TheSameDrawIsTheSamePicture) {
  AugmentOptions all;
  for (auto const& one : training::augmentations()) {
    if (one.kind == NamedAugmentation::Kind::kChance) all.*one.amounts.front() = 1;
  }
  all.perspective = 0.2;
  all.hue_deg = 10;
  EXPECT_EQ(shown(lesion(), all, 5).pixels(), shown(lesion(), all, 5).pixels());
  EXPECT_NE(shown(lesion(), all, 5).pixels(), shown(lesion(), all, 6).pixels());
}

TEST(Augment, AVerticalFlipSwapsTopAndBottom) {
  auto options = training::without_augmentation();
  options.flip_prob = 1;
  auto const place = centre_of_light(shown(mark(10, 20), options));
  EXPECT_NEAR(place.x, 10, 0.2);
  EXPECT_NEAR(place.y, 63 - 20, 0.2);
  options.mirror_prob = 1;
  auto const both = centre_of_light(shown(mark(10, 20), options));
  EXPECT_NEAR(both.x, 63 - 10, 0.2);
  EXPECT_NEAR(both.y, 63 - 20, 0.2);
}

TEST(Augment, AResizedCropShowsARegionInsideThePhoto) {
  // Red rises from left to right and green from top to bottom, so a pixel tells where it comes from.
  auto const slope = picture(128, 128, [](int x, int y) {
    return Rgb{static_cast<std::uint8_t>(2 * x), static_cast<std::uint8_t>(2 * y), 0};
  });
  auto options = training::without_augmentation();
  options.crop_prob = 1;
  options.crop_area_min = 0.25;
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    auto const view = shown(slope, options, draw);
    double const width = (at(view, 60, 32)[0] - at(view, 3, 32)[0]) / 57.0 * 63 / 254;
    double const height = (at(view, 32, 60)[1] - at(view, 32, 3)[1]) / 57.0 * 63 / 254;
    EXPECT_GT(width * height, 0.25 - 0.03) << draw;
    EXPECT_LT(width * height, 1 + 0.02) << draw;
    EXPECT_LT(std::abs(std::log(width / height)), std::log(1.33) + 0.05) << draw;
    // Nothing is mirrored in from outside: the slope never turns round.
    for (int x = 1; x < 64; ++x) ASSERT_GE(at(view, x, 32)[0] + 1, at(view, x - 1, 32)[0]) << draw << ' ' << x;
  }
}

TEST(Perspective, KeepsTheCentreAndPutsAKnownPixelWhereTheFormulaSays) {
  View view;
  view.perspective_x = 0.25F;
  auto const right = centre_of_light(model::render(mark(47, 32), kSpec, view));
  // An output pixel at u looks at u / (1 + 0.25 u), u from the centre in half sides; its inverse is u / (1 - 0.25 u).
  double const looked_at = (47 - 31.5) / 32;
  EXPECT_NEAR(right.x, 31.5 + 32 * looked_at / (1 - 0.25 * looked_at), 0.5);
  auto const centre = centre_of_light(model::render(mark(31, 31), kSpec, view));
  EXPECT_NEAR(centre.x, 31.2, 0.8);
  auto const left = centre_of_light(model::render(mark(16, 32), kSpec, view));
  EXPECT_GT(right.brightness, 1.3 * left.brightness) << "the near side is larger";
  View lower;
  lower.perspective_y = 0.25F;
  EXPECT_NEAR(centre_of_light(model::render(mark(32, 47), kSpec, lower)).y, right.x, 0.5);
}

TEST(Displacement, MovesEachPixelByItsOwnVector) {
  View view;
  view.displacement_px.assign(std::size_t{2} * 64 * 64, 0);
  for (std::size_t i = 0; i < view.displacement_px.size(); i += 2) view.displacement_px[i] = 7;
  auto const place = centre_of_light(model::render(mark(40, 20), kSpec, view));
  EXPECT_NEAR(place.x, 33, 0.1);
  EXPECT_NEAR(place.y, 20, 0.1);
  // It comes before the rest of the view, in one resampling: a quarter turn moves what was displaced.
  view.rotation_rad = float(std::acos(0.0));
  auto const turned = centre_of_light(model::render(mark(40, 20), kSpec, view));
  EXPECT_NEAR(turned.x, 20 - 7, 0.2);
  EXPECT_NEAR(turned.y, 63 - 40, 0.2);
}

TEST(ElasticField, IsSmoothAndAsLongAsAsked) {
  auto const field = training::elastic_field(96, 64, {.largest_px = 5, .smooth_px = 8, .seed = 3});
  ASSERT_EQ(field.size(), std::size_t{2} * 96 * 64);
  float longest = 0;
  float steepest = 0;
  for (std::size_t i = 0; i < field.size(); i += 2) {
    longest = std::max(longest, std::hypot(field[i], field[i + 1]));
    if (i / 2 % 96 > 0) steepest = std::max(steepest, std::abs(field[i] - field[i - 2]));
  }
  EXPECT_NEAR(longest, 5, 1e-3);
  EXPECT_LT(steepest, 1) << "a step of more than a pixel would fold the picture";
  EXPECT_GT(steepest, 0.05);
}

TEST(GridField, KeepsTheEdgesAndTheOrder) {
  auto random = numbered(4);
  auto const field = training::grid_field(51, 51, 0.5, random);
  double largest = 0;
  for (int x = 0; x < 51; ++x) {
    double const place = x + double(field[std::size_t{2} * x]);
    if (x == 0 || x == 50) {
      EXPECT_NEAR(place, x, 1e-4);
    }
    if (x > 0) {
      EXPECT_GT(place, x - 1 + double(field[std::size_t(2 * (x - 1))]));
    }
    largest = std::max(largest, std::abs(place - x));
  }
  EXPECT_GT(largest, 1);
}

TEST(AugmentationSheet, ShowsThePhotoAsItIsBesideEveryAugmentation) {
  TrainingConfig config;
  config.name = "trial";
  config.optimization.phases = {{}};
  auto const png = training::draw_augmentation_sheet(config, {lesion()});
  ASSERT_TRUE(png) << png.error().message;
  auto const sheet = image::decode(*png);
  ASSERT_TRUE(sheet) << sheet.error().message;
  auto spec = config.served_preprocess();
  spec.width_px = spec.height_px = 128;
  auto const plain = model::render(lesion(), spec);
  auto const is_plain_at = [&](int left, int top) {
    for (int i = 0; i < 128; i += 9) {
      if (at(*sheet, left + i, top + i) != at(plain, i, i)) return false;
    }
    return true;
  };
  int found = 0;
  for (int top = 0; top + 128 <= sheet->height_px(); ++top) {
    for (int left = 0; left + 128 <= sheet->width_px(); ++left) found += is_plain_at(left, top) ? 1 : 0;
  }
  EXPECT_GE(found, int(training::augmentations().size()) + 3);  // mixup, cutmix, and all together
  EXPECT_EQ(training::draw_augmentation_sheet(config, {}).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace nevus
