// SPDX-License-Identifier: MIT
// docs/result-schema.json against what the program and the report module write.

#include <nlohmann/json.hpp>

#include "cli/workplace.h"
#include "nevus/report/json.h"
#include "report/example_analysis.h"

namespace nevus::test {
namespace {

using nlohmann::json;

class Schema : public Workplace {
 protected:
  static constexpr int kPackageMissing = 3;

  void SetUp() override {
    Workplace::SetUp();
    if (judge("").exit_code == kPackageMissing) GTEST_SKIP() << "Python's jsonschema is not installed";
  }

  /// The verdict of Python's jsonschema on results, one a line.
  [[nodiscard]] Finished judge(std::string const& lines) const {
    write_text(path("lines.jsonl"), lines);
    auto const carrier = std::filesystem::path(NEVUS_VENV) / "bin" / "python";
    auto const python = std::filesystem::exists(carrier) ? carrier.string() : "python3";
    return run({python, (kSource / "tests/cli/validate_results.py").string(), kSchema.string(), path("lines.jsonl")});
  }

  static std::string line(json const& result) { return result.dump() + "\n"; }
};

TEST_F(Schema, EveryFormOfResultFits) {
  std::string lines;
  for (auto const& analysis : {melanoma(), test::nevus(), blurred(), drawing(), doubtful_nevus()}) {
    lines += report::to_json(analysis, "a.jpg", kModel) + "\n";
  }
  for (auto const& row : error_table()) {
    lines += report::to_json(Error{row.code, "a.jpg: is not well"}, "a.jpg", kModel) + "\n";
  }
  auto const verdict = judge(lines);
  EXPECT_EQ(verdict.exit_code, 0) << verdict.out << verdict.err;
}

TEST_F(Schema, WhatTheProgramWritesFits) {
  auto const single = Workplace::nevus({"analyze", photo(), "--format", "json"});
  ASSERT_EQ(single.exit_code, 0) << single.err;
  std::string explained;
  for (auto const& lesion_class : kLesionClasses) {
    auto const one = Workplace::nevus({"analyze", photo(), "--format", "json", "--heatmap", path("map.png"), "--class",
                                       std::string(lesion_class.id)});
    ASSERT_EQ(one.exit_code, 0) << one.err;
    explained += line(json::parse(one.out));
  }
  std::filesystem::create_directory(path("photos"));
  for (auto const& example : examples()) {
    std::filesystem::copy_file(example, path("photos") / example.filename());
  }
  write_truncated_photo("photos/damaged.jpg");
  (void)Workplace::nevus({"batch", "photos", "--out", "results.jsonl"});
  auto const verdict = judge(explained + line(json::parse(single.out)) + read_text(path("results.jsonl")));
  EXPECT_EQ(verdict.exit_code, 0) << verdict.out << verdict.err;
}

TEST_F(Schema, RefusesWhatNoResultMaySay) {
  auto const good = json::parse(report::to_json(melanoma(), "a.jpg", kModel));
  ASSERT_EQ(judge(line(good)).exit_code, 0);
  std::vector<std::pair<char const*, json>> const changes{
      {"/confidence", 1.2},     {"/probabilities/mel", -.1},         {"/predicted_class", "scc"},
      {"/risk_level", "GRAVE"}, {"/urgency/reasons", json::array()}, {"/input/sha256", "abc"},
      {"/schema_version", 2},   {"/diagnosis", "melanoma"},          {"/status", "retake_advised"},
      {"/quality/usable", 1}};
  for (auto const& [place, value] : changes) {
    auto changed = good;
    changed[json::json_pointer(place)] = value;
    EXPECT_EQ(judge(line(changed)).exit_code, 1) << place;
  }
  for (auto const& [key, value] : good.items()) {
    auto incomplete = good;
    incomplete.erase(key);
    EXPECT_EQ(judge(line(incomplete)).exit_code, 1) << "without " << key;
  }
}

}  // namespace
}  // namespace nevus::test
