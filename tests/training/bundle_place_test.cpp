// SPDX-License-Identifier: MIT
#include "nevus/training/bundle_place.h"

#include <gtest/gtest.h>

#include "training/tiny_runs.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;
using testing::text_of;

class BundlePlace : public ::testing::Test {
 protected:
  void put(std::string const& file, std::string const& text) const {
    fs::create_directories((folder_ / file).parent_path());
    ASSERT_TRUE(write_file_atomically(folder_ / file, text));
  }
  [[nodiscard]] std::string refusal(fs::path const& place, Replacing replacing) const {
    auto const checked = training::check_place(place, replacing);
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::kUsage);
    return checked.error().message;
  }
  testing::TemporaryFolder const folder_;
};

TEST_F(BundlePlace, ASlashAtTheEndIsNoPartOfTheName) {
  EXPECT_EQ(training::check_place(folder_ / "exp/", Replacing::kNever).value().filename(), "exp");
  EXPECT_NE(refusal("", Replacing::kNever), "");
  EXPECT_NE(refusal("/", Replacing::kNever), "");
}

TEST_F(BundlePlace, ARunFolderIsNone) {
  put("run/config.toml", "name");
  EXPECT_NE(refusal(folder_ / "run", Replacing::kNever).find("holds config.toml"), std::string::npos);
  EXPECT_NE(refusal(folder_ / "run", Replacing::kOldBundle), "");
}

TEST_F(BundlePlace, OnlyPublishingReplacesABundle) {
  put("fast/card.json", "{}");
  EXPECT_NE(refusal(folder_ / "fast", Replacing::kNever).find("publish"), std::string::npos);
  EXPECT_EQ(refusal(folder_ / "fast", Replacing::kOldBundle), "");
  EXPECT_EQ(refusal(folder_ / "new", Replacing::kNever), "");
}

TEST_F(BundlePlace, IsTakenAsAWholeSoThatNoOldFileStays) {
  put("fast/card.json", "old");
  put("fast/features.f32", "old");
  put("made/fast/card.json", "new");
  ASSERT_TRUE(training::take_place(folder_ / "made/fast", folder_ / "fast"));
  EXPECT_EQ(text_of(folder_ / "fast/card.json"), "new");
  EXPECT_FALSE(fs::exists(folder_ / "fast/features.f32"));
  EXPECT_FALSE(fs::exists(folder_ / "made/fast"));
  put("made/fast/card.json", "newer");
  ASSERT_TRUE(training::take_place(folder_ / "made/fast", folder_ / "elsewhere"));
  EXPECT_EQ(text_of(folder_ / "elsewhere/card.json"), "newer");
}

}  // namespace
}  // namespace nevus
