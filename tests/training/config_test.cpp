// SPDX-License-Identifier: MIT
#include "nevus/training/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

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
  auto served_smaller = *config;
  served_smaller.network.served_px = 160;
  EXPECT_EQ(served_smaller.served_preprocess().width_px, 160);
}

TEST(TrainingConfig, PhotosAreNormalisedAsTheNetworksWeightsExpect) {
  auto config = *training::parse_config(recipe(), "trial.toml");
  EXPECT_EQ(config.served_preprocess().mean, (std::array{0.498F, 0.498F, 0.498F}));
  EXPECT_EQ(config.served_preprocess().std, (std::array{0.502F, 0.502F, 0.502F}));
  config.network.name = "efficientnet_v2_s";
  EXPECT_EQ(config.served_preprocess().mean, (std::array{0.485F, 0.456F, 0.406F}));
  EXPECT_EQ(config.served_preprocess().std, (std::array{0.229F, 0.224F, 0.225F}));
}

TEST(TrainingConfig, EveryMistakeIsNamed) {
  EXPECT_EQ(problem_of(recipe("momentum = 0.9")), "trial.toml: optimization.momentum is not a known setting");
  EXPECT_EQ(problem_of(recipe("", "colour = 1\n")), "trial.toml: colour is not a known setting");
  EXPECT_EQ(problem_of(recipe("batch = \"many\"")), "trial.toml: optimization.batch must be a whole number");
  EXPECT_EQ(problem_of(recipe("label_smoothing = 0.9")),
            "trial.toml: optimization.label_smoothing = 0.9 is outside 0 … 0.5");
  EXPECT_EQ(problem_of(recipe("precision = \"float64\"")),
            "trial.toml: optimization.precision = \"float64\" is none of \"float32\", \"bfloat16\", \"float16\"");
  EXPECT_EQ(problem_of(recipe("swa_epochs = 4")),
            "trial.toml: optimization.swa_epochs is more than the last phase has");
  EXPECT_EQ(problem_of(recipe("[loss]\ncross_entropy = 0")),
            "trial.toml: loss.cross_entropy and loss.focal_alpha are both 0: nothing is left to learn from");
  EXPECT_EQ(problem_of(recipe("[loss]\nfocal = 1")), "trial.toml: loss.focal is not a known setting");
  EXPECT_EQ(problem_of(recipe("", "loss = 1\n")), "trial.toml: loss must be a section");
  EXPECT_EQ(problem_of(recipe("[distill]\ntemperature = 0")),
            "trial.toml: distill.temperature = 0 is outside 0.1 … 100");
  EXPECT_EQ(problem_of(recipe() + "scale_max = 0.5\n"), "trial.toml: augment.scale_max is below augment.scale_min");
  EXPECT_EQ(problem_of(recipe() + "jpeg_quality_min = 0\n"),
            "trial.toml: augment.jpeg_quality_min = 0 is outside 1 … 95");
  EXPECT_EQ(problem_of("name = \"x\"\n"), "trial.toml: section [data] is missing");
  EXPECT_TRUE(problem_of("name = \n").starts_with("trial.toml: line 1: ")) << problem_of("name = \n");
}

TEST(TrainingConfig, TheSplitIsTheFixedOneUnlessItSaysOtherwise) {
  auto const with = [](std::string const& lines) {
    return "name = \"x\"\n[data]\nsource = \"ham10000\"\nview = \"v\"\n" + lines +
           "[network]\nname = \"n\"\n[optimization]\nphases = [{epochs = 1, input_px = 64}]\n[augment]\n";
  };
  EXPECT_EQ(training::parse_config(with(""), "trial.toml")->data.split, SplitKind::kFixed);
  auto const fold = training::parse_config(with("split = \"fold\"\nfolds = 4\nfold = 3\n"), "trial.toml");
  ASSERT_TRUE(fold) << fold.error().message;
  EXPECT_EQ(fold->data.split, SplitKind::kFold);
  EXPECT_EQ(fold->data.fold, 3);
  EXPECT_EQ(problem_of(with("split = \"fold\"\nfolds = 4\nfold = 4\n")),
            "trial.toml: data.fold = 4 counts from 0, so it must be below data.folds = 4");
  EXPECT_EQ(problem_of(with("split = \"random\"\n")),
            "trial.toml: data.split = \"random\" is none of \"fixed\", \"fold\", \"leaky_85_15\"");
}

