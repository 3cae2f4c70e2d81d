// SPDX-License-Identifier: MIT
#include "nevus/image/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "nevus/image/decode.h"

namespace nevus {
namespace {

/// Smooth in every channel, as skin is, and different in every pixel's neighbourhood.
Image gradient(int width_px, int height_px) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      pixels.push_back(static_cast<std::uint8_t>(255 * x / width_px));
      pixels.push_back(static_cast<std::uint8_t>(255 * y / height_px));
      pixels.push_back(static_cast<std::uint8_t>(255 * (x + y) / (width_px + height_px)));
    }
  }
  return {width_px, height_px, std::move(pixels)};
}

TEST(EncodePng, LosesNothing) {
  auto const picture = gradient(97, 65);
  auto const bytes = image::encode_png(picture);
  ASSERT_TRUE(bytes.has_value());
  auto const back = image::decode(*bytes);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->source_format(), PhotoFormat::kPng);
  EXPECT_EQ(back->width_px(), 97);
  EXPECT_EQ(back->pixels(), picture.pixels());
}

TEST(EncodeJpeg, BetterQualityIsLargerAndNearerToThePicture) {
  auto const picture = gradient(97, 65);
  auto const mean_error = [&](ByteVector const& bytes) {
    auto const back = image::decode(bytes).value();
    EXPECT_EQ(back.source_format(), PhotoFormat::kJpeg);
    double sum = 0;
    for (std::size_t i = 0; i < picture.pixels().size(); ++i) {
      sum += std::abs(int{picture.pixels()[i]} - int{back.pixels().at(i)});
    }
    return sum / static_cast<double>(picture.pixels().size());
  };
  auto const good = image::encode_jpeg(picture, 95);
  auto const poor = image::encode_jpeg(picture, 20);
  ASSERT_TRUE(good.has_value() && poor.has_value());
  EXPECT_GT(good->size(), poor->size());
  EXPECT_LT(mean_error(*good), 2.0);
  EXPECT_LT(mean_error(*good), mean_error(*poor));
}

TEST(EncodeJpeg, NoiseAtFullQualityStaysWithinTheBufferThatWasTaken) {
  // The worst case for size: nothing to predict and nothing rounded away.
  std::vector<std::uint8_t> noise(std::size_t{3} * 65 * 67);
  unsigned state = 1;
  for (auto& sample : noise) {
    state = state * 1664525U + 1013904223U;
    sample = static_cast<std::uint8_t>((state >> 24U) < 128 ? 0 : 255);
  }
  auto const bytes = image::encode_jpeg(Image(65, 67, noise), 100);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  EXPECT_TRUE(image::decode(*bytes).has_value());
}

TEST(EncodeJpeg, SideBeyondTheFormatIsRefused) {
  auto const bytes = image::encode_jpeg(Image(65501, 1, std::vector<std::uint8_t>(std::size_t{3} * 65501)), 90);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().code, ErrorCode::kPhotoTooLarge);
}

}  // namespace
}  // namespace nevus
