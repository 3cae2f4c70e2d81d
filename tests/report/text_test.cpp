// SPDX-License-Identifier: MIT
#include "nevus/report/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "report/example_analysis.h"

namespace nevus {
namespace {

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// The text on one line, as a reader takes it in.
std::string flowing(std::string const& text) {
  std::istringstream words(text);
  std::string result;
  for (std::string word; words >> word;) result += (result.empty() ? "" : " ") + word;
  return result;
}

std::size_t columns(std::string const& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

std::string plain(Analysis const& analysis, int width_columns = 80) {
  return report::to_text(analysis, "lesion.jpg", test::kModel, {.width_columns = width_columns});
}

TEST(Text, SaysUrgencyAnswerQualityModelAndDisclaimer) {
  auto const text = flowing(plain(test::melanoma()));
  EXPECT_TRUE(holds(text, "Urgency CRITICAL a specialist should look at this lesion without delay"));
  EXPECT_TRUE(holds(text, "Melanoma has 62.0 %, which reaches the limit of 40.0 %."));
  EXPECT_TRUE(holds(text, "Answer Melanoma, 62.0 % (medium confidence)"));
  EXPECT_TRUE(holds(text, "Malignant 65.0 % (mel + bcc + akiec), risk HIGH"));
  EXPECT_TRUE(holds(text, "usable, 12 of 12 checks passed"));
  EXPECT_TRUE(holds(text, "fast 2026.11.1, 14.1 ms"));
  EXPECT_TRUE(holds(text, std::string(kDisclaimer)));
}

TEST(Text, SaysWhetherTheHeatMapCanBeRead) {
  auto analysis = test::melanoma();
  analysis.explanation = test::explained(LesionClass::kMel, true);
  EXPECT_TRUE(holds(plain(analysis), "reliable for Melanoma: hiding its hottest fifth takes 2.50"));
  analysis.explanation = test::explained(LesionClass::kMel, false);
  EXPECT_TRUE(holds(plain(analysis), "unreliable for Melanoma"));
  analysis.explanation = Explanation{LesionClass::kDf, std::nullopt};
  EXPECT_TRUE(holds(plain(analysis), "none: no part of the photo speaks for Dermatofibroma"));
}

TEST(Text, SaysThatTheLikeliestClassIsOutsideItsSet) {
  auto const text = flowing(plain(test::contradictory()));
  EXPECT_TRUE(holds(text, "the likeliest class is not among these")) << text;
  EXPECT_TRUE(holds(text, "benign and malignant cannot be told apart"));
  EXPECT_FALSE(holds(flowing(plain(test::doubtful_nevus())), "not among these"));
}

TEST(Text, AGoodPhotoThatIsFarFromTheTrainingIsNotCalledNone) {
  auto far = test::drawing();
  EXPECT_TRUE(holds(plain(far), "NO DERMATOSCOPIC PHOTO"));
  far.ood = OodReport{OodState::kRejected, 1.67, 1.45, 1.65, "It is too unlike.", "distance"};
  EXPECT_FALSE(holds(plain(far), "NO DERMATOSCOPIC PHOTO"));
  for (auto const& declined : {far, test::drawing(), test::blurred()})
    EXPECT_TRUE(holds(flowing(plain(declined)), "should see a doctor"));
}

TEST(Text, ASpreadIsInPercentagePoints) {
  auto analysis = test::melanoma();
  analysis.stability = Stability{8, .42, 0, 8, 0, .6};
  EXPECT_TRUE(holds(flowing(plain(analysis)), "over 42.0 percentage points in 8"));
}

TEST(Text, ListsTheClassesFromTheLikeliestDown) {
  auto const text = plain(test::melanoma());
  std::size_t last = 0;
  for (auto const* line : {"Melanoma        ", "Melanocytic nevus", "Benign keratosis", "Basal cell carcinoma"}) {
    auto const at = text.find(line, last);
    ASSERT_NE(at, std::string::npos) << line;
    last = at;
  }
}

TEST(Text, BarsAreAsLongAsTheProbabilities) {
  auto const text = plain(test::assessed({0, 0, .25, 0, 0, .75, 0}));
  auto const blocks = [&](std::string const& label) {
    auto const start = text.find("  " + label + " ");
    auto const line = text.substr(start, text.find('\n', start) - start);
    std::size_t count = 0;
    for (auto at = line.find("█"); at != std::string::npos; at = line.find("█", at + 1)) ++count;
    return static_cast<double>(count);
  };
  EXPECT_GT(blocks("Melanocytic nevus"), 10);
  EXPECT_NEAR(blocks("Melanocytic nevus") / 3, blocks("Benign keratosis"), 1);
  EXPECT_EQ(blocks("Melanoma"), 0);
}

TEST(Text, NoLineIsWiderThanTheTerminal) {
  for (int const width : {40, 60, 72, 80, 100}) {
    for (auto const& analysis : {test::melanoma(), test::nevus(), test::blurred()}) {
      std::istringstream lines(plain(analysis, width));
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(columns(line), static_cast<std::size_t>(width)) << line;
      }
    }
  }
}

TEST(Text, APhotoToRetakeGetsAdviceAndNoAnswer) {
  auto const text = flowing(plain(test::blurred()));
  EXPECT_TRUE(holds(text, "Answer RETAKE ADVISED the photo is not good enough"));
  EXPECT_TRUE(
      holds(text, "focus is 0.120, but must be at least 0.310. Hold the camera still and focus on the lesion."));
  EXPECT_TRUE(holds(text, "not usable, 11 of 12 checks passed"));
  EXPECT_FALSE(holds(text, "Melanoma"));
  EXPECT_FALSE(holds(text, "Urgency"));
  EXPECT_TRUE(holds(text, std::string(kDisclaimer)));
}

TEST(Text, AWarningStandsBesideTheAnswer) {
  auto const text = flowing(plain(test::hairy_nevus()));
  EXPECT_TRUE(holds(text, "Answer Melanocytic nevus"));
  EXPECT_TRUE(holds(text, "usable, 11 of 12 checks passed hair is 0.120, but should be at most 0.060. Part the hair."));
}

TEST(Text, ColoursOnlyWhereTheyAreAskedFor) {
  EXPECT_FALSE(holds(plain(test::melanoma()), "\x1b"));
  auto const coloured = report::to_text(test::melanoma(), "a.jpg", test::kModel, {.colour = Colour::kAnsi});
  EXPECT_TRUE(holds(coloured, "\x1b[1;97;41mCRITICAL\x1b[0m"));
}

TEST(Text, AFileNameCannotCommandTheTerminal) {
  auto const text = report::to_text(test::nevus(), "evil\x1b]0;title\x07.jpg", test::kModel, {});
  EXPECT_FALSE(holds(text, "\x1b"));
  EXPECT_FALSE(holds(text, "\x07"));
  EXPECT_TRUE(holds(text, "evil?]0;title?.jpg"));
}

}  // namespace
}  // namespace nevus
