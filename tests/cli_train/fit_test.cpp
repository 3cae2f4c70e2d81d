// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "cli/process.h"
#include "cli_train/tiny_recipe.h"

namespace nevus::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kEpochs = 4;

/// The lines of log.csv without the columns of the machine's speed and memory.
std::vector<std::string> training_columns(fs::path const& run) {
  auto rows = lines_of(read_text(run / "log.csv"));
  for (auto& row : rows) {
    std::size_t end = 0;
    for (int comma = 0; comma < 8; ++comma) end = row.find(',', end) + 1;
    row.resize(end);
  }
  return rows;
}

std::string logits_of(TemporaryFolder const& folder, fs::path const& run) {
  auto const report = folder / "report";
  auto const evaluated = test::run({NEVUS_TRAIN_PROGRAM, "evaluate", "--run", run.string(), "--out", report.string()});
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  return read_text(report / "predictions.csv");
}

std::vector<std::string> names_in(fs::path const& folder) {
  std::vector<std::string> names;
  for (auto const& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

TEST(FitProgram, AKilledAndResumedRunIsTheSameRun) {
  TemporaryFolder const folder;
  auto const recipe = write_recipe(folder);
  auto const whole = test::run(fit(recipe, folder / "whole"));
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  {
    Running killed(fit(recipe, folder / "killed"));
    while (!fs::exists(folder / "killed/log.csv") && !killed.ended()) std::this_thread::sleep_for(5ms);
    std::this_thread::sleep_for(100ms);  // into the second epoch
    killed.kill();
    EXPECT_EQ(killed.wait().exit_code, 128 + 9);
  }
  auto const before = training_columns(folder / "killed");
  EXPECT_GE(before.size(), 2U);
  EXPECT_LT(before.size(), 1U + kEpochs) << "it was over before it was killed";
  auto const resumed = test::run(fit(recipe, folder / "killed", {"--resume"}));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(training_columns(folder / "killed"), training_columns(folder / "whole"));
  EXPECT_EQ(training_columns(folder / "whole").size(), 1U + kEpochs);
  EXPECT_EQ(logits_of(folder, folder / "killed"), logits_of(folder, folder / "whole"));
}

TEST(FitProgram, AFullDiskLeavesTheCheckpointOfTheLastWholeEpoch) {
  TemporaryFolder const folder;
  auto const recipe = write_recipe(folder);
  auto const run = folder / "run";
  ASSERT_EQ(test::run(fit(recipe, run, {"--stop-after", "1"})).exit_code, 0);
  // A limit on a file's size, below that of a checkpoint, stands in for the disk; the signal is left out as a full disk
  // sends none.
  std::string limited = "trap '' XFSZ; ulimit -f 20000; exec";
  for (auto const& word : fit(recipe, run, {"--resume"})) limited += " '" + word + "'";
  auto const full = test::run({"bash", "-c", limited});
  EXPECT_EQ(full.exit_code, 5) << full.err;
  EXPECT_EQ(last_words(full), "nevus-train: " + (run / "checkpoint.pt").string() + ": File too large");
  for (auto const& name : names_in(run)) EXPECT_FALSE(name.starts_with("checkpoint.pt.")) << "half a file is left";
  auto const resumed = test::run(fit(recipe, run, {"--resume", "--stop-after", "2"}));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(training_columns(run).size(), 3U);
}

TEST(FitProgram, ARunOfAnOlderProgramIsResumed) {
  TemporaryFolder const folder;
  auto const recipe = write_recipe(folder);
  auto const run = folder / "run";
  ASSERT_EQ(test::run(fit(recipe, run, {"--stop-after", "1"})).exit_code, 0);
  // It knew no sharper views, so it wrote no line about them.
  std::string older;
  for (auto const& line : lines_of(read_text(run / "run.json"))) {
    if (line.find("sharper_sha256") == std::string::npos) older += line + "\n";
  }
  ASSERT_NE(older, read_text(run / "run.json"));
  write_text(run / "run.json", older);
  auto const resumed = test::run(fit(recipe, run, {"--resume", "--stop-after", "2"}));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

/// What `evaluate --folds` says of runs whose recipes have these splits.
std::string said_of_folds(std::vector<std::string> const& splits) {
  TemporaryFolder const folder;
  std::vector<std::string> command{NEVUS_TRAIN_PROGRAM, "evaluate", "--folds"};
  for (std::size_t i = 0; i < splits.size(); ++i) {
    auto const run = folder / ("run-" + std::to_string(i));
    fs::create_directory(run);
    write_text(run / "config.toml",
               "name = \"a\"\n[data]\nsource = \"ham10000\"\nview = \"v\"\n" + splits[i] +
                   "\n[network]\nname = \"efficientnet_lite0\"\n[optimization]\nphases = [{}]\n[augment]\n");
    command.push_back("--run");
    command.push_back(run.string());
  }
  auto const finished = test::run(command);
  EXPECT_NE(finished.exit_code, 0);
  return last_words(finished);
}

TEST(EvaluateProgram, TakesEachFoldOnce) {
  auto const fold = [](int i) { return "split = \"fold\"\nfolds = 3\nfold = " + std::to_string(i); };
  EXPECT_NE(said_of_folds({fold(0), fold(2)}).find("no run of fold 1 of 3"), std::string::npos);
  EXPECT_NE(said_of_folds({fold(0), fold(1), fold(1)}).find("run-2: is fold 1, as "), std::string::npos);
  EXPECT_NE(said_of_folds({fold(0), "split = \"leaky_85_15\""}).find("run-1: is not one of 3 folds"),
            std::string::npos);
}

TEST(FitProgram, AMissingDataFolderIsOneSentence) {
  TemporaryFolder const folder;
  auto const missing =
      test::run(fit(NEVUS_SOURCE_DIR "/configs/fast.toml", folder / "run", {"--data", (folder / "nowhere").string()}));
  EXPECT_EQ(missing.exit_code, 12) << missing.err;
  EXPECT_EQ(lines_of(missing.err).size(), 1U) << missing.err;
  EXPECT_NE(missing.err.find((folder / "nowhere").string()), std::string::npos) << missing.err;
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(FitProgram, DistillationNeedsTeachersAndTheyNeedIt) {
  TemporaryFolder const folder;
  auto const recipe = write_recipe(folder);
  auto const alone = folder / "distill.toml";
  write_text(alone, read_text(recipe) + "[distill]\nweight = 0.5\n");
  auto const finished = test::run(fit(alone.string(), folder / "run"));
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_NE(last_words(finished).find("--teacher"), std::string::npos) << finished.err;
}

TEST(AugmentationsProgram, DrawsASheet) {
  TemporaryFolder const folder;
  auto const sheet = folder / "sheet.png";
  auto const drawn =
      test::run({NEVUS_TRAIN_PROGRAM, "augmentations", "--config", NEVUS_SOURCE_DIR "/configs/fast.toml", "--photo",
                 NEVUS_SOURCE_DIR "/examples/nevus-ISIC_0000496.jpg", "--out", sheet.string()});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_EQ(read_text(sheet).substr(1, 3), "PNG");
  auto const missing = test::run({NEVUS_TRAIN_PROGRAM, "augmentations", "--config",
                                  NEVUS_SOURCE_DIR "/configs/fast.toml", "--photo", "none.jpg", "--out", "x.png"});
  EXPECT_EQ(missing.exit_code, 4);
  EXPECT_NE(missing.err.find("none.jpg"), std::string::npos);
}

}  // namespace
}  // namespace nevus::test
