// SPDX-License-Identifier: MIT
#include "nevus/training/config.h"

#include <gtest/gtest.h>

namespace nevus {
namespace {

std::string recipe(std::string const& optimization = "", std::string const& top = "") {
  return top + R"(name = "trial"
[data]
source = "synthetic"
[network]
name = "efficientnet_lite0"
[optimization]
phases = [{epochs = 2, input_px = 128, frozen_blocks = 3}, {epochs = 3, input_px = 192}]
)" + optimization +
         "\n[augment]\nscale_min = 0.9\n";
}

std::string problem_of(std::string const& toml) {
  auto const config = training::parse_config(toml, "trial.toml");
  return config ? "no problem" : config.error().message;
}

TEST(TrainingConfig, EpochsBelongToPhases) {
  auto const config = training::parse_config(recipe(), "trial.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->epochs(), 5);
  EXPECT_EQ(config->phase_of(1).input_px, 128);
  EXPECT_EQ(config->phase_of(1).frozen_blocks, 3);
  EXPECT_EQ(config->phase_of(2).input_px, 192);
  EXPECT_EQ(config->phase_of(2).frozen_blocks, -1);
  EXPECT_EQ(config->served_preprocess().width_px, 192);
}

TEST(TrainingConfig, EveryMistakeIsNamed) {
  EXPECT_EQ(problem_of(recipe("momentum = 0.9")), "trial.toml: optimization.momentum is not a known setting");
  EXPECT_EQ(problem_of(recipe("", "colour = 1\n")), "trial.toml: colour is not a known setting");
  EXPECT_EQ(problem_of(recipe("batch = \"many\"")), "trial.toml: optimization.batch must be a whole number");
  EXPECT_EQ(problem_of(recipe("label_smoothing = 0.9")),
            "trial.toml: optimization.label_smoothing = 0.9 is outside 0 … 0.5");
  EXPECT_EQ(problem_of("name = \"x\"\n"), "trial.toml: section [data] is missing");
  EXPECT_TRUE(problem_of("name = \n").starts_with("trial.toml: line 1: ")) << problem_of("name = \n");
}

TEST(TrainingConfig, ShippedRecipesAreValid) {
  for (auto const& entry : std::filesystem::directory_iterator(NEVUS_SOURCE_DIR "/configs")) {
    auto const config = training::load_config(entry.path());
    EXPECT_TRUE(config) << config.error().message;
    EXPECT_EQ(config ? config->name : "", entry.path().stem().string());
  }
}

}  // namespace
}  // namespace nevus
