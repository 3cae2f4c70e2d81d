// SPDX-License-Identifier: MIT
#include "nevus/model/bundle.h"

#include <gtest/gtest.h>

#include "model/example_card.h"
#include "nevus/base/file.h"

namespace nevus {
namespace {

namespace fs = std::filesystem;

class Bundle : public ::testing::Test {
 protected:
  Bundle() : root_(fs::path(::testing::TempDir()) / ("nevus-bundle-" + name_of_test())) {
    fs::remove_all(root_);
    fs::create_directories(root_);
    for (int i = 0; i < 1000; ++i) network_.push_back(static_cast<std::uint8_t>(i * i));
  }
  ~Bundle() override { fs::remove_all(root_); }

  static std::string name_of_test() { return ::testing::UnitTest::GetInstance()->current_test_info()->name(); }

  fs::path put(std::string const& folder, ModelCard const& card) {
    fs::create_directories(root_ / folder);
    EXPECT_TRUE(write_file_atomically(root_ / folder / "card.json", model::to_json(card)));
    EXPECT_TRUE(write_file_atomically(root_ / folder / "network.onnx", network_));
    return root_ / folder;
  }

  static Error error_of(fs::path const& folder) {
    auto const bundle = model::load_bundle(folder);
    return bundle ? Error{ErrorCode::kInternal, "it was accepted"} : bundle.error();
  }

  void expect_refused(fs::path const& folder, std::string const& file, std::string const& reason) {
    auto const error = error_of(folder);
    EXPECT_EQ(error.code, ErrorCode::kModelRefused) << error.message;
    EXPECT_EQ(error.message.find((folder / file).string() + ": "), 0U) << error.message;
    EXPECT_NE(error.message.find(reason), std::string::npos) << error.message;
  }

  fs::path root_;
  ByteVector network_;
};

TEST_F(Bundle, AWholeBundleIsRead) {
  auto const folder = put("fast", testing::example_card("fast", network_));
  auto const bundle = model::load_bundle(folder).value();
  EXPECT_EQ(bundle.card.id, "fast");
  EXPECT_EQ(bundle.folder, folder);
  EXPECT_EQ(bundle.network, network_);
}

TEST_F(Bundle, TheFolderMayBeWrittenInAnyWay) {
  auto const folder = put("fast", testing::example_card("fast", network_));
  EXPECT_TRUE(model::load_bundle(folder / ""));
  EXPECT_TRUE(model::load_bundle(folder / "."));
  EXPECT_TRUE(model::load_bundle(folder / ".." / "fast"));
}

TEST_F(Bundle, OneFlippedBitOfTheNetworkIsFound) {
  auto const folder = put("fast", testing::example_card("fast", network_));
  network_[617] ^= 0x10;
  ASSERT_TRUE(write_file_atomically(folder / "network.onnx", network_));
  expect_refused(folder, "network.onnx", "SHA-256");
}

TEST_F(Bundle, ATruncatedNetworkIsFoundByItsSize) {
  auto const folder = put("fast", testing::example_card("fast", network_));
  network_.pop_back();
  ASSERT_TRUE(write_file_atomically(folder / "network.onnx", network_));
  expect_refused(folder, "network.onnx", "has 999 bytes, but its card says 1000");
}

TEST_F(Bundle, ABundleWithoutItsNetworkIsRefused) {
  auto const folder = put("fast", testing::example_card("fast", network_));
  fs::remove(folder / "network.onnx");
  expect_refused(folder, "network.onnx", "cannot be read");
}

TEST_F(Bundle, ARenamedBundleIsRefused) {
  expect_refused(put("accurate", testing::example_card("fast", network_)), "card.json",
                 "\"id\" is \"fast\", but the folder is called \"accurate\"");
}

TEST_F(Bundle, ADamagedCardIsRefusedWithItsPath) {
  auto const folder = put("fast", testing::example_card("fast", network_));
  ASSERT_TRUE(write_file_atomically(folder / "card.json", std::string_view("{\"schema_version\": 1")));
  expect_refused(folder, "card.json", "is not well-formed JSON");
  ASSERT_TRUE(write_file_atomically(folder / "card.json", std::string_view("{\"schema_version\": 1}")));
  expect_refused(folder, "card.json", "\"id\" is missing");
  ASSERT_TRUE(write_file_atomically(folder / "card.json", std::string(1'000'001, ' ')));
  expect_refused(folder, "card.json", "larger than a card can be");
}

TEST_F(Bundle, WhereThereIsNoneItIsNotFound) {
  for (auto const& folder : {root_, root_ / "nowhere"}) {
    auto const error = error_of(folder);
    EXPECT_EQ(error.code, ErrorCode::kModelNotFound);
    EXPECT_EQ(error.message, folder.string() + ": there is no model bundle here (no card.json)");
  }
}

TEST_F(Bundle, FoundBundlesAreTheFoldersWithACardInOrder) {
  put("fast", testing::example_card("fast", network_));
  put("accurate", testing::example_card("accurate", network_));
  fs::create_directories(root_ / "empty");
  ASSERT_TRUE(write_file_atomically(root_ / "README.md", std::string_view("networks")));
  EXPECT_EQ(model::find_bundles(root_), (std::vector<fs::path>{root_ / "accurate", root_ / "fast"}));
  EXPECT_TRUE(model::find_bundles(root_ / "empty").empty());
  EXPECT_TRUE(model::find_bundles(root_ / "nowhere").empty());
}

}  // namespace
}  // namespace nevus
