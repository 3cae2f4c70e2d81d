// SPDX-License-Identifier: MIT
#include "nevus/image/decode.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "nevus/base/file.h"
#include "nevus/image/dicom.h"

namespace nevus {
namespace {

std::filesystem::path const kFixtures = std::filesystem::path(NEVUS_SOURCE_DIR) / "tests/image/fixtures";

ByteVector fixture(std::string const& file) { return read_file(kFixtures / file).value(); }

TEST(Decode, FileSizeIsHeldToItsLimit) {
  auto const bytes = fixture("ok-baseline.jpg");
  DecodeLimits limits;
  limits.max_bytes = bytes.size();
  EXPECT_TRUE(image::decode(bytes, limits).has_value());
  limits.max_bytes = bytes.size() - 1;
  auto const refused = image::decode(bytes, limits);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kPhotoTooLarge);
  EXPECT_EQ(refused.error().message, std::to_string(bytes.size()) + " bytes are more than the limit of " +
                                         std::to_string(bytes.size() - 1) + " bytes");
}

TEST(Decode, PixelLimitIncludesItsOwnValueInEveryFormat) {
  for (auto const file :
       {"ok-baseline.jpg", "ok-rgb-8.png", "ok-24.bmp", "ok-stored.tiff", "ok-lossy.webp", "ok-rle.dcm"}) {
    SCOPED_TRACE(file);
    DecodeLimits limits;
    limits.max_pixels = std::int64_t{72} * 64;
    EXPECT_TRUE(image::decode(fixture(file), limits).has_value());
    limits.max_pixels = 72 * 64 - 1;
    auto const refused = image::decode(fixture(file), limits);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kPhotoTooLarge);
    EXPECT_EQ(refused.error().message, "72 x 64 px are more than the limit of 4607 pixels");
  }
}

TEST(Decode, FormatThatIsNotAskedForIsRefusedByName) {
  DecodeLimits limits;
  limits.formats = {PhotoFormat::kJpeg, PhotoFormat::kPng};
  EXPECT_TRUE(image::decode(fixture("ok-rgb-8.png"), limits).has_value());
  auto const refused = image::decode(fixture("ok-stored.tiff"), limits);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupportedFormat);
  EXPECT_EQ(refused.error().message, "the file holds a tiff photo; accepted photo formats are jpeg, png");
}

TEST(Decode, WebpIsOffUntilTheSettingsAskForIt) {
  Settings settings;
  EXPECT_FALSE(image::decode(fixture("ok-lossy.webp"), image::limits_from(settings)).has_value());
  EXPECT_TRUE(image::decode(fixture("ok-stored.tiff"), image::limits_from(settings)).has_value());
  settings.supported_formats.emplace_back("webp");
  EXPECT_TRUE(image::decode(fixture("ok-lossy.webp"), image::limits_from(settings)).has_value());
}

TEST(Decode, DicomIsOffUntilTheSettingsAskForIt) {
  Settings settings;
  EXPECT_FALSE(image::decode(fixture("ok-rle.dcm"), image::limits_from(settings)).has_value());
  settings.supported_formats.emplace_back("dcm");
  EXPECT_TRUE(image::decode(fixture("ok-rle.dcm"), image::limits_from(settings)).has_value());
}

TEST(Decode, AReportCanNameItsDicomSource) {
  auto const source = image::dicom_source(fixture("ok-dermoscopic-explicit.dcm"));
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(source->sop_class_uid, "1.2.840.10008.5.1.4.1.1.77.1.7");
  EXPECT_EQ(source->sop_instance_uid, "2.25.1");
  EXPECT_EQ(source->study_uid, "2.25.2");
  EXPECT_EQ(source->series_uid, "2.25.3");
  EXPECT_FALSE(image::dicom_source(fixture("ok-baseline.jpg")).has_value());
  EXPECT_FALSE(image::dicom_source(fixture("bad-truncated-in-header.dcm")).has_value());
}

TEST(Decode, MegabyteOfTheSettingsIsAMillionBytes) {
  Settings settings;
  settings.max_file_size_mb = 3;
  EXPECT_EQ(image::limits_from(settings).max_bytes, 3'000'000U);
}

TEST(Decode, ContentDecidesWhatAFileIs) {
  EXPECT_EQ(image::sniff(fixture("ok-png-named.jpg")), PhotoFormat::kPng);
  EXPECT_EQ(image::sniff(fixture("ok-bigtiff-deflate.tiff")), PhotoFormat::kTiff);
  EXPECT_EQ(image::sniff(fixture("ok-big-endian-packbits.tiff")), PhotoFormat::kTiff);
  EXPECT_EQ(image::sniff(fixture("bad-text-that-begins-with-BM.bmp")), std::nullopt);
  EXPECT_EQ(image::sniff({}), std::nullopt);
}

TEST(Decode, ThreadsDoNotDisturbEachOther) {
  // Damaged photos among the good ones, because errors leave the C libraries by another way.
  std::vector<ByteVector> files;
  for (auto const file : {"ok-baseline.jpg", "bad-truncated-in-scan.jpg", "ok-rgba-16-interlaced.png",
                          "bad-data-crc.png", "ok-tiles.tiff", "bad-strip-overwritten.tiff", "ok-lossy.webp",
                          "ok-palette-4.bmp", "ok-lossless-jpeg.dcm", "bad-rle-truncated.dcm"}) {
    files.push_back(fixture(file));
  }
  auto const decode_all = [&files] {
    std::vector<std::string> outcomes;
    for (auto const& bytes : files) {
      auto const photo = image::decode(bytes);
      outcomes.push_back(photo ? std::string(photo->pixels().begin(), photo->pixels().end()) : photo.error().message);
    }
    return outcomes;
  };
  auto const alone = decode_all();
  std::vector<std::future<bool>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      bool same = true;
      for (int round = 0; round < 5; ++round) same = decode_all() == alone && same;
      return same;
    }));
  }
  for (auto& thread : threads) EXPECT_TRUE(thread.get());
}

TEST(Decode, EveryHam10000SampleIs600By450) {
  char const* const data = std::getenv("NEVUS_DATA");
  auto const root =
      data != nullptr ? std::filesystem::path(data) : std::filesystem::path(NEVUS_SOURCE_DIR) / "../shared/data";
  auto const folder = root / "ham10000/samples-600x450";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << folder << " is not there";
  int photos = 0;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jpg") continue;
    auto const photo = image::decode(read_file(entry.path()).value());
    ASSERT_TRUE(photo.has_value()) << entry.path() << ": " << photo.error().message;
    EXPECT_EQ(photo->width_px(), 600);
    EXPECT_EQ(photo->height_px(), 450);
    ++photos;
  }
  EXPECT_GT(photos, 0);
}

TEST(Decode, APhotosNameEndsLikeOne) {
  for (auto const* name : {"a.jpg", "a.JPEG", "a.b.png", "a.Bmp", "a.tif", "a.tiff", "a.webp", "a.dcm"})
    EXPECT_TRUE(image::has_photo_ending(name)) << name;
  for (auto const* name : {"jpg", "a.txt", "a.jpg.csv", "", "a.gif"})
    EXPECT_FALSE(image::has_photo_ending(name)) << name;
}

}  // namespace
}  // namespace nevus
