// SPDX-License-Identifier: MIT
// That every form of result fits docs/result-schema.json is shown in tests/cli/schema_test.cpp.
#include "nevus/report/json.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "report/example_analysis.h"

namespace nevus {
namespace {

using testing::Test;

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

TEST(Json, KeysStandInTheOrderThatAPersonReadsThem) {
  auto const text = report::to_json(test::melanoma(), "lesion.jpg", test::kModel);
  std::size_t last = 0;
  for (auto const* key : {"schema_version", "input", "model", "status", "quality", "predicted_class", "predicted_name",
                          "predicted_index", "confidence", "confidence_band", "probabilities", "malignant_prob",
                          "risk_level", "urgency", "timing_ms", "disclaimer"}) {
    auto const at = text.find("\"" + std::string(key) + "\":", last);
    ASSERT_NE(at, std::string::npos) << key;
    last = at;
  }
}

TEST(Json, SaysWhatTheNetworkAnswered) {
  auto const text = report::to_json(test::melanoma(), "lesion.jpg", test::kModel);
  EXPECT_TRUE(
      holds(text, R"("predicted_class":"mel","predicted_name":"Melanoma","predicted_index":4,"confidence":0.62)"));
  EXPECT_TRUE(holds(
      text, R"("probabilities":{"akiec":0.01,"bcc":0.02,"bkl":0.05,"df":0.0,"mel":0.62,"nv":0.295,"vasc":0.005})"));
  EXPECT_TRUE(holds(text, R"("urgency":{"level":"CRITICAL","colour":"red","rule_id":"melanoma-likely")"));
  EXPECT_TRUE(holds(text, R"("timing_ms":{"decode":3.25,"quality":2.0,"network":8.5,"total":14.063})"));
}

TEST(Json, ExplainsOnlyWhatWasAskedFor) {
  auto analysis = test::melanoma();
  EXPECT_FALSE(holds(report::to_json(analysis, "lesion.jpg", test::kModel), "explanation"));
  analysis.explanation = test::explained(LesionClass::kMel, true);
  EXPECT_TRUE(holds(
      report::to_json(analysis, "lesion.jpg", test::kModel),
      R"("explanation":{"class":"mel","method":"grad-cam","state":"reliable","peak_logit":0.5,"scale_logit":0.75,)"
      R"("faithfulness":{"drop_logit":2.5,"random_drop_logit":0.25,"beaten_frac":1.0}})"));
  analysis.explanation = Explanation{LesionClass::kDf, std::nullopt};
  EXPECT_TRUE(holds(report::to_json(analysis, "lesion.jpg", test::kModel),
                    R"("explanation":{"class":"df","method":"grad-cam","state":"nothing"})"));
}

TEST(Json, APhotoToRetakeHasNoAnswerAtAll) {
  auto const text = report::to_json(test::blurred(), "lesion.jpg", test::kModel);
  EXPECT_TRUE(holds(text, R"("status":"retake_advised")"));
  EXPECT_TRUE(holds(text, R"("advice":"Hold the camera still and focus on the lesion.")"));
  for (auto const* key : {"predicted_class", "probabilities", "raw_probabilities", "prediction_set", "risk_level",
                          "urgency", "operating_point", "stability"}) {
    EXPECT_FALSE(holds(text, "\"" + std::string(key) + "\":")) << key;
  }
}

TEST(Json, AWarningLeavesThePhotoUsable) {
  auto const text = report::to_json(test::hairy_nevus(), "lesion.jpg", test::kModel);
  EXPECT_TRUE(holds(text, R"("status":"assessed","quality":{"usable":true)"));
  EXPECT_TRUE(holds(text, R"("passed":false,"severity":"warns","advice":"Part the hair.")"));
}

TEST(Json, APictureOfSomethingElseHasAReasonAndNoAnswer) {
  auto const text = report::to_json(test::drawing(), "cat.png", test::kModel);
  EXPECT_TRUE(holds(text, R"("status":"not_dermoscopy")"));
  EXPECT_TRUE(holds(text, R"("ood":{"state":"rejected","reason":"It is a drawing."})"));
  for (auto const* key : {"predicted_class", "probabilities", "urgency"})
    EXPECT_FALSE(holds(text, "\"" + std::string(key) + "\":")) << key;
}

TEST(Json, SaysWhyAPhotoIsUnlike) {
  auto far = test::drawing();
  far.ood = OodReport{OodState::kRejected, 1.67, 1.45, 1.65, "It is too unlike.", "distance"};
  EXPECT_TRUE(holds(report::to_json(far, "a.jpg", test::kModel, JsonLayout::kOneLine), R"("cause":"distance")"));
  far.ood = OodReport{.state = OodState::kRejected, .reason = "It is a drawing.", .cause = "flat"};
  EXPECT_TRUE(holds(report::to_json(far, "a.jpg", test::kModel, JsonLayout::kOneLine), R"("cause":"flat")"));
}

TEST(Json, SaysTheSetsTheOperatingPointAndTheRules) {
  auto const text = report::to_json(test::doubtful_nevus(), "lesion.jpg", test::kModel);
  EXPECT_TRUE(
      holds(text, R"("prediction_set":["nv","mel"],"prediction_sets":{"0.90":["nv","mel"]},"cannot_tell":true)"));
  EXPECT_TRUE(holds(text, R"("operating_point":{"name":"rule_out","threshold":0.1,"positive":true})"));
  EXPECT_TRUE(
      holds(text, R"("rules":[{"id":"malignant-at-operating-point","level":"MEDIUM","prob":0.16,"limit":0.1},)"))
      << text;
  EXPECT_TRUE(holds(text, R"("ood":{"state":"doubtful","score":1.5,"doubtful_from":1.25,"rejected_from":2.0,)"));
}

TEST(Json, NoLimitIsNull) {
  auto const text = report::to_json(test::nevus(), "lesion.jpg", test::kModel);
  EXPECT_TRUE(holds(text, R"("name":"focus","value":0.52,"unit":"","min":0.31,"max":null)"));
  EXPECT_TRUE(holds(text, R"("name":"glare","value":0.01,"unit":"","min":null,"max":0.1)"));
}

TEST(Json, OneLineIsOneLineWhateverTheNameHolds) {
  auto const text = report::to_json(test::nevus(), "line\nbreak \"quoted\" \xff.jpg", test::kModel);
  EXPECT_EQ(std::ranges::count(text, '\n'), 0);
  EXPECT_TRUE(holds(text, R"("name":"line\nbreak \"quoted\" )"));
  auto const indented = report::to_json(test::nevus(), "a.jpg", test::kModel, JsonLayout::kIndented);
  EXPECT_GT(std::ranges::count(indented, '\n'), 30);
}

TEST(Json, AFailureIsARowToo) {
  auto const text = report::to_json(Error{ErrorCode::kDamagedPhoto, "a.jpg: ends in mid-scan"}, "a.jpg", test::kModel);
  EXPECT_TRUE(holds(text, R"("status":"failed","error":{"code":"damaged_photo","message":"a.jpg: ends in mid-scan"})"));
}

TEST(Json, EveryFormCarriesTheDisclaimer) {
  for (auto const& text :
       {report::to_json(test::nevus(), "a.jpg", test::kModel), report::to_json(test::blurred(), "a.jpg", test::kModel),
        report::to_json(Error{ErrorCode::kIo, "x"}, "a.jpg", test::kModel)}) {
    EXPECT_TRUE(holds(text, std::string(kDisclaimer)));
  }
}

}  // namespace
}  // namespace nevus
