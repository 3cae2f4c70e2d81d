// SPDX-License-Identifier: MIT
#include "nevus/base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace nevus {
namespace {

class File : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "nevus-file-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::filesystem::path folder_;
};

TEST_F(File, WhatWasWrittenIsRead) {
  auto const path = folder_ / "a.bin";
  ByteVector const bytes{0, 255, 10, 13, 0};
  ASSERT_TRUE(write_file_atomically(path, bytes));
  EXPECT_EQ(read_file(path).value(), bytes);
  EXPECT_EQ(entries(), 1U) << "no temporary file stays behind";
}

TEST_F(File, AnEmptyFileIsAFile) {
  ASSERT_TRUE(write_file_atomically(folder_ / "empty", std::string_view()));
  EXPECT_TRUE(read_file(folder_ / "empty").value().empty());
}

TEST_F(File, WritingReplacesTheWholeFile) {
  auto const path = folder_ / "card.json";
  ASSERT_TRUE(write_file_atomically(path, std::string_view("a long first version")));
  ASSERT_TRUE(write_file_atomically(path, std::string_view("short")));
  EXPECT_EQ(read_file(path).value().size(), 5U);
}

TEST_F(File, AReaderWhoHoldsTheOldFileKeepsItWhole) {
  auto const path = folder_ / "card.json";
  ASSERT_TRUE(write_file_atomically(path, std::string_view("old old old")));
  std::ifstream reader(path);
  ASSERT_TRUE(write_file_atomically(path, std::string_view("new")));
  std::string seen;
  std::getline(reader, seen);
  EXPECT_EQ(seen, "old old old");
}

TEST_F(File, AFailedWriteLeavesNothingBehind) {
  auto const occupied = folder_ / "occupied";
  std::filesystem::create_directories(occupied / "child");
  auto const written = write_file_atomically(occupied, std::string_view("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_TRUE(written.error().message.starts_with(occupied.string() + ": ")) << written.error().message;
  EXPECT_EQ(entries(), 1U) << "only the folder itself";
  EXPECT_TRUE(std::filesystem::is_directory(occupied / "child"));
}

TEST_F(File, WritingIntoAFolderThatDoesNotExistIsAnError) {
  auto const written = write_file_atomically(folder_ / "no" / "such.txt", std::string_view("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
}

TEST_F(File, TheLimitIsTheLastSizeThatIsRead) {
  auto const path = folder_ / "photo.jpg";
  ASSERT_TRUE(write_file_atomically(path, std::string_view("12345")));
  EXPECT_TRUE(read_file(path, 5));
  auto const refused = read_file(path, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPhotoTooLarge);
  EXPECT_EQ(refused.error().message, path.string() + ": 5 bytes are more than the limit of 4 bytes");
}

TEST_F(File, WhatIsNoRegularFileIsRefused) {
  EXPECT_EQ(read_file(folder_ / "missing").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(folder_).error().code, ErrorCode::kIo);
  EXPECT_EQ(read_file("/dev/zero").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace nevus
