// SPDX-License-Identifier: MIT
#include "nevus/image/reductions.h"

#include <gtest/gtest.h>

namespace nevus {
namespace {

Image ramp(int width_px, int height_px) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < width_px * height_px; ++i) {
    pixels.insert(pixels.end(), {std::uint8_t(i % 251), std::uint8_t(i % 17), std::uint8_t(255 - i % 251)});
  }
  return {width_px, height_px, std::move(pixels)};
}

TEST(Reductions, EachPixelIsTheMeanOfItsArea) {
  auto const photo = ramp(6, 4);
  Reductions const sizes(photo);
  auto const& half = sizes.to(3, 2);
  ASSERT_EQ(half.width_px(), 3);
  ASSERT_EQ(half.height_px(), 2);
  // Red of the block of columns 2 and 3, rows 2 and 3: 14, 15, 20, 21.
  EXPECT_NEAR(half.pixels()[std::size_t{3} * (1 * 3 + 1)], 17.5, 0.5);
}

TEST(Reductions, ASizeIsMadeOnceAndStays) {
  auto const photo = ramp(60, 40);
  Reductions const sizes(photo);
  auto const* const first = &sizes.to(30, 20);
  for (int width = 10; width < 30; ++width) static_cast<void>(sizes.to(width, 10));
  EXPECT_EQ(&sizes.to(30, 20), first);
  EXPECT_EQ(&sizes.to(60, 40), &photo) << "no copy where nothing is reduced";
}

}  // namespace
}  // namespace nevus
