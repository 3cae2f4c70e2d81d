// SPDX-License-Identifier: MIT
#include "nevus/evaluation/model_card.h"

#include <gtest/gtest.h>

#include <iomanip>
#include <sstream>

#include "nevus/base/file.h"

namespace nevus {
namespace {

TEST(ModelCard, EveryShippedCardIsWhatItsNumbersMake) {
  auto const folders = model::find_bundles(NEVUS_SOURCE_DIR "/models");
  if (folders.empty()) GTEST_SKIP() << "no bundle in models/";
  for (auto const& folder : folders) {
    auto const bundle = model::load_bundle(folder);
    ASSERT_TRUE(bundle) << bundle.error().message;
    auto const shown = read_file(folder / "MODEL_CARD.md");
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(std::string(shown->begin(), shown->end()), evaluation::model_card_markdown(bundle->card)) << folder;
  }
}

std::string three_digits(double share) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << share;
  return text.str().substr(1);
}

TEST(ModelCard, TheTrainingLogShowsTheShippedFigures) {
  auto const log = read_file(NEVUS_SOURCE_DIR "/docs/training-log.md");
  ASSERT_TRUE(log) << log.error().message;
  std::string const text(log->begin(), log->end());
  for (auto const& folder : model::find_bundles(NEVUS_SOURCE_DIR "/models")) {
    auto const bundle = model::load_bundle(folder);
    ASSERT_TRUE(bundle) << bundle.error().message;
    auto const& card = bundle->card;
    for (std::string const part : {"val", "test"}) {
      auto const figure = [&](char const* name) { return three_digits(card.metrics.at(part + "." + name).value); };
      auto const row = "| " + part + " | " + figure("accuracy") + " | " + figure("balanced_accuracy") + " | " +
                       figure("macro_auc") + " |";
      EXPECT_NE(text.find(row), std::string::npos) << card.id << ' ' << card.version << ": " << row;
    }
  }
}

TEST(ModelCard, NamesTheWorstClassFirst) {
  ModelCard card;
  for (auto const& lesion_class : kLesionClasses)
    card.metrics["test.recall." + std::string(lesion_class.id)] = {.9, .8, 1};
  card.metrics["test.recall.df"] = {.25, .1, .4};
  auto const text = evaluation::model_card_markdown(card);
  auto const failures = text.find("## Where it fails");
  ASSERT_NE(failures, std::string::npos);
  EXPECT_EQ(text.find("- Dermatofibroma: 75.0 % of the test photos", failures), text.find("- ", failures));
  EXPECT_NE(text.find("not measured"), std::string::npos);
}

}  // namespace
}  // namespace nevus
