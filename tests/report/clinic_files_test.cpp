// SPDX-License-Identifier: MIT
// FHIR and DICOM before judges that we did not write: fhir.resources, HAPI FHIR, pydicom and
// highdicom, dciodvfy, and an Orthanc.
#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <dcmtk/dcmdata/dcistrmb.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "nevus/base/file.h"
#include "nevus/report/dicom.h"
#include "nevus/report/fhir.h"
#include "report/example_analysis.h"

namespace nevus::test {
namespace {

using nlohmann::json;

Occasion occasion() { return {.model = kModel, .time = Timestamp(std::chrono::seconds(1'795'515'120))}; }
Occasion signed_occasion(Verdict verdict) {
  auto result = occasion();
  result.sign_off = SignOff{"Anna Röth", verdict, "Clinically a blue nevus", result.time + std::chrono::hours(1)};
  return result;
}

/// Another photo has other UIDs.
Analysis of_photo(char digit, Analysis analysis) {
  analysis.photo.sha256 = std::string(64, digit);
  return analysis;
}

Analysis of_dicom_photo(Analysis analysis) {
  analysis.photo.format = PhotoFormat::kDicom;
  analysis.photo.dicom = DicomSource{"1.2.840.10008.5.1.4.1.1.77.1.7", "2.25.11", "2.25.12", "2.25.13"};
  return analysis;
}

Image overlay() {
  return {65, 63, std::vector<std::uint8_t>(std::size_t{3} * 65 * 63, 120)};
}  // an odd number of bytes

ByteVector pdf() {
  std::string const text = "%PDF-1.7\n%%EOF";
  return {text.begin(), text.end()};
}

/// The resources of a bundle by their type.
json resources(std::string const& bundle, std::string const& type) {
  json found = json::array();
  auto const tree = json::parse(bundle);
  for (auto const& entry : tree["entry"]) {
    if (entry["resource"]["resourceType"] == type) found.push_back(entry["resource"]);
  }
  return found;
}

/// The component of this name, or null.
json component(json const& observation, std::string const& name) {
  for (auto const& one : observation["component"]) {
    if (one["code"]["text"] == name) return one;
  }
  return nullptr;
}

TEST(Fhir, AnAnswerIsPreliminaryUntilAnAnalystSigns) {
  for (auto const* type : {"DiagnosticReport", "Observation"}) {
    EXPECT_EQ(resources(report::to_fhir(melanoma(), occasion()), type)[0]["status"], "preliminary");
    auto const bundle = report::to_fhir(melanoma(), signed_occasion(Verdict::kAgree));
    EXPECT_EQ(resources(bundle, type)[0]["status"], "final");
  }
}

TEST(Fhir, AnAnswerThatTheAnalystRefutesIsNoFinalObservation) {
  auto const bundle = report::to_fhir(melanoma(), signed_occasion(Verdict::kOverride));
  auto const observation = resources(bundle, "Observation")[0];
  EXPECT_EQ(observation["status"], "preliminary");
  EXPECT_EQ(component(observation, "Verdict of the analyst")["valueString"], "override");
  auto const report = resources(bundle, "DiagnosticReport")[0];
  EXPECT_EQ(report["status"], "final");
  EXPECT_EQ(report["resultsInterpreter"][0]["display"], "Anna Röth");
  auto const conclusion = report["conclusion"].get<std::string>();
  EXPECT_TRUE(conclusion.starts_with("Anna Röth disagreed on 2026-11-24: Clinically a blue nevus")) << conclusion;
  EXPECT_EQ(resources(bundle, "Provenance")[0]["agent"].size(), 2U);
}

TEST(Fhir, SaysHowFarTheAnswerIsToBeTrusted) {
  auto analysis = contradictory();
  analysis.ood = OodReport{OodState::kDoubtful, 1.5, 1.25, 2, "It is unlike most."};
  analysis.stability = Stability{8, .42, .25, 8, .125, .6};
  analysis.quality = quality(true, Hair::kMuch);
  analysis.explanation = explained(LesionClass::kNv, false);
  auto const bundle = report::to_fhir(analysis, occasion());
  auto const observation = resources(bundle, "Observation")[0];
  EXPECT_EQ(component(observation, "Classes in question (90 % prediction set)")["valueString"],
            "Actinic keratosis / intraepithelial carcinoma; Melanoma");
  EXPECT_EQ(component(observation, "The likeliest class is in the prediction set")["valueBoolean"], false);
  EXPECT_EQ(component(observation, "Benign and malignant cannot be told apart")["valueBoolean"], true);
  EXPECT_EQ(component(observation, "Likeness to the training photos")["valueString"], "doubtful");
  EXPECT_EQ(component(observation,
                      "Share of turned and mirrored views with another likeliest class")["valueQuantity"]["value"],
            .25);
  EXPECT_EQ(component(observation, "Photo quality")["valueString"], "usable; failed: hair");
  EXPECT_EQ(component(observation, "Test of the heat map")["valueString"], "unreliable");
  auto const conclusion = resources(bundle, "DiagnosticReport")[0]["conclusion"].get<std::string>();
  for (auto const* part : {"not in the 90 % prediction set", "cannot be told apart", "It is unlike most."})
    EXPECT_NE(conclusion.find(part), std::string::npos) << conclusion;
}

TEST(Fhir, AHeatMapThatFailedItsTestSaysSoInItsTitle) {
  auto const bytes = pdf();
  auto const title = [&](bool reliable) {
    auto analysis = melanoma();
    analysis.explanation = explained(LesionClass::kMel, reliable);
    auto const bundle = report::to_fhir(analysis, occasion(), {.heat_map_png = bytes});
    return resources(bundle, "DocumentReference")[0]["content"][0]["attachment"]["title"].get<std::string>();
  };
  EXPECT_NE(title(false).find("DO NOT READ"), std::string::npos);
  EXPECT_NE(title(true).find("What spoke for the answer"), std::string::npos);
}

TEST(Fhir, AModelsAnswerIsNeverACondition) {
  for (auto const& analysis : {melanoma(), test::nevus(), blurred(), drawing()}) {
    auto const bundle = report::to_fhir(analysis, occasion());
    EXPECT_TRUE(resources(bundle, "Condition").empty());
    EXPECT_EQ(bundle.find("\"Condition\""), std::string::npos);
  }
}

TEST(Fhir, EveryClassIsAComponentWithItsProbability) {
  auto const analysis = melanoma();
  auto const components = resources(report::to_fhir(analysis, occasion()), "Observation")[0]["component"];
  ASSERT_GE(components.size(), kLesionClassCount);
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    EXPECT_EQ(components[i]["code"]["text"], kLesionClasses[i].display);
    EXPECT_NEAR(components[i]["valueQuantity"]["value"].get<double>(), analysis.assessment->calibrated_prob[i], 1e-6);
  }
}

TEST(Fhir, ADeclinedPhotoHasAReasonAndNoClass) {
  auto const observation = resources(report::to_fhir(blurred(), occasion()), "Observation")[0];
  EXPECT_FALSE(observation.contains("valueCodeableConcept"));
  EXPECT_EQ(component(observation, "Photo quality")["valueString"], "not usable; failed: focus");
  EXPECT_NE(observation["dataAbsentReason"]["text"].get<std::string>().find("focus on the lesion"), std::string::npos);
  for (auto const& declined : {blurred(), drawing()}) {
    auto const why = resources(report::to_fhir(declined, occasion()), "Observation")[0]["dataAbsentReason"]["text"];
    EXPECT_NE(why.get<std::string>().find("should see a doctor"), std::string::npos) << why;
  }
}

TEST(Fhir, OnlyCodesOnWhichTwoSourcesAgreeAreUsed) {
  std::set<std::string> codes;
  auto const components = resources(report::to_fhir(melanoma(), occasion()), "Observation")[0]["component"];
  for (auto const& component : components) {
    for (auto const& coding : component["code"].value("coding", json::array())) codes.insert(coding["code"]);
  }
  EXPECT_EQ(codes, (std::set<std::string>{"93655004", "254701007", "201101007", "400096001", "C43.9", "C44.91", "L57.0",
                                          "L82.1", "D22.9", "D23.9", "D18.01"}));
}

TEST(Fhir, ReferencesLeadToResourcesOfTheBundleAndIdsAreStable) {
  auto const pdf_bytes = pdf();
  FhirAttachments const files{.report_pdf = pdf_bytes, .heat_map_png = pdf_bytes};
  auto const text = report::to_fhir(melanoma(), occasion(), files);
  std::set<std::string> urls;
  auto const tree = json::parse(text);
  for (auto const& entry : tree["entry"]) urls.insert(entry["fullUrl"]);
  EXPECT_EQ(urls.size(), tree["entry"].size());
  auto const leaves = tree.flatten();
  for (auto const& node : leaves.items()) {
    if (node.key().ends_with("/reference")) {
      EXPECT_TRUE(urls.contains(node.value())) << node.key();
    }
  }
  EXPECT_EQ(resources(text, "DocumentReference").size(), 2U);
  auto later = occasion();
  later.time += std::chrono::hours(5);
  EXPECT_EQ(json::parse(report::to_fhir(melanoma(), later))["id"], tree["id"]);
  EXPECT_NE(json::parse(report::to_fhir(melanoma(), signed_occasion(Verdict::kAgree)))["id"], tree["id"]);
}

std::string tag(DcmTagKey const& key, Result<ByteVector> const& bytes) {
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.value().data(), static_cast<offile_off_t>(bytes.value().size()));
  stream.setEos();
  DcmFileFormat file;
  file.transferInit();
  EXPECT_TRUE(file.read(stream).good());
  OFString value;
  file.getDataset()->findAndGetOFString(key, value);
  return value.c_str();  // NOLINT(readability-redundant-string-cstr): up to its first NUL
}

TEST(Dicom, EveryObjectThatDiffersHasAUidOfItsOwn) {
  auto const now = signed_occasion(Verdict::kAgree);
  auto anew = now;
  anew.sign_off->time += std::chrono::minutes(5);  // withdrawn and signed again on the same day
  auto later = now;
  later.time += std::chrono::seconds(1);
  auto careful = melanoma();
  careful.assessment->operating_point = OperatingDecision{OperatingPoint::kRuleOut, .1, true};
  auto const uid = [](Analysis const& analysis, Occasion const& when) {
    return tag(DCM_SOPInstanceUID, report::to_dicom_sr(analysis, when));
  };
  EXPECT_EQ(uid(melanoma(), now), uid(melanoma(), now));
  std::set<std::string> const uids{uid(melanoma(), occasion()), uid(melanoma(), now), uid(melanoma(), anew),
                                   uid(melanoma(), later), uid(careful, now)};
  EXPECT_EQ(uids.size(), 5U);
  auto const id = [](Analysis const& analysis, Occasion const& when) {
    return json::parse(report::to_fhir(analysis, when))["id"].get<std::string>();
  };
  EXPECT_NE(id(melanoma(), now), id(melanoma(), anew));
  EXPECT_NE(id(melanoma(), now), id(careful, now));
}

TEST(Dicom, OnlyWhereNobodyTypedAnythingIsThePatientSurelyUnknown) {
  auto const removed = [](Result<ByteVector> const& file) { return tag(DCM_PatientIdentityRemoved, file); };
  EXPECT_EQ(removed(report::to_dicom_pdf(melanoma(), occasion(), pdf())), "NO");
  EXPECT_EQ(removed(report::to_dicom_sr(melanoma(), signed_occasion(Verdict::kOverride))), "NO");
  EXPECT_EQ(removed(report::to_dicom_sr(melanoma(), occasion())), "YES");
  EXPECT_EQ(removed(report::to_dicom_overlay(melanoma(), occasion(), overlay())), "YES");
}

std::string sr_text(Analysis const& analysis, Occasion const& when) {
  auto const bytes = report::to_dicom_sr(analysis, when).value();
  return {bytes.begin(), bytes.end()};
}

TEST(Dicom, NobodyVerifiesWhatTheAnalystRefutes) {
  auto const flag = [](Occasion const& when) {
    return tag(DCM_VerificationFlag, report::to_dicom_sr(melanoma(), when));
  };
  EXPECT_EQ(flag(occasion()), "UNVERIFIED");
  EXPECT_EQ(flag(signed_occasion(Verdict::kAgree)), "VERIFIED");
  EXPECT_EQ(flag(signed_occasion(Verdict::kOverride)), "UNVERIFIED");
  EXPECT_NE(sr_text(melanoma(), signed_occasion(Verdict::kOverride)).find("Disagrees"), std::string::npos);
  auto const refuted = report::to_dicom_pdf(melanoma(), signed_occasion(Verdict::kOverride), pdf());
  EXPECT_EQ(tag(DCM_VerificationFlag, refuted), "UNVERIFIED");
  EXPECT_EQ(tag(DCM_DocumentTitle, refuted), "Report: the analyst disagrees");
}

TEST(Dicom, TheStructuredReportSaysHowFarTheAnswerIsToBeTrusted) {
  auto analysis = contradictory();
  analysis.ood = OodReport{OodState::kDoubtful, 1.5, 1.25, 2, "It is unlike most."};
  analysis.stability = Stability{8, .42, .25, 8, .125, .6};
  analysis.explanation = explained(LesionClass::kNv, false);
  auto const text = sr_text(analysis, occasion());
  for (auto const* part : {"in-question", "likeliest-in-set", "cannot-tell", "Unlike most of them",
                           "stability.view-flips", "heat-map", "unreliable", "should not be relied on"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

class Judges : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("nevus-judges-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(std::string const& name, Result<ByteVector> const& bytes) const {
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    ASSERT_TRUE(write_file_atomically(folder_ / name, *bytes).has_value());
  }

  void write_dicom() const {
    struct Case {
      char const* name;
      Analysis analysis;
      Occasion occasion;
    };
    for (auto const& [name, analysis, when] :
         {Case{"preliminary", melanoma(), occasion()},
          Case{"sourced", of_photo('c', of_dicom_photo(melanoma())), occasion()},
          Case{"refuted", of_dicom_photo(test::nevus()), signed_occasion(Verdict::kOverride)},
          Case{"agreed", of_photo('e', of_dicom_photo(contradictory())), signed_occasion(Verdict::kAgree)},
          Case{"declined", of_photo('d', blurred()), occasion()}}) {
      write(std::string("sr-") + name + ".dcm", report::to_dicom_sr(analysis, when));
      write(std::string("pdf-") + name + ".dcm", report::to_dicom_pdf(analysis, when, pdf()));
      if (analysis.assessment) {
        write(std::string("overlay-") + name + ".dcm", report::to_dicom_overlay(analysis, when, overlay()));
      }
    }
  }

  /// Answered and declined, preliminary and signed, of photos and DICOM files, with attachments and without.
  void write_fhir() const {
    auto const file = pdf();
    int number = 0;
    for (auto const& analysis :
         {melanoma(), test::nevus(), blurred(), drawing(), doubtful_nevus(), of_dicom_photo(melanoma())}) {
      for (auto const& when : {occasion(), signed_occasion(Verdict::kAgree), signed_occasion(Verdict::kOverride)}) {
        for (auto const& files : {FhirAttachments{.report_pdf = file, .heat_map_png = file}, FhirAttachments{}}) {
          auto const name = "bundle-" + std::to_string(++number) + ".json";
          ASSERT_TRUE(write_file_atomically(folder_ / name, report::to_fhir(analysis, when, files)).has_value());
        }
      }
    }
  }

  /// Runs judge.py; skips the test where what it needs is missing.
  void judge(std::string const& what) const {
    auto const carrier = std::filesystem::path(NEVUS_VENV) / "bin" / "python";
    auto const python = std::filesystem::exists(carrier) ? carrier.string() : "python3";
    auto const command = python + " " + NEVUS_SOURCE_DIR "/tests/report/judge.py " + what + " " + folder_.string() +
                         " > " + (folder_ / "verdict.txt").string() + " 2>&1";
    int const status = std::system(command.c_str());
    auto const verdict = read_file(folder_ / "verdict.txt").value();
    std::string const text(verdict.begin(), verdict.end());
    if (WEXITSTATUS(status) == 3) GTEST_SKIP() << text;
    EXPECT_EQ(status, 0) << text;
    std::printf("%s", text.c_str());
  }

  std::filesystem::path folder_;
};

TEST_F(Judges, FhirResourcesTakesEveryBundle) {
  write_fhir();
  judge("fhir");
}

TEST_F(Judges, HapiTakesEveryBundle) {
  write_fhir();
  judge("hapi");
}

TEST_F(Judges, DciodvfyFindsNoErrorInDicom) {
  write_dicom();
  judge("dciodvfy");
}

TEST_F(Judges, PydicomAndHighdicomReadDicom) {
  write_dicom();
  judge("pydicom");
}

TEST_F(Judges, OrthancStoresDicomAndGivesItBack) {
  write_dicom();
  judge("orthanc");
}

}  // namespace
}  // namespace nevus::test
