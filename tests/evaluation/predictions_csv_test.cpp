// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nevus/evaluation/metrics.h"

namespace nevus {
namespace {

constexpr std::string_view kHeader =
    "image,akiec,bcc,bkl,df,mel,nv,vasc,truth,lesion,logit_akiec,logit_bcc,logit_bkl,logit_df,logit_mel,logit_nv,"
    "logit_vasc,sex,age_years,localization,dx_type,view\n";

std::string message(std::string_view row) {
  return evaluation::from_csv(std::string(kHeader) + std::string(row), "run/val.csv").error().message;
}

/// A row whose truth, last logit and age are given.
std::string row(std::string const& truth, std::string const& logit, std::string const& age = "50") {
  return "a,0,0,0,0,0,1,0," + truth + ",l,1,2,3,4,5,6," + logit + ",male," + age + ",back,histo,v\n";
}

TEST(PredictionsCsv, LosesNothing) {
  std::vector<Prediction> const predictions{{"ISIC_1",
                                             "HAM_1",
                                             LesionClass::kMel,
                                             {1.0F / 3, -2e-30F, 3.4e37F, 0, -0.1F, 12345.678F, 1e-45F},
                                             {"female", 62.5, "lower extremity", "histo", "images-200x150"}},
                                            {"with,comma \"quoted\"", "", LesionClass::kVasc, {}}};
  auto const csv = evaluation::to_csv(predictions, 2);
  EXPECT_TRUE(csv.starts_with(kHeader));
  auto const read = evaluation::from_csv(csv).value();
  ASSERT_EQ(read.size(), predictions.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].image_id, predictions[i].image_id);
    EXPECT_EQ(read[i].lesion_id, predictions[i].lesion_id);
    EXPECT_EQ(read[i].truth, predictions[i].truth);
    EXPECT_EQ(read[i].logits, predictions[i].logits);
    EXPECT_EQ(read[i].about, predictions[i].about);
  }
}

TEST(PredictionsCsv, BeginsWithCalibratedProbabilitiesForAnyScorer) {
  Prediction one;
  one.logits[static_cast<std::size_t>(LesionClass::kMel)] = 4;
  auto const csv = evaluation::to_csv({one}, 2);
  auto const line = csv.substr(csv.find('\n') + 1);
  // exp(4/2) against six times exp(0)
  EXPECT_TRUE(line.starts_with(",0.0746")) << line;
  EXPECT_NE(line.find(",0.5518"), std::string::npos) << line;
}

TEST(PredictionsCsv, DefectsAreNamedWithFileAndLine) {
  EXPECT_EQ(message("a,0,0,0,0,0,1,0,mel,l\n"), "run/val.csv, line 2: 10 fields, but the header has 22");
  EXPECT_EQ(message(row("melanoma", "7")), "run/val.csv, line 2: \"melanoma\" is none of the seven classes");
  EXPECT_EQ(message(row("mel", "7") + row("mel", "7", "old")), "run/val.csv, line 3: the age \"old\" is not a number");
  for (std::string const text : {"nan", "inf", "1.5 ", "1e99", "", "0x10"}) {
    EXPECT_EQ(message(row("mel", text)),
              "run/val.csv, line 2: \"" + text + "\" in column logit_vasc is not a finite number");
  }
  EXPECT_EQ(evaluation::from_csv("image,lesion\n").error().message,
            "predictions.csv, line 1: the header has no column \"truth\"");
}

}  // namespace
}  // namespace nevus
