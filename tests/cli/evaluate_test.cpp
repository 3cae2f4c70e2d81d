// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/workplace.h"
#include "nevus/evaluation/metrics.h"
#include "nevus/evaluation/subgroups.h"
#include "nevus/image/encode.h"

namespace nevus::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Calibration published_calibration(json const& published) {
  PerClass<double> scale{};
  PerClass<double> bias{};
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    std::string const id(kLesionClasses[i].id);
    scale[i] = published.at("calibration").at("scale").at(id);
    bias[i] = published.at("calibration").at("bias").at(id);
  }
  return {scale, bias};
}

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

class Evaluate : public Workplace {
 protected:
  /// Photos p0 … p5 of the examples, labelled nv and mel in turn.
  void SetUp() override {
    Workplace::SetUp();
    std::string labels = "image_id,dx,sex,age\n";
    for (std::size_t i = 0; i < examples().size(); ++i) {
      auto const id = "p" + std::to_string(i);
      fs::create_directories(path("photos/below"));
      fs::copy_file(examples()[i], path((i % 2 == 0 ? "photos/" : "photos/below/") + id + ".jpg"));
      labels += id + (i % 2 == 0 ? ",nv,male,30\n" : ",mel,female,70\n");
    }
    write_text(path("labels.csv"), labels);
  }

