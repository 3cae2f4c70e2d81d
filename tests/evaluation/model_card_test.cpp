// SPDX-License-Identifier: MIT
#include "nevus/evaluation/model_card.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
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
    auto const made = evaluation::model_card_markdown(bundle->card);
    if (std::getenv("NEVUS_UPDATE_DOCS") != nullptr) {
      ASSERT_TRUE(write_file_atomically(folder / "MODEL_CARD.md", made));
    }
    auto const shown = read_file(folder / "MODEL_CARD.md");
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(std::string(shown->begin(), shown->end()), made)
        << folder << ": NEVUS_UPDATE_DOCS=1 ./test -R ModelCard writes it again";
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

TEST(ModelCard, AFigureOfPartOfThePhotosSaysOfHowMany) {
  ModelCard card;
  card.metrics["heat.has_map"] = {1, 1, 1};
  card.metrics["heat.reliable"] = {.5, .4, .6};
  EXPECT_NE(evaluation::model_card_markdown(card).find("says reliable | 0.500 (0.400 to 0.600) |"), std::string::npos);
  card.metrics["heat.reliable.photos"] = {101, 101, 101};
  EXPECT_NE(evaluation::model_card_markdown(card).find("says reliable | 0.500 (0.400 to 0.600), of 101 photos |"),
            std::string::npos);
}

/// A card in which every figure of the test photos is given.
ModelCard measured_card() {
  ModelCard card;
  card.id = "fast";
  card.version = "2026.11.9";
  card.licence = "CC BY-NC 4.0 (trained on HAM10000)";
  card.class_prior.fill(1.0 / 7);
  card.parts["test"] = {1503, 1437, {49, 77, 165, 17, 168, 1006, 21}};
  for (auto const* figure : {"accuracy", "balanced_accuracy", "macro_auc", "malignant_auc", "recall.mel", "macro_f1"})
    card.metrics["test." + std::string(figure)] = {.8125, .79, .83};
  card.subgroups = {{"sex", "female", 682, {{"recall.mel", {.42, .28, .56}}}},
                    {"sex", "male", 812, {{"recall.mel", {.48, .38, .57}}}},
                    {"age", "<40", 298, {{"recall.mel", {.28, .05, .53}}}},
                    {"age", "unknown", 9, {}}};
  return card;
}

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

TEST(ModelCard, BeginsWithTheIndexThatTheHubReads) {
  auto const text = evaluation::model_card_markdown(measured_card());
  ASSERT_TRUE(text.starts_with("---\nlicense: cc-by-nc-4.0\n"));
  auto const front = text.substr(0, text.find("\n---\n", 4));
  EXPECT_TRUE(holds(front,
                    "model-index:\n- name: \"nevus fast 2026.11.9\"\n  results:\n  - task:\n      type: "
                    "image-classification\n"));
  EXPECT_TRUE(holds(front, "    dataset:\n      type: ham10000\n      name: \"HAM10000\"\n      split: test\n"));
  EXPECT_TRUE(holds(front, "    - type: accuracy\n      name: \"Accuracy\"\n      value: 0.812\n"));
  EXPECT_FALSE(holds(front, "ece")) << "what was not measured is not in it";
}

TEST(ModelCard, ShowsMelanomaRecallBySexAndAgeAndNamesTheWorstGroup) {
  auto const text = evaluation::model_card_markdown(measured_card());
  EXPECT_TRUE(holds(text, "### By sex"));
  EXPECT_TRUE(holds(text, "| female | 682 | too few | too few | 0.420 (0.280 to 0.560) | too few |"));
  EXPECT_TRUE(holds(text, "| under 40 | 298 |"));
  EXPECT_TRUE(holds(text, "melanoma is found least often in the group age `<40`: recall 0.280 (0.050 to 0.530)"));
  EXPECT_TRUE(holds(text, "66.9 % of the test photos")) << "the share of nevi among the photos that were measured";
}

TEST(ModelCard, AnswersEveryItemOfTheTwoChecklists) {
  auto const text = evaluation::model_card_markdown(measured_card());
  auto const tripod = text.substr(text.find("## TRIPOD+AI"));
  for (int item = 1; item <= 27; ++item) EXPECT_TRUE(holds(tripod, "\n| " + std::to_string(item) + " ")) << item;
  auto const clear = text.substr(text.find("## CLEAR Derm"), text.find("## TRIPOD+AI") - text.find("## CLEAR Derm"));
  for (std::string const part : {"\n| Data: ", "\n| Technique: ", "\n| Assessment: ", "\n| Application: "})
    EXPECT_TRUE(holds(clear, part)) << part;
  EXPECT_EQ(std::ranges::count(clear, '\n') - 7, 25) << "points";
}

