// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>
#include <set>

#include "cli/workplace.h"
#include "nevus/image/decode.h"
#include "nevus/report/csv.h"
#include "nevus/report/facts.h"

namespace nevus::test {
namespace {

using nlohmann::json;

class Analyze : public Workplace {};

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// What must be the same however the photo came in.
json answer_of(std::string const& text) {
  auto answer = json::parse(text);
  answer.erase("timing_ms");
  answer["input"].erase("name");
  return answer;
}

TEST_F(Analyze, SaysForAPersonWhatThePhotoShows) {
  auto const finished = nevus({"analyze", photo()});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.err, "");
  EXPECT_TRUE(holds(finished.out, "Urgency"));
  EXPECT_TRUE(holds(finished.out, "Melanoma"));
  EXPECT_TRUE(holds(finished.out, "For research and teaching only."));
  EXPECT_FALSE(holds(finished.out, "\x1b")) << "colours for a program that reads the output";
}

TEST_F(Analyze, ColoursATerminalUnlessNoColorIsSet) {
  auto how = start();
  how.standard_output = Output::kTerminal;
  EXPECT_TRUE(holds(nevus({"analyze", photo()}, how).out, "\x1b["));
  how.environment["NO_COLOR"] = "1";
  auto const plain = nevus({"analyze", photo()}, how);
  EXPECT_FALSE(holds(plain.out, "\x1b["));
  EXPECT_TRUE(holds(plain.out, "Urgency"));
}

TEST_F(Analyze, AnswersInJsonWithTheFactsOfTheFile) {
  auto const finished = nevus({"analyze", photo(), "--format", "json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  auto const answer = json::parse(finished.out);
  EXPECT_EQ(answer["input"]["name"], photo());
  EXPECT_EQ(answer["input"]["format"], "jpeg");
  EXPECT_EQ(answer["input"]["width_px"], 256);
  EXPECT_EQ(answer["input"]["size_bytes"], std::filesystem::file_size(photo()));
  EXPECT_EQ(answer["model"]["id"], "fast");
  double sum = 0;
  for (auto const& share : answer["probabilities"]) sum += share.get<double>();
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST_F(Analyze, StandardInputGivesTheSameAnswer) {
  auto how = start();
  how.standard_input = photo();
  auto const from_pipe = nevus({"analyze", "-", "-f", "json"}, how);
  ASSERT_EQ(from_pipe.exit_code, 0) << from_pipe.err;
  EXPECT_EQ(json::parse(from_pipe.out)["input"]["name"], "-");
  EXPECT_EQ(answer_of(from_pipe.out), answer_of(nevus({"analyze", photo(), "-f", "json"}).out));
}

TEST_F(Analyze, DrawsTheHeatMapOfTheClassThatWasAskedFor) {
  auto const finished =
      nevus({"analyze", photo(), "--heatmap", path("map.png"), "--class", "akiec", "--format", "json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  auto const explanation = json::parse(finished.out)["explanation"];
  EXPECT_EQ(explanation["class"], "akiec");
  auto const bytes = read_file(path("map.png"));
  if (explanation["state"] == "nothing") {
    EXPECT_FALSE(bytes) << "a picture though there is no map";
    EXPECT_TRUE(holds(finished.err, "no part of the photo speaks for Actinic keratosis"));
    return;
  }
  ASSERT_TRUE(bytes);
  auto const picture = image::decode(*bytes);
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->width_px(), 512) << "twice the photo, whose legend needs 320 px";
}

TEST_F(Analyze, SaysWhatAHeatMapNeeds) {
  expect_refusal(nevus({"analyze", photo(), "--class", "mel"}), ErrorCode::kUsage, "--heatmap");
  expect_refusal(nevus({"analyze", photo(), "--heatmap", path("map.jpg")}), ErrorCode::kUsage, ".png");
  expect_refusal(nevus({"analyze", photo(), photo(), "--heatmap", path("map.png")}), ErrorCode::kUsage, "one photo");
  expect_refusal(nevus({"analyze", photo(), "--heatmap", path("map.png"), "--class", "wart"}), ErrorCode::kUsage,
                 "wart");
}

TEST_F(Analyze, SeveralPhotosAreJsonLinesOrCsvRowsInTheirOrder) {
  std::vector<std::string> arguments{"analyze", "--format", "json"};
  for (auto const& example : examples()) arguments.push_back(example.string());
  auto const lines = lines_of(nevus(arguments).out);
  ASSERT_EQ(lines.size(), examples().size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(json::parse(lines[i])["input"]["name"], examples()[i].string());
  }

  arguments[2] = "csv";
  auto const rows = lines_of(nevus(arguments).out);
  ASSERT_EQ(rows.size(), examples().size() + 1);
  EXPECT_EQ(rows.front() + "\n", report::csv_header());
  EXPECT_TRUE(rows.back().starts_with(examples().back().string() + ",")) << rows.back();
}

TEST_F(Analyze, OneBadPhotoAmongManyCostsOnlyItself) {
  auto const bad = write_truncated_photo("bad.jpg");
  auto const finished = nevus({"analyze", bad, photo(), "-f", "csv"});
  EXPECT_EQ(finished.exit_code, info(ErrorCode::kPartialFailure).exit_code);
  EXPECT_EQ(lines_of(finished.out).size(), 2U);
  auto const complaints = lines_of(finished.err);
  ASSERT_EQ(complaints.size(), 2U) << finished.err;
  EXPECT_TRUE(holds(complaints[0], "bad.jpg: "));
  EXPECT_EQ(complaints[1], "nevus: 1 of 2 photos could not be analysed");
}

TEST_F(Analyze, AModelIsNamedByIdOrByFolder) {
  write_bundle(models(), testing::TinyNetwork{.width_px = 32, .height_px = 32}.bundle("other"));
  auto const by_id = nevus({"analyze", photo(), "-f", "json", "--model", "other"});
  ASSERT_EQ(by_id.exit_code, 0) << by_id.err;
  EXPECT_EQ(json::parse(by_id.out)["model"]["id"], "other");
  auto const by_folder = nevus({"analyze", photo(), "-f", "json", "--model", "./models/other"});
  EXPECT_EQ(answer_of(by_folder.out), answer_of(by_id.out));

  auto how = start();
  how.environment["DEFAULT_MODEL_PATH"] = (models() / "other").string();
  EXPECT_EQ(answer_of(nevus({"analyze", photo(), "-f", "json"}, how).out), answer_of(by_id.out));
}

TEST_F(Analyze, TheModelsFolderOfTheCommandLineWins) {
  auto how = start();
  how.environment["NEVUS_MODELS"] = "/nowhere";
  expect_refusal(nevus({"analyze", photo()}, how), ErrorCode::kModelNotFound, "/nowhere");
  EXPECT_EQ(nevus({"analyze", photo(), "--models", models().string()}, how).exit_code, 0);
}

TEST_F(Analyze, DebugModeTellsEachStepOnStandardErrorOnly) {
  auto const quiet = nevus({"analyze", photo(), "-f", "csv"});
  for (std::string const flag : {"--debug-mode", "--debug-mode=true"}) {
    auto const talking = nevus({"analyze", photo(), "-f", "csv", flag});
    EXPECT_EQ(talking.out, quiet.out);
    EXPECT_TRUE(holds(talking.err, "decode")) << talking.err;
  }
  EXPECT_EQ(nevus({"analyze", photo(), "-f", "csv", "--debug-mode=false"}).err, "");
}

TEST_F(Analyze, AFileNameCannotCommandTheTerminal) {
  auto const evil = path("evil\x1b[2J.jpg");
  std::filesystem::copy_file(photo(), evil);
  EXPECT_FALSE(holds(nevus({"analyze", evil}).out, "\x1b"));
  std::filesystem::remove(evil);
  auto const missing = nevus({"analyze", evil});
  EXPECT_FALSE(holds(missing.err, "\x1b"));
}

// What is wrong with the request, one row a mistake.

struct Mistake {
  char const* name;
  std::vector<std::string> arguments;  ///< after "analyze"
  ErrorCode code;
  char const* names;  ///< what the sentence must say
};

void PrintTo(Mistake const& mistake, std::ostream* stream) { *stream << mistake.name; }

class AnalyzeMistakes : public Workplace, public ::testing::WithParamInterface<Mistake> {
 protected:
  void SetUp() override {
    Workplace::SetUp();
    std::filesystem::create_directory(path("folder"));
    write_text(path("empty.jpg"), "");
    write_text(path("text.jpg"), "This is no photo, whatever its name says.\n");
    write_truncated_photo("truncated.jpg");
    write_text(path("large.jpg"), read_text(photo()) + std::string(1'000'000, '\0'));
    write_bundle(models(), testing::TinyNetwork().bundle("damaged"));
    write_text(models() / "damaged" / "network.onnx", "not the network");
    write_text(path("wrong.toml"), "max_file_size = 3\n");
  }
};

TEST_P(AnalyzeMistakes, GetOneSentenceAndTheirExitCode) {
  auto const& mistake = GetParam();
  auto arguments = mistake.arguments;
  arguments.insert(arguments.begin(), "analyze");
  expect_refusal(nevus(arguments), mistake.code, mistake.names);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AnalyzeMistakes,
    ::testing::Values(
        Mistake{"MissingFile", {"nowhere.jpg"}, ErrorCode::kNotFound, "nowhere.jpg"},
        Mistake{"Folder", {"folder"}, ErrorCode::kIo, "folder"},
        Mistake{"EmptyFile", {"empty.jpg"}, ErrorCode::kDamagedPhoto, "empty.jpg"},
        Mistake{"TextNamedAsPhoto", {"text.jpg"}, ErrorCode::kUnsupportedFormat, "text.jpg"},
        Mistake{"Truncated", {"truncated.jpg"}, ErrorCode::kDamagedPhoto, "truncated.jpg"},
        Mistake{"TooLarge", {"large.jpg", "--max-file-size-mb", "1"}, ErrorCode::kPhotoTooLarge, "1000000"},
        Mistake{"FormatNotTaken",
                {"photo.jpg", "--supported-formats", "png"},
                ErrorCode::kUnsupportedFormat,
                "supported_formats"},
        Mistake{"EmptyStandardInput", {"-"}, ErrorCode::kDamagedPhoto, "standard input"},
        Mistake{"StandardInputTwice", {"-", "-"}, ErrorCode::kUsage, "only once"},
        Mistake{"UnknownModel", {"photo.jpg", "--model", "accurat"}, ErrorCode::kModelNotFound, "there are: "},
        Mistake{"DamagedModel", {"photo.jpg", "--model", "damaged"}, ErrorCode::kModelRefused, "network.onnx"},
        Mistake{"UnknownFlag", {"photo.jpg", "--modell", "fast"}, ErrorCode::kUsage, "did you mean --model?"},
        Mistake{"FlagFarFromAnything", {"photo.jpg", "--quux"}, ErrorCode::kUsage, "`nevus analyze --help`"},
        Mistake{"FlagWithoutItsValue", {"photo.jpg", "--model"}, ErrorCode::kUsage, "--model"},
        Mistake{"UnknownFormat", {"photo.jpg", "--format", "xml"}, ErrorCode::kUsage, "text|json|csv"},
        Mistake{"NoPhoto", {"--format", "json"}, ErrorCode::kUsage, "PHOTO"},
        Mistake{"SettingOutOfRange", {"photo.jpg", "--max-file-size-mb", "0"}, ErrorCode::kConfig, "1 to 2000"},
        Mistake{"EmptySetting", {"photo.jpg", "--supported-formats", ""}, ErrorCode::kConfig, "supported_formats"},
        Mistake{"MissingSettingsFile", {"photo.jpg", "--config", "no.toml"}, ErrorCode::kNotFound, "no.toml"},
        Mistake{"UnknownSetting", {"photo.jpg", "--config", "wrong.toml"}, ErrorCode::kConfig, "max_file_size"}),
    [](auto const& row) { return row.param.name; });

TEST_F(Analyze, AMalformedEnvironmentIsRefusedByName) {
  auto how = start();
  how.environment["MAX_FILE_SIZE_MB"] = "many";
  expect_refusal(nevus({"analyze", photo()}, how), ErrorCode::kConfig, "MAX_FILE_SIZE_MB");
}

TEST_F(Analyze, APhotoThatMayNotBeReadIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  std::filesystem::permissions(photo(), std::filesystem::perms::none);
  expect_refusal(nevus({"analyze", photo()}), ErrorCode::kIo, "photo.jpg");
}

TEST_F(Analyze, AnAnswerThatCannotBeWrittenIsAnError) {
  auto how = start();
  how.standard_output = Output::kFull;
  auto const finished = nevus({"analyze", photo()}, how);
  EXPECT_EQ(finished.exit_code, info(ErrorCode::kIo).exit_code);
  EXPECT_TRUE(holds(finished.err, "standard output")) << finished.err;
}

TEST(ShippedModel, AnswersForEveryExamplePhoto) {
  if (!std::filesystem::exists(kSource / "models" / "fast" / "card.json")) {
    GTEST_SKIP() << "models/fast is not there";
  }
  std::vector<std::string> command{NEVUS_PROGRAM, "analyze", "-f", "json", "--models", (kSource / "models").string()};
  for (auto const& photo : examples()) command.push_back(photo.string());
  auto const finished = run(command);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  ASSERT_EQ(lines_of(finished.out).size(), examples().size());
  // Six photos show nothing about accuracy, so what is asked is a full answer that depends on the photo.
  std::set<double> confidences;
  for (auto const& line : lines_of(finished.out)) {
    auto const answer = json::parse(line);
    EXPECT_EQ(answer["status"], "assessed") << line;
    confidences.insert(answer["confidence"].get<double>());
  }
  EXPECT_EQ(confidences.size(), examples().size());
}

TEST_F(Analyze, WritesAReportAndSaysInWordsWhatItMeans) {
  auto const finished = nevus({"analyze", photo(), "--report", path("report.pdf"), "--narrative", "offline",
                               "--language", "de", "--patient", "P-1"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(holds(finished.out, "Wann zum Arzt"));
  EXPECT_TRUE(read_text(path("report.pdf")).starts_with("%PDF-"));
}

TEST_F(Analyze, TheReportAndItsSignOffAreInFhirAndDicomToo) {
  auto const finished = nevus({"analyze", photo(), "--report", path("report.pdf"), "--fhir", path("out.json"),
                               "--dicom-out", path("dicom"), "--signed-by", "Anna Roth", "--verdict", "override",
                               "--reason", "clinically a blue nevus"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  auto const bundle = json::parse(read_text(path("out.json")));
  json report;
  for (auto const& entry : bundle["entry"])
    if (entry["resource"]["resourceType"] == "DiagnosticReport") report = entry["resource"];
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["status"], "final");
  EXPECT_EQ(report["presentedForm"][0]["contentType"], "application/pdf");
  EXPECT_TRUE(holds(read_text(path("dicom/report.dcm")), "%PDF-"));
}

TEST_F(Analyze, NobodyAgreesWithoutSayingSo) {
  expect_refusal(nevus({"analyze", photo(), "--signed-by", "Anna Roth"}), ErrorCode::kUsage, "--verdict");
}

TEST_F(Analyze, RefusesReportOptionsThatDoNotGoTogether) {
  expect_refusal(nevus({"analyze", photo(), "--report", "report.txt"}), ErrorCode::kUsage, ".pdf");
  expect_refusal(nevus({"analyze", photo(), photo(), "--report", "report.pdf"}), ErrorCode::kUsage, "one photo");
  expect_refusal(nevus({"analyze", photo(), "--patient", "P-1"}), ErrorCode::kUsage, "--report");
  expect_refusal(nevus({"analyze", photo(), "--paper", "letter"}), ErrorCode::kUsage, "--report");
  expect_refusal(nevus({"analyze", photo(), "--reader", "clinician"}), ErrorCode::kUsage, "--narrative");
  expect_refusal(nevus({"analyze", photo(), "--language", "de"}), ErrorCode::kUsage, "--narrative");
  expect_refusal(nevus({"analyze", photo(), "--report", path("a.pdf"), "--patient", "a\xff\xfe"}), ErrorCode::kUsage,
                 "UTF-8");
  expect_refusal(nevus({"analyze", photo(), "--narrative", "offline", "--format", "json"}), ErrorCode::kUsage,
                 "--format text");
}

}  // namespace
}  // namespace nevus::test
