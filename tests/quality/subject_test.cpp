// SPDX-License-Identifier: MIT
#include "nevus/quality/subject.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <vector>

#include "model/pictures.h"
#include "nevus/base/file.h"
#include "nevus/image/decode.h"

namespace nevus {
namespace {

using testing::picture;
using testing::Rgb;

bool accepted(Image const& image) { return quality::check_subject(image).accepted(); }
std::string_view cause(Image const& image) { return quality::check_subject(image).cause; }

std::vector<Image> example_photos() {
  std::vector<Image> photos;
  for (auto const& entry : std::filesystem::directory_iterator(NEVUS_SOURCE_DIR "/examples")) {
    if (entry.path().extension() == ".jpg") photos.push_back(*image::decode(*read_file(entry.path())));
  }
  return photos;
}

TEST(Subject, PhotosOfLesionsAreAccepted) {
  auto const photos = example_photos();
  EXPECT_GT(photos.size(), 3U);
  for (auto const& photo : photos) EXPECT_TRUE(accepted(photo)) << quality::check_subject(photo).reason;
}

TEST(Subject, NoiseDrawingsTextAndForeignColoursAreNot) {
  std::mt19937 random(1);
  auto const level = [&] { return static_cast<std::uint8_t>(random() % 256); };
  EXPECT_EQ(cause(picture(300, 200, [&](int, int) { return Rgb{level(), level(), level()}; })), "noise");
  auto const drawing = [](int x, int y) {
    bool const inside = (x - 150) * (x - 150) + (y - 100) * (y - 100) < 3000;
    return inside ? Rgb{90, 50, 40} : Rgb{224, 172, 150};
  };
  EXPECT_EQ(cause(picture(300, 200, drawing)), "flat");
  auto const page = [](int x, int y) { return y % 12 < 5 && x % 7 < 3 ? Rgb{20, 20, 20} : Rgb{255, 255, 255}; };
  EXPECT_EQ(cause(picture(300, 200, page)), "white");
  auto const meadow = [&](int, int y) {
    auto const green = static_cast<std::uint8_t>(110 + y / 4 + int(random() % 6));
    return Rgb{60, green, 50};
  };
  EXPECT_EQ(cause(picture(300, 200, meadow)), "cool");
}

TEST(Subject, ABlackVignetteIsNoDrawing) {
  for (auto const& photo : example_photos()) {
    double const radius = .5 * std::min(photo.width_px(), photo.height_px());
    auto const vignetted = picture(photo.width_px(), photo.height_px(), [&](int x, int y) {
      double const dx = x - photo.width_px() / 2.0;
      double const dy = y - photo.height_px() / 2.0;
      return dx * dx + dy * dy < radius * radius ? testing::at(photo, x, y) : Rgb{0, 0, 0};
    });
    EXPECT_TRUE(accepted(vignetted)) << quality::check_subject(vignetted).reason;
  }
}

}  // namespace
}  // namespace nevus