TEST(ModelCard, OfTheLeakySplitNeverClaimsNewPatients) {
  auto card = measured_card();
  card.split = "leaky_85_15";
  auto const text = evaluation::model_card_markdown(card);
  EXPECT_TRUE(holds(text, "**LEAKY.**"));
  EXPECT_TRUE(holds(text, "name: \"HAM10000, leaky split by image\""));
  EXPECT_FALSE(holds(text, "none of whose lesions was trained on"));
  EXPECT_TRUE(holds(evaluation::model_card_markdown(measured_card()), "none of whose lesions was trained on"));
}

/// What is so of HAM10000 and of ImageNet weights alone.
constexpr std::array<char const*, 12> kOfHam10000{
    "1,503",   "ImageNet",  "confirmed by histology", "CC BY-NC", "doi:10.7910",         "Vienna",
    "Austria", "follow-up", "published models",       "10.7910",  "taken over 20 years", "two centres"};

TEST(ModelCard, OfDrawingsSaysNothingThatIsSoOfHam10000Alone) {
  auto card = measured_card();
  for (auto const* claim : kOfHam10000) {
    auto of_ham10000 = card;
    of_ham10000.architecture = "efficientnet_lite0";
    EXPECT_TRUE(holds(evaluation::model_card_markdown(of_ham10000), claim)) << claim;
  }
  card.source = {"synthetic", "", "none"};
  card.licence = "MIT (trained on drawings of Nevus's own)";
  card.architecture = "efficientnet_lite0";
  auto const text = evaluation::model_card_markdown(card);
  for (auto const* claim : kOfHam10000) EXPECT_FALSE(holds(text, claim)) << claim;
  EXPECT_TRUE(text.starts_with("---\nlicense: mit\n"));
  EXPECT_TRUE(holds(text, "    dataset:\n      type: synthetic\n      name: \"synthetic lesions\"\n"));
  EXPECT_TRUE(holds(text, "the figures say nothing of photos of skin"));
  EXPECT_TRUE(holds(text, "Start weights: none"));
}

TEST(ModelCard, OfOtherPhotosClaimsNoMoreThanIsKnown) {
  for (std::string const source : {"isic2018", "isic2019", "folders"}) {
    auto card = measured_card();
    card.source.photos = source;
    card.licence = "other";
    for (auto const* split : {"fixed", "grouped", "fold"}) {
      card.split = split;
      auto const text = evaluation::model_card_markdown(card);
      for (auto const* claim : {"1,503", "confirmed by histology", "Vienna", "published models"})
        EXPECT_FALSE(holds(text, claim)) << source << ' ' << split << ": " << claim;
      EXPECT_TRUE(holds(text, "weights from ImageNet"));
    }
  }
  auto own_parts = measured_card();
  own_parts.split = "grouped";
  EXPECT_FALSE(holds(evaluation::model_card_markdown(own_parts), "1,503")) << "HAM10000 without its fixed list";
}

TEST(ModelCard, ANetworkThatIsNoBetterThanTheConstantAnswerIsNotCalledBetter) {
  auto card = measured_card();
  EXPECT_TRUE(holds(evaluation::model_card_markdown(card), "fails; better than the constant answer"));
  card.metrics["test.balanced_accuracy"] = {.2, .1, .3};
  EXPECT_TRUE(holds(evaluation::model_card_markdown(card), "fails; not clearly better than the constant answer"));
}

TEST(ModelCard, ShowsTheRecallOfEachClassInBothViewsOfTheSamePhotos) {
  auto card = measured_card();
  card.metrics["test@images-300x225.recall.mel"] = {.74, .7, .78};
  card.metrics["test@images-300x225-as-images-200x150.recall.mel"] = {.54, .5, .58};
  card.metrics["test@images-300x225.recall_difference.mel"] = {.2, .12, .28};
  card.metrics["test@images-300x225.recall_difference.nv"] = {-.02, -.03, -.01};
  auto const text = evaluation::model_card_markdown(card);
  EXPECT_TRUE(
      holds(text, "| class | in images-300x225 | as images-200x150 shows the same photos | difference in points |"));
  EXPECT_TRUE(holds(text, "| mel | 0.740 (0.700 to 0.780) | 0.540 (0.500 to 0.580) | +20.0 (+12.0 to +28.0) |"));
  EXPECT_TRUE(holds(text, "More than 3 points apart: mel +20.0.\n"));
  EXPECT_FALSE(holds(text, "recall.mel |")) << "not once more in the table of all figures";
  card.metrics["test@images-300x225.recall_difference.mel"].value = .03;
  EXPECT_TRUE(holds(evaluation::model_card_markdown(card), "No class differs by more than 3 points."));
}

TEST(ModelCard, ShowsWhatWasMeasuredOnOtherPhotosToo) {
  auto card = measured_card();
  card.metrics["test@images-300x225.accuracy"] = {.83, .8, .86};
  EXPECT_TRUE(
      holds(evaluation::model_card_markdown(card), "| test@images-300x225 | accuracy | 0.830 (0.800 to 0.860) |"));
  EXPECT_FALSE(holds(evaluation::model_card_markdown(measured_card()), "Checks on other photos"));
}

}  // namespace
}  // namespace nevus