TEST(TrainingConfig, PretrainingComesBeforeTheOwnPhotosOfHam10000) {
  std::string const data = "name = \"x\"\n[data]\nsource = \"ham10000\"\nview = \"v\"\n[network]\nname = \"n\"\n";
  auto const phases = [&](std::string const& list) {
    return data + "[optimization]\nphases = [" + list + "]\n[augment]\n";
  };
  std::string const before = "{epochs = 2, input_px = 64, photos = \"pretraining\"}";
  auto const config = training::parse_config(phases(before + ", {epochs = 3, input_px = 96}"), "trial.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->has_pretraining());
  EXPECT_EQ(config->phase_of(2).photos, "own");
  EXPECT_FALSE(config->in_last_phase(1));
  EXPECT_TRUE(config->in_last_phase(2));
  EXPECT_EQ(problem_of(phases(before)), "trial.toml: the last phase must train on its \"own\" photos");
  EXPECT_EQ(problem_of(phases("{photos = \"others\"}")),
            "trial.toml: optimization.phases.photos = \"others\" is none of \"own\", \"pretraining\"");
}

TEST(TrainingConfig, ShippedRecipesAreValid) {
  int recipes = 0;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(NEVUS_SOURCE_DIR "/configs")) {
    if (entry.is_directory()) continue;
    auto const config = training::load_config(entry.path());
    EXPECT_TRUE(config) << config.error().message;
    EXPECT_EQ(config ? config->name : "", entry.path().stem().string());
    ++recipes;
  }
  EXPECT_GE(recipes, 13);
}

TEST(TrainingConfig, AnotherSplitChangesNothingElse) {
  auto const fast = training::load_config(NEVUS_SOURCE_DIR "/configs/fast.toml");
  ASSERT_TRUE(fast) << fast.error().message;
  SplitSpec const third{.kind = SplitKind::kFold, .fold = 2, .folds = 5};
  auto const fold = training::with_split(*fast, third);
  ASSERT_TRUE(fold) << fold.error().message;
  EXPECT_EQ(fold->data.split_spec(), third);
  auto const back = training::with_split(*fold, {});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->data.split_spec(), fast->data.split_spec());
  EXPECT_EQ(back->optimization.phases.size(), fast->optimization.phases.size());
  EXPECT_EQ(back->optimization.learning_rate, fast->optimization.learning_rate);
  EXPECT_EQ(back->network.served_px, fast->network.served_px);
  auto const same = training::with_split(*back, fast->data.split_spec());
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(same->text, back->text);
  EXPECT_FALSE(training::with_split(*fast, {.kind = SplitKind::kFold, .fold = 5, .folds = 5}));
}

std::multiset<std::string> lines_of(std::string const& text) {
  std::multiset<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

TEST(TrainingConfig, AnAblationSaysWhatItAsksAndChangesLittleElse) {
  std::filesystem::path const folder = NEVUS_SOURCE_DIR "/configs/ablations";
  auto const base = training::load_config(folder / "base.toml");
  ASSERT_TRUE(base) << base.error().message;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    auto const ablation = training::load_config(entry.path());
    ASSERT_TRUE(ablation) << ablation.error().message;
    auto const& text = ablation->text;
    auto const first = text.substr(0, text.find('\n'));
    EXPECT_TRUE(first.starts_with("# ")) << entry.path();
    if (ablation->name != "base") {
      EXPECT_TRUE(first.ends_with('?')) << entry.path();
    }
    std::vector<std::string> gone;
    std::ranges::set_difference(lines_of(base->text), lines_of(text), std::back_inserter(gone));
    EXPECT_LE(gone.size(), 4U) << entry.path() << ": the question, the name, and what it asks about";
    EXPECT_EQ(ablation->optimization.seed, base->optimization.seed) << entry.path();
  }
}

}  // namespace
}  // namespace nevus