  [[nodiscard]] Finished evaluate(std::vector<std::string> further = {}) const {
    std::vector<std::string> arguments{"evaluate", "--images", "photos", "--labels", "labels.csv", "--out", "report"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return nevus(std::move(arguments));
  }
  [[nodiscard]] json metrics() const { return json::parse(read_text(path("report/metrics.json"))); }
};

TEST_F(Evaluate, EveryPublishedNumberFollowsFromThePredictions) {
  auto const done = evaluate();
  ASSERT_EQ(done.exit_code, 0) << done.err;
  auto const published = metrics();
  auto const predictions = evaluation::from_csv(read_text(path("report/predictions.csv")));
  ASSERT_TRUE(predictions) << predictions.error().message;
  ASSERT_EQ(predictions->size(), examples().size());
  PerClass<double> prior{};
  for (std::size_t i = 0; i < kLesionClassCount; ++i)
    prior[i] = published.at("class_prior").at(std::string(kLesionClasses[i].id));
  auto const calibration = published_calibration(published);
  auto const again = evaluation::measure_with_intervals(*predictions, calibration, prior);
  ASSERT_EQ(published.at("metrics").size(), again.size());
  for (auto const& [name, metric] : again) {
    auto const& shown = published.at("metrics").at(name);
    EXPECT_DOUBLE_EQ(shown.at("value"), metric.value) << name;
    EXPECT_DOUBLE_EQ(shown.at("low"), metric.low) << name;
    EXPECT_DOUBLE_EQ(shown.at("high"), metric.high) << name;
  }
  for (auto const& [name, value] : evaluation::by_name(evaluation::majority_baseline(*predictions)))
    EXPECT_DOUBLE_EQ(published.at("always_nevus").at(name), value) << name;
  for (auto const& group : evaluation::measure_subgroups(*predictions, calibration, prior))
    EXPECT_EQ(published.at("subgroups").at(group.attribute).at(group.group).at("photos"), group.photos);
  EXPECT_EQ(published.at("support").at("mel"), 3);
}

TEST_F(Evaluate, AnswersAreThoseOfAnalyze) {
  ASSERT_EQ(evaluate().exit_code, 0);
  auto const analysed = nevus({"analyze", "photos/p0.jpg", "--format", "json"});
  ASSERT_EQ(analysed.exit_code, 0) << analysed.err;
  auto const probabilities = json::parse(analysed.out).at("probabilities");
  auto const row = lines_of(read_text(path("report/predictions.csv"))).at(1);
  ASSERT_TRUE(row.starts_with("p0,")) << row;
  double const akiec = std::stod(row.substr(3));
  EXPECT_NEAR(akiec, probabilities.at("akiec").get<double>(), 1e-6);
}

/// With a network that has sets, operating points and statistics.
class EvaluateServed : public Evaluate {
 protected:
  [[nodiscard]] Finished evaluate_fast(std::vector<std::string> further = {}) const {
    further.insert(further.end(), {"--model", kFast});
    return evaluate(std::move(further));
  }
  /// What `nevus analyze` says of each photo.
  [[nodiscard]] std::vector<json> answers(std::vector<std::string> const& further = {}) const {
    std::vector<std::string> arguments{"analyze", "--format", "json", "--model", kFast};
    arguments.insert(arguments.end(), further.begin(), further.end());
    for (std::size_t i = 0; i < examples().size(); ++i)
      arguments.push_back((i % 2 == 0 ? "photos/p" : "photos/below/p") + std::to_string(i) + ".jpg");
    std::vector<json> all;
    for (auto const& line : lines_of(nevus(std::move(arguments)).out)) all.push_back(json::parse(line));
    return all;
  }
  std::string const kFast = (kSource / "models/fast").string();
};

TEST_F(EvaluateServed, SaysWhatSetsOperatingPointsAndLikenessDo) {
  auto const done = evaluate_fast();
  ASSERT_EQ(done.exit_code, 0) << done.err;
  auto const report = read_text(path("report/report.md"));
  for (std::string const part : {"## Prediction sets", "| … Melanoma |", "classes in the set, mean", "95.0 % set",
                                 "## Operating points and urgency", "| rule_out |", "## Likeness"})
    EXPECT_TRUE(holds(report, part)) << part;
  EXPECT_FALSE(holds(report, "## Stability"));
  EXPECT_TRUE(holds(done.out, "Truth in the 90 % prediction set")) << done.out;
  auto const figures = metrics().at("metrics");
  double covered = 0;
  double size = 0;
  double rejected = 0;
  auto const all = answers();
  ASSERT_EQ(all.size(), examples().size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const set = all[i].at("prediction_set");
    size += double(set.size());
    covered += double(std::ranges::count(set, i % 2 == 0 ? "nv" : "mel"));
    rejected += all[i].at("ood").at("state") == "rejected" ? 1 : 0;
  }
  auto const photos = double(all.size());
  EXPECT_DOUBLE_EQ(figures.at("set90.coverage").at("value"), covered / photos);
  EXPECT_DOUBLE_EQ(figures.at("set90.size").at("value"), size / photos);
  EXPECT_DOUBLE_EQ(figures.at("ood.rejected").at("value"), rejected / photos);
}

TEST_F(EvaluateServed, MeasuresStabilityWhereAsked) {
  auto const done = evaluate_fast({"--stability"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(holds(read_text(path("report/report.md")), "## Stability"));
  double spread = 0;
  for (auto const& answer : answers({"--stability"})) spread += answer.at("stability").at("spread_prob").get<double>();
  EXPECT_NEAR(metrics().at("metrics").at("stability.spread_prob").at("value"), spread / double(examples().size()),
              1e-4);
}

TEST_F(Evaluate, LeavesTablesAndCharts) {
  auto const done = evaluate();
  ASSERT_EQ(done.exit_code, 0) << done.err;
  auto const report = read_text(path("report/report.md"));
  for (std::string const part : {"always \"nevus\"", "Balanced accuracy", "### By sex", "too few", "under 40"})
    EXPECT_TRUE(holds(report, part)) << part;
  for (std::string const chart : {"confusion", "roc", "reliability", "risk-coverage", "recall"}) {
    EXPECT_TRUE(read_text(path("report/" + chart + ".png")).starts_with("\x89PNG")) << chart;
    EXPECT_TRUE(read_text(path("report/" + chart + ".svg")).starts_with("<svg")) << chart;
    EXPECT_TRUE(holds(report, "(" + chart + ".png)")) << chart;
  }
  for (auto const& entry : fs::directory_iterator(path("report")))
    EXPECT_FALSE(holds(entry.path().filename().string(), "XXX")) << "a temporary file was left: " << entry.path();
  EXPECT_TRUE(holds(done.out, "Accuracy of argmax p")) << done.out;
}

TEST_F(Evaluate, PhotosThatAreMissingOrDamagedAreNamedAndLeftOut) {
  fs::remove(path("photos/p0.jpg"));
  write_truncated_photo("photos/p2.jpg");
  auto const done = evaluate();
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(holds(done.out, "1 photo left out, not found below photos: p0.")) << done.out;
  EXPECT_TRUE(holds(done.out, "1 photo left out, unreadable: photos/p2.jpg: ")) << done.out;
  EXPECT_EQ(metrics().at("photo_count"), examples().size() - 2);
}

TEST_F(Evaluate, APhotoOfPoorQualityCountsAndIsMentioned) {
  auto const before = evaluate();
  EXPECT_FALSE(holds(before.out, "would be declined")) << before.out;
  auto const flat = image::encode_png(Image(200, 150, std::vector<std::uint8_t>(std::size_t{3} * 200 * 150, 20)));
  write_text(path("photos/p0.png"), {flat->begin(), flat->end()});
  fs::remove(path("photos/p0.jpg"));
  auto const done = evaluate();
  EXPECT_TRUE(holds(done.out, "1 of the photos would be declined by `nevus analyze` (quality, or no photo of skin)"))
      << done.out;
  EXPECT_EQ(metrics().at("photo_count"), examples().size());
}

TEST_F(Evaluate, WithoutAnyPhotoThereIsNothingToMeasure) {
  for (std::size_t i = 0; i < examples().size(); ++i)
    write_text(path((i % 2 == 0 ? "photos/p" : "photos/below/p") + std::to_string(i) + ".jpg"), "no photo");
  expect_refusal(evaluate(), ErrorCode::kData, "no labelled photo could be read");
  fs::create_directory(path("empty"));
  expect_refusal(nevus({"evaluate", "--images", "empty", "--labels", "labels.csv", "--out", "report"}),
                 ErrorCode::kData, "holds none of the 6 photos");
  EXPECT_FALSE(fs::exists(path("report")));
}

TEST_F(Evaluate, ASplitBesideTheLabelsChoosesThePart) {
  expect_refusal(evaluate({"--part", "val"}), ErrorCode::kUsage, "there is no split.csv");
  write_text(path("split.csv"), "image_id,split\np0,test\np1,val\np2,train\np3,test\np4,train\np5,excluded\n");
  ASSERT_EQ(evaluate().exit_code, 0);
  EXPECT_EQ(metrics().at("photo_count"), 2) << "test";
  EXPECT_TRUE(holds(read_text(path("report/report.md")), "may have been trained on")) << "another list than the card's";
  ASSERT_EQ(evaluate({"--part", "val"}).exit_code, 0);
  EXPECT_EQ(metrics().at("photo_count"), 1);
  ASSERT_EQ(evaluate({"--part", "all"}).exit_code, 0);
  EXPECT_EQ(metrics().at("photo_count"), 6);
}

TEST_F(Evaluate, PhotosThatWereTrainedOnAreNoHonestTest) {
  write_text(path("split.csv"), "image_id,split\np0,test\np1,val\np2,train\np3,test\np4,train\np5,excluded\n");
  auto bundle = testing::TinyNetwork().bundle("fast");
  Sample first;
  first.image_id = "p2";
  first.label = LesionClass::kNv;
  auto second = first;
  second.image_id = "p4";
  bundle.card.training_data_sha256 = dataset::content_sha256({first, second});
  write_bundle(models(), bundle);
  auto const honest = evaluate();
  EXPECT_TRUE(holds(honest.out, "None of these lesions was trained on")) << honest.out << honest.err;
  auto const all = evaluate({"--part", "all"});
  EXPECT_TRUE(holds(all.out, "NOT AN HONEST TEST: the network was trained on 2 of these 6 photos")) << all.out;
}

}  // namespace
}  // namespace nevus::test
