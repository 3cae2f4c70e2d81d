// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <fstream>

#include "cli/process.h"
#include "inference/tiny_network.h"
#include "nevus/base/file.h"
#include "nevus/model/bundle.h"

namespace nevus::test {

inline std::filesystem::path const kSource = NEVUS_SOURCE_DIR;
inline std::filesystem::path const kExamples = kSource / "examples";
inline std::filesystem::path const kSchema = kSource / "docs" / "result-schema.json";

/// Writes a bundle as it lies on disk.
inline void write_bundle(std::filesystem::path const& models, ModelBundle const& bundle) {
  auto const folder = models / bundle.card.id;
  std::filesystem::create_directories(folder);
  write_text(folder / "card.json", model::to_json(bundle.card));
  write_text(folder / "network.onnx", {bundle.network.begin(), bundle.network.end()});
}

/// The example photos, sorted by name.
inline std::vector<std::filesystem::path> examples() {
  std::vector<std::filesystem::path> photos;
  for (auto const& entry : std::filesystem::directory_iterator(kExamples)) {
    if (entry.path().extension() == ".jpg") photos.push_back(entry.path());
  }
  std::ranges::sort(photos);
  return photos;
}

/// A working directory with a models folder whose `fast` is a tiny network, so that the whole program can be shown
/// without the trained one. Its answers mean nothing.
class Workplace : public ::testing::Test {
 protected:
  void SetUp() override {
    write_bundle(models(), testing::TinyNetwork().bundle("fast"));
    photo_ = (folder_ / "photo.jpg").string();
    std::filesystem::copy_file(examples().front(), photo_);
  }

  [[nodiscard]] std::filesystem::path models() const { return folder_ / "models"; }
  [[nodiscard]] std::string path(std::string const& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string const& photo() const { return photo_; }

  /// How the program starts here, with NEVUS_MODELS naming the tiny network's folder.
  [[nodiscard]] Start start() const {
    return {.folder = folder_.path(), .environment = {{"NEVUS_MODELS", models().string()}}};
  }

  [[nodiscard]] static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NEVUS_PROGRAM);
    return arguments;
  }

  [[nodiscard]] Finished nevus(std::vector<std::string> arguments) const {
    return run(command(std::move(arguments)), start());
  }
  [[nodiscard]] Finished nevus(std::vector<std::string> arguments, Start const& how) const {
    return run(command(std::move(arguments)), how);
  }

  /// A copy of the photo that ends in the middle of its scan.
  std::string write_truncated_photo(std::string const& name) const {
    auto const whole = read_text(photo_);
    write_text(path(name), whole.substr(0, whole.size() / 2));
    return path(name);
  }

 private:
  TemporaryFolder folder_;
  std::string photo_;
};

/// One sentence on standard error, nothing on standard output, and the exit code of the error table.
inline void expect_refusal(Finished const& finished, ErrorCode code, std::string const& names) {
  EXPECT_EQ(finished.exit_code, info(code).exit_code) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(lines_of(finished.err).size(), 1U) << finished.err;
  EXPECT_TRUE(finished.err.starts_with("nevus: ")) << finished.err;
  EXPECT_NE(finished.err.find(names), std::string::npos) << finished.err << "does not name " << names;
}

}  // namespace nevus::test
