// SPDX-License-Identifier: MIT
#include "nevus/report/fhir.h"

#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nevus/report/uids.h"

namespace nevus::report {
namespace {

using Json = nlohmann::ordered_json;

/// Codes on which two public sources agree; a class without one of a system is text alone there. The ICD-10 codes are
/// those of ICD-10-CM (C44.91, L82.1 and D18.01 are in no other edition).
struct ClassCodes {
  std::string_view snomed;
  std::string_view icd_10_cm;
};
constexpr std::array<ClassCodes, kLesionClassCount> kCodes{{{"201101007", "L57.0"},
                                                            {"254701007", "C44.91"},
                                                            {"", "L82.1"},
                                                            {"", "D23.9"},
                                                            {"93655004", "C43.9"},
                                                            {"400096001", "D22.9"},
                                                            {"", "D18.01"}}};

Json text_only(std::string_view text) { return {{"text", text}}; }

Json class_concept(LesionClass lesion_class) {
  auto const& codes = kCodes.at(static_cast<std::size_t>(lesion_class));
  Json coding = Json::array();
  if (!codes.snomed.empty()) coding.push_back({{"system", "http://snomed.info/sct"}, {"code", codes.snomed}});
  if (!codes.icd_10_cm.empty()) {
    coding.push_back({{"system", "http://hl7.org/fhir/sid/icd-10-cm"}, {"code", codes.icd_10_cm}});
  }
  return {{"coding", std::move(coding)}, {"text", info(lesion_class).display}};
}

/// Of FHIR's own list of those who take part.
Json participant(char const* code, std::string_view text) {
  constexpr char const* kSystem = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
  return {{"coding", Json::array({{{"system", kSystem}, {"code", code}}})}, {"text", text}};
}

/// UCUM's 1: a probability is a plain number.
Json probability(double value) {
  return {{"value", std::round(value * 1e6) / 1e6},
          {"unit", "probability"},
          {"system", "http://unitsofmeasure.org"},
          {"code", "1"}};
}

std::string base64(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  auto const length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Builds the resources of one bundle, which refer to each other by their UUIDs.
class Bundle {
 public:
  Bundle(Analysis const& analysis, Occasion const& occasion)
      : analysis_(analysis), occasion_(occasion), seed_(seed_of(analysis, occasion)) {}

  [[nodiscard]] Json tree(FhirAttachments const& attachments) {
    add("device", device());
    add("observation", observation());
    if (!attachments.report_pdf.empty()) {
      add("pdf", document("Report", attachment(attachments.report_pdf, "application/pdf", "Report")));
    }
    if (!attachments.heat_map_png.empty()) {
      add("heat map",
          document("Heat map", attachment(attachments.heat_map_png, "image/png", heat_map_title(analysis_))));
    }
    add("report", report(attachments.report_pdf));
    add("provenance", provenance());
    return {{"resourceType", "Bundle"},
            {"id", stable_uuid(seed_ + " bundle")},
            {"type", "collection"},
            {"timestamp", utc_text(occasion_.time)},
            {"entry", std::move(entries_)}};
  }

 private:
  [[nodiscard]] std::string url(std::string const& role) const { return "urn:uuid:" + stable_uuid(seed_ + " " + role); }
  [[nodiscard]] Json reference(std::string const& role) const { return {{"reference", url(role)}}; }
  [[nodiscard]] char const* status() const { return occasion_.sign_off ? "final" : "preliminary"; }

  void add(std::string const& role, Json resource) {
    resource["id"] = stable_uuid(seed_ + " " + role);
    if (role != "device" && role != "provenance") targets_.push_back(reference(role));
    entries_.push_back({{"fullUrl", url(role)}, {"resource", std::move(resource)}});
  }

  [[nodiscard]] Json device() const {
    auto const& model = occasion_.model;
    return {
        {"resourceType", "Device"},
        {"identifier", Json::array({{{"type", text_only("SHA-256 of the network")}, {"value", model.sha256}}})},
        {"status", "active"},
        {"deviceName", Json::array({{{"name", "Nevus " + model.id}, {"type", "user-friendly-name"}}})},
        {"type", text_only("Software that reads dermatoscopic photos, for research and teaching; no medical device")},
        {"version", Json::array({{{"type", text_only("network")}, {"value", model.version}}})}};
  }

  [[nodiscard]] Json observation() const {
    // An answer that the analyst refutes is no final observation, though the report that says so is final.
    bool const refuted = occasion_.sign_off && occasion_.sign_off->verdict == Verdict::kOverride;
    Json tree{{"resourceType", "Observation"},
              {"status", refuted ? "preliminary" : status()},
              {"code", text_only("Class of a skin lesion by its dermatoscopic photo, as a statistical model sees it")},
              {"effectiveDateTime", utc_text(occasion_.time)},
              {"issued", utc_text(occasion_.time)},
              {"device", reference("device")}};
    if (auto const& assessment = analysis_.assessment) {
      tree["valueCodeableConcept"] = class_concept(assessment->predicted);
      tree["component"] = components(*assessment);
    } else {
      tree["dataAbsentReason"] = text_only(why_declined(analysis_));
      tree["component"] = Json::array();
    }
    add_trust(tree["component"]);
    if (auto const& sign_off = occasion_.sign_off) {
      tree["component"].push_back(
          {{"code", text_only("Verdict of the analyst")}, {"valueString", name(sign_off->verdict)}});
    }
    tree["note"] = Json::array({{{"text", kDisclaimer}}});
    return tree;
  }

  [[nodiscard]] static Json components(Assessment const& assessment) {
    Json list = Json::array();
    for (std::size_t i = 0; i < kLesionClassCount; ++i) {
      list.push_back({{"code", class_concept(static_cast<LesionClass>(i))},
                      {"valueQuantity", probability(assessment.calibrated_prob[i])}});
    }
    list.push_back({{"code", text_only("Probability of the malignant classes together")},
                    {"valueQuantity", probability(assessment.malignant_prob)}});
    list.push_back({{"code", text_only("Risk level")}, {"valueString", name(assessment.risk_level)}});
    auto const& urgency = assessment.urgency;
    list.push_back({{"code", text_only("Urgency")}, {"valueString", name(urgency.urgency)}});
    for (auto const& reason : urgency.reasons) {
      list.push_back({{"code", text_only("Reason of the urgency")}, {"valueString", reason}});
    }
    return list;
  }

  /// How far the answer is to be trusted.
  void add_trust(Json& list) const {
    if (auto const& assessment = analysis_.assessment; assessment && !assessment->prediction_sets.empty()) {
      std::string classes;
      for (auto const lesion_class : assessment->prediction_sets.front().classes)
        classes += (classes.empty() ? "" : "; ") + std::string(info(lesion_class).display);
      list.push_back({{"code", text_only("Classes in question (90 % prediction set)")}, {"valueString", classes}});
      list.push_back({{"code", text_only("The likeliest class is in the prediction set")},
                      {"valueBoolean", !assessment->top_excluded()}});
      list.push_back({{"code", text_only("Benign and malignant cannot be told apart")},
                      {"valueBoolean", assessment->cannot_tell}});
    }
    if (auto const& ood = analysis_.ood)
      list.push_back({{"code", text_only("Likeness to the training photos")}, {"valueString", name(ood->state)}});
    if (auto const& stability = analysis_.stability) {
      list.push_back({{"code", text_only("Spread of the malignant probability over turned and mirrored views")},
                      {"valueQuantity", probability(stability->spread_prob)}});
      list.push_back({{"code", text_only("Share of turned and mirrored views with another likeliest class")},
                      {"valueQuantity", probability(stability->view_flip_frac)}});
      list.push_back({{"code", text_only("Share of slightly altered photos with another likeliest class")},
                      {"valueQuantity", probability(stability->perturbed_flip_frac)}});
    }
    list.push_back({{"code", text_only("Photo quality")}, {"valueString", quality_words(analysis_.quality)}});
    if (auto const words = heat_map_words(analysis_); !words.empty())
      list.push_back({{"code", text_only("Test of the heat map")}, {"valueString", words}});
  }

  [[nodiscard]] static Json attachment(Bytes bytes, char const* type, std::string_view title) {
    return {{"contentType", type}, {"data", base64(bytes)}, {"title", title}};
  }

  [[nodiscard]] Json document(char const* type, Json attachment) const {
    return {{"resourceType", "DocumentReference"},
            {"status", "current"},
            {"docStatus", status()},
            {"type", text_only(type)},
            {"date", utc_text(occasion_.time)},
            {"description", kDisclaimer},
            {"content", Json::array({{{"attachment", std::move(attachment)}}})}};
  }

  [[nodiscard]] Json report(Bytes pdf) const {
    Json tree{{"resourceType", "DiagnosticReport"},
              {"status", status()},
              {"code", text_only("Dermatoscopic photo, read by a statistical model")},
              {"effectiveDateTime", utc_text(occasion_.time)},
              {"issued", utc_text(occasion_.sign_off ? occasion_.sign_off->time : occasion_.time)}};
    if (auto const& sign_off = occasion_.sign_off) {
      tree["resultsInterpreter"] = Json::array({{{"display", sign_off->analyst}}});
    }
    tree["result"] = Json::array({reference("observation")});
    tree["conclusion"] = conclusion();
    if (!pdf.empty()) tree["presentedForm"] = Json::array({attachment(pdf, "application/pdf", "Report")});
    return tree;
  }

  [[nodiscard]] std::string conclusion() const {
    auto text = occasion_.sign_off ? sentence(*occasion_.sign_off) + " " : "";
    if (auto const& assessment = analysis_.assessment) {
      std::array<char, 16> percent{};
      std::snprintf(percent.data(), percent.size(), "%.0f %%", 100 * assessment->confidence);
      text += "Likeliest class: " + std::string(info(assessment->predicted).display) + " (" + percent.data() +
              "). Urgency " + std::string(name(assessment->urgency.urgency)) + ": " +
              risk::policy().level(assessment->urgency.urgency).words + ".";
      for (auto const& caution : cautions(analysis_)) text += " " + caution;
    } else {
      text += why_declined(analysis_);
    }
    return text + " " + std::string(kDisclaimer);
  }

  [[nodiscard]] Json provenance() const {
    Json agents = Json::array(
        {{{"type", participant("assembler", "Software that made the report")}, {"who", reference("device")}}});
    if (auto const& sign_off = occasion_.sign_off) {
      auto const did = sign_off->verdict == Verdict::kAgree ? "Analyst who agreed" : "Analyst who overrode the answer";
      agents.push_back({{"type", participant("verifier", did)}, {"who", {{"display", sign_off->analyst}}}});
    }
    Json const photo{{"identifier", {{"type", text_only("SHA-256 of the photo")}, {"value", analysis_.photo.sha256}}}};
    return {{"resourceType", "Provenance"},
            {"target", targets_},
            {"occurredDateTime", utc_text(occasion_.time)},
            {"recorded", utc_text(occasion_.sign_off ? occasion_.sign_off->time : occasion_.time)},
            {"agent", std::move(agents)},
            {"entity", Json::array({{{"role", "source"}, {"what", photo}}})}};
  }

  Analysis const& analysis_;
  Occasion const& occasion_;
  std::string seed_;
  Json entries_ = Json::array();
  Json targets_ = Json::array();
};

}  // namespace

std::string to_fhir(Analysis const& analysis, Occasion const& occasion, FhirAttachments const& attachments) {
  return Bundle(analysis, occasion).tree(attachments).dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nevus::report
