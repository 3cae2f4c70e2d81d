// SPDX-License-Identifier: MIT
// What is asked for wrongly is answered with one sentence, before anything is done.
#include <gtest/gtest.h>

#include "cli_train/tiny_recipe.h"

namespace nevus::test {
namespace {

namespace fs = std::filesystem;

class WrongFlags : public ::testing::Test {
 protected:
  /// What the program says of `arguments`, which it refuses.
  static std::string said(std::vector<std::string> const& arguments, int exit_code = 2) {
    std::vector<std::string> command{NEVUS_TRAIN_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto const finished = run(command);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
    EXPECT_EQ(lines_of(finished.err).size(), 1U) << finished.err;
    return last_words(finished);
  }
  static bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

  TemporaryFolder const folder_;
  std::string const recipe_ = write_recipe(folder_);
  std::string const out_ = (folder_ / "run").string();
};

TEST_F(WrongFlags, OfFit) {
  for (std::vector<std::string> const& flag : std::vector<std::vector<std::string>>{
           {"--fold", "-3"}, {"--fold", "100"}, {"--stop-after", "-5"}, {"--stop-after", "0"}}) {
    auto const text = said({"fit", "--config", recipe_, "--out", out_, flag[0], flag[1]});
    EXPECT_TRUE(holds(text, flag[0]) && holds(text, flag[1])) << text;
  }
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(WrongFlags, OfBench) {
  for (auto const* flag : {"--batch", "--threads", "--input-px"}) {
    auto const text = said({"bench", "--config", recipe_, flag, "-1"});
    EXPECT_TRUE(holds(text, flag) && holds(text, "-1")) << text;
  }
  EXPECT_TRUE(holds(said({"bench", "--config", recipe_, "--frozen-blocks", "-2"}), "--frozen-blocks"));
}

TEST_F(WrongFlags, ABundlesPlaceAndVersionAreLookedAtBeforeAnyRun) {
  auto const wrong = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--run", "/no/such/run"});
    return said(arguments);
  };
  std::string const source = NEVUS_SOURCE_DIR;
  EXPECT_TRUE(holds(wrong({"export", "--out", (folder_ / "exp/").string(), "--version-name", ""}), "version"));
  EXPECT_TRUE(holds(wrong({"export", "--out", source + "/models/fast", "--version-name", "1"}), "`publish`"));
  EXPECT_TRUE(holds(wrong({"export", "--out", source + "/configs", "--version-name", "1"}), "no place"));
  EXPECT_TRUE(holds(wrong({"publish", "--to", source + "/configs", "--version-name", "1"}), "no place"));
}

TEST_F(WrongFlags, AServedSideThatNoBundleMayHaveIsFoundInTheRecipe) {
  auto text = read_text(recipe_);
  write_text(recipe_, text.replace(text.find("dropout"), 0, "served_px = 1\n"));
  EXPECT_TRUE(holds(said({"fit", "--config", recipe_, "--out", out_}, 3), "network.served_px = 1 is below 16"));
}

}  // namespace
}  // namespace nevus::test
