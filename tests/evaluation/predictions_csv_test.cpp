// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nevus/evaluation/metrics.h"

namespace nevus {
namespace {

constexpr std::string_view kHeader = "image,lesion,truth,akiec,bcc,bkl,df,mel,nv,vasc\n";

std::string message(std::string_view row) {
  return evaluation::from_csv(std::string(kHeader) + std::string(row), "run/val.csv").error().message;
}

TEST(PredictionsCsv, LosesNothing) {
  std::vector<Prediction> const predictions{
      {"ISIC_1", "HAM_1", LesionClass::kMel, {1.0F / 3, -2e-30F, 3.4e38F, 0, -0.1F, 12345.678F, 1e-45F}},
      {"with,comma \"quoted\"", "", LesionClass::kVasc, {}}};
  auto const csv = evaluation::to_csv(predictions);
  EXPECT_TRUE(csv.starts_with(kHeader));
  auto const read = evaluation::from_csv(csv).value();
  ASSERT_EQ(read.size(), predictions.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].image_id, predictions[i].image_id);
    EXPECT_EQ(read[i].lesion_id, predictions[i].lesion_id);
    EXPECT_EQ(read[i].truth, predictions[i].truth);
    EXPECT_EQ(read[i].logits, predictions[i].logits);
  }
}

TEST(PredictionsCsv, DefectsAreNamedWithFileAndLine) {
  EXPECT_EQ(message("a,l,mel,1,2,3,4,5,6\n"), "run/val.csv, line 2: 9 fields, but the header has 10");
  EXPECT_EQ(message("a,l,melanoma,1,2,3,4,5,6,7\n"), "run/val.csv, line 2: \"melanoma\" is none of the seven classes");
  EXPECT_EQ(message("a,l,mel,1,2,3,4,5,6,7\nb,l,nv,1,x,3,4,5,6,7\n"),
            "run/val.csv, line 3: \"x\" in column bcc is not a finite number");
  for (std::string const text : {"nan", "inf", "1.5 ", "1e99", "", "0x10"}) {
    EXPECT_EQ(message("a,l,mel,1,2,3,4,5,6," + text + "\n"),
              "run/val.csv, line 2: \"" + text + "\" in column vasc is not a finite number");
  }
  EXPECT_EQ(evaluation::from_csv("image,lesion\n").error().message,
            "predictions.csv, line 1: the header has no column \"truth\"");
}

}  // namespace
}  // namespace nevus
