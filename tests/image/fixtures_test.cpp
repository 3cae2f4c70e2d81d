// SPDX-License-Identifier: MIT
// Every photo of tests/image/fixtures against its row in expected.toml. A new defect is a new file and a new row.
#include <gtest/gtest.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "nevus/base/file.h"
#include "nevus/image/decode.h"

namespace nevus {
namespace {

std::filesystem::path const kFixtures = std::filesystem::path(NEVUS_SOURCE_DIR) / "tests/image/fixtures";

toml::table const& expected() {
  static toml::table const table = toml::parse_file((kFixtures / "expected.toml").string());
  return table;
}

ByteVector bytes_of(std::string const& fixture) {
  auto bytes = read_file(kFixtures / fixture);
  EXPECT_TRUE(bytes.has_value()) << fixture;
  return bytes.value_or(ByteVector{});
}

/// Each probe is [x, y, red, green, blue].
void expect_picture(Image const& photo, toml::array const& probes, int tolerance) {
  ASSERT_GT(probes.size(), 0U);
  for (auto const& probe : probes) {
    auto const number = [&](std::size_t i) {
      return static_cast<int>(*probe.as_array()->get(i)->value<std::int64_t>());
    };
    std::size_t const pixel = 3 * (static_cast<std::size_t>(number(1)) * photo.width_px() + number(0));
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_LE(std::abs(int{photo.pixels().at(pixel + c)} - number(2 + c)), tolerance)
          << "channel " << c << " at " << number(0) << ", " << number(1) << " is " << int{photo.pixels()[pixel + c]};
    }
  }
}

TEST(Fixtures, EveryGoodPhotoShowsItsPictureUpright) {
  for (auto const& [key, row] : *expected()["ok"].as_table()) {
    std::string const fixture(key.str());
    SCOPED_TRACE(fixture);
    auto const photo = image::decode(bytes_of(fixture));
    ASSERT_TRUE(photo.has_value()) << photo.error().message;
    auto const& facts = *row.as_table();
    EXPECT_EQ(name(photo->source_format()), facts["format"].value<std::string>());
    EXPECT_EQ(photo->width_px(), 72);
    EXPECT_EQ(photo->height_px(), 64);
    auto const picture = facts["picture"].value_or<std::string>("quadrants");
    expect_picture(*photo, *expected()["pictures"][picture].as_array(), facts["tolerance"].value_or(0));
  }
}

TEST(Fixtures, EveryBadPhotoIsRefusedWithItsReason) {
  for (auto const& [key, row] : *expected()["bad"].as_table()) {
    std::string const fixture(key.str());
    SCOPED_TRACE(fixture);
    auto const photo = image::decode(bytes_of(fixture));
    ASSERT_FALSE(photo.has_value());
    auto const& facts = *row.as_table();
    EXPECT_EQ(info(photo.error().code).name, facts["error"].value<std::string>()) << photo.error().message;
    auto const reason = *facts["says"].value<std::string>();
    EXPECT_NE(photo.error().message.find(reason), std::string::npos) << photo.error().message;
  }
}

TEST(Fixtures, EveryFileHasItsRowAndEveryRowItsFile) {
  std::set<std::string> files;
  for (auto const& entry : std::filesystem::directory_iterator(kFixtures))
    files.insert(entry.path().filename().string());
  files.erase("expected.toml");
  std::set<std::string> rows;
  for (auto const section : {"ok", "bad"}) {
    for (auto const& [key, row] : *expected()[section].as_table()) rows.emplace(key.str());
  }
  EXPECT_EQ(files, rows);
}

TEST(Fixtures, NoPrefixOfAPhotoIsTakenForThePhoto) {
  for (auto const fixture : {"ok-baseline.jpg", "ok-progressive.jpg", "ok-rgb-8.png", "ok-palette-8.bmp",
                             "ok-lzw-predictor.tif", "ok-lossy.webp", "ok-lossless.webp", "ok-rle.dcm",
                             "ok-lossless-jpeg.dcm", "ok-baseline-jpeg.dcm", "ok-ybr-full-422.dcm"}) {
    SCOPED_TRACE(fixture);
    auto const bytes = bytes_of(fixture);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(image::decode(Bytes(bytes).first(size)).has_value()) << size << " of " << bytes.size() << " bytes";
    }
  }
}

}  // namespace
}  // namespace nevus
