// SPDX-License-Identifier: MIT
// TID 1500 "Measurement Report" (PS3.16) with one measurement group (TID 1501), written with DCMTK's tree.
#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <dcmtk/dcmsr/dsrdoc.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "nevus/report/dicom.h"
#include "nevus/report/dicom_object.h"
#include "nevus/report/uids.h"

namespace nevus::report {
namespace {

using Types = DSRTypes;
using Code = DSRCodedEntryValue;

/// For what no public scheme has a word for.
constexpr char const* kOwnScheme = "99NEVUS";

OFString dcmtk_text(std::string_view text) { return {text.data(), text.size()}; }
Code dcm(char const* value, char const* meaning) { return {value, "DCM", meaning}; }
Code own(std::string_view value, std::string_view meaning) {
  return {dcmtk_text(value), kOwnScheme, dcmtk_text(meaning)};
}
Code own(LesionClass lesion_class) { return own(info(lesion_class).id, info(lesion_class).display); }

/// Adds items to a tree and keeps the first failure.
class TreeWriter {
 public:
  TreeWriter(DSRDocumentTree& tree, DicomObject& object) : tree_(tree), object_(object) {}

  void open(Types::E_RelationshipType relation, Code const& concept_name) {
    add(relation, Types::VT_Container, concept_name);
    opened_ = true;
  }
  void close() {
    tree_.goUp();
    opened_ = false;
  }
  void code(Types::E_RelationshipType relation, Code const& concept_name, Code const& value) {
    add(relation, Types::VT_Code, concept_name);
    object_.note(tree_.getCurrentContentItem().setCodeValue(value));
  }
  void text(Types::E_RelationshipType relation, Code const& concept_name, std::string_view value) {
    string(relation, Types::VT_Text, concept_name, value);
  }
  void uid(Types::E_RelationshipType relation, Code const& concept_name, std::string_view value) {
    string(relation, Types::VT_UIDRef, concept_name, value);
  }
  void person(Types::E_RelationshipType relation, Code const& concept_name, std::string_view value) {
    string(relation, Types::VT_PName, concept_name, value);
  }
  void probability(Code const& concept_name, double value) {
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%.6f", value);
    add(Types::RT_contains, Types::VT_Num, concept_name);
    object_.note(tree_.getCurrentContentItem().setNumericValue(
        DSRNumericMeasurementValue(digits.data(), Code("1", "UCUM", "no units"))));
  }
  /// An image without a concept name where `concept_name` is empty.
  void image(Code const& concept_name, DicomSource const& source) {
    add(Types::RT_contains, Types::VT_Image, concept_name);
    object_.note(tree_.getCurrentContentItem().setImageReference(
        DSRImageReferenceValue(dcmtk_text(source.sop_class_uid), dcmtk_text(source.sop_instance_uid))));
  }
  void template_id(char const* id) {
    object_.note(tree_.getCurrentContentItem().setTemplateIdentification(id, "DCMR"));
  }

 private:
  void add(Types::E_RelationshipType relation, Types::E_ValueType type, Code const& concept_name) {
    auto const where = opened_ ? Types::AM_belowCurrent : Types::AM_afterCurrent;
    opened_ = false;
    if (tree_.addContentItem(relation, type, where) == 0) object_.note(EC_IllegalCall);
    if (concept_name.isValid()) object_.note(tree_.getCurrentContentItem().setConceptName(concept_name));
  }
  void string(Types::E_RelationshipType relation, Types::E_ValueType type, Code const& concept_name,
              std::string_view value) {
    add(relation, type, concept_name);
    object_.note(tree_.getCurrentContentItem().setStringValue(dcmtk_text(value)));
  }

  DSRDocumentTree& tree_;
  DicomObject& object_;
  bool opened_ = false;  ///< the next item is the first one below
};

/// The characters that separate the parts of a DICOM person name are no part of one here.
std::string person_name(std::string name) {
  std::ranges::replace_if(
      name, [](char c) { return c == '^' || c == '=' || c == '\\'; }, ' ');
  return name;
}

/// TID 1204 and 1001: language, and who observed.
void write_context(TreeWriter& tree, Occasion const& occasion) {
  tree.code(Types::RT_hasConceptMod, dcm("121049", "Language of Content Item and Descendants"),
            Code("en", "RFC5646", "English"));
  auto const relation = Types::RT_hasObsContext;
  auto const& model = occasion.model;
  tree.code(relation, dcm("121005", "Observer Type"), dcm("121007", "Device"));
  tree.uid(relation, dcm("121012", "Device Observer UID"), stable_dicom_uid(model.sha256 + " device"));
  tree.text(relation, dcm("121013", "Device Observer Name"), "Nevus");
  tree.text(relation, dcm("121014", "Device Observer Manufacturer"), "Nevus");
  tree.text(relation, dcm("121015", "Device Observer Model Name"), model.id + " " + model.version);
  tree.text(relation, dcm("121016", "Device Observer Serial Number"), model.sha256);
  if (auto const& sign_off = occasion.sign_off) {
    tree.code(relation, dcm("121005", "Observer Type"), dcm("121006", "Person"));
    tree.person(relation, dcm("121008", "Person Observer Name"), person_name(sign_off->analyst));
  }
  tree.code(Types::RT_hasConceptMod, dcm("121058", "Procedure reported"),
            own("dermatoscopy", "Dermatoscopic photo, read by a statistical model"));
}

void write_library(TreeWriter& tree, DicomSource const& source) {
  tree.open(Types::RT_contains, dcm("111028", "Image Library"));
  tree.open(Types::RT_contains, dcm("126200", "Image Library Group"));
  tree.image(Code(), source);
  tree.close();
  tree.close();
}

void write_assessment(TreeWriter& tree, Assessment const& assessment) {
  auto const relation = Types::RT_contains;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    auto const& lesion = kLesionClasses[i];
    tree.probability(own("prob." + std::string(lesion.id), "Probability: " + std::string(lesion.display)),
                     assessment.calibrated_prob[i]);
  }
  tree.probability(own("prob.malignant", "Probability: malignant classes together"), assessment.malignant_prob);
  tree.code(relation, own("likeliest", "Likeliest class"), own(assessment.predicted));
  auto const level = assessment.urgency.urgency;
  tree.code(relation, own("urgency", "Urgency"), own(name(level), risk::policy().level(level).words));
  for (auto const& reason : assessment.urgency.reasons) {
    tree.text(relation, own("urgency-reason", "Reason of the urgency"), reason);
  }
}

Code yes_or_no(bool yes) { return yes ? Code("373066001", "SCT", "Yes") : Code("373067005", "SCT", "No"); }

/// How far the answer is to be trusted.
void write_trust(TreeWriter& tree, Analysis const& analysis) {
  auto const relation = Types::RT_contains;
  if (auto const& assessment = analysis.assessment; assessment && !assessment->prediction_sets.empty()) {
    for (auto const lesion_class : assessment->prediction_sets.front().classes)
      tree.code(relation, own("in-question", "In question (90 % prediction set)"), own(lesion_class));
    tree.code(relation, own("likeliest-in-set", "The likeliest class is in the prediction set"),
              yes_or_no(!assessment->top_excluded()));
    tree.code(relation, own("cannot-tell", "Benign and malignant cannot be told apart"),
              yes_or_no(assessment->cannot_tell));
  }
  if (auto const& ood = analysis.ood) {
    constexpr std::array<std::string_view, 3> kMeanings{"Like them", "Unlike most of them", "Too unlike them"};
    tree.code(relation, own("likeness", "Likeness to the training photos"),
              own(name(ood->state), kMeanings[static_cast<std::size_t>(ood->state)]));
  }
  if (auto const& stability = analysis.stability) {
    tree.probability(own("stability.spread", "Spread of the malignant probability over views"), stability->spread_prob);
    tree.probability(own("stability.view-flips", "Share of views with another class"), stability->view_flip_frac);
    tree.probability(own("stability.altered-flips", "Share of altered photos with another class"),
                     stability->perturbed_flip_frac);
  }
  tree.text(relation, own("quality", "Photo quality"), quality_words(analysis.quality));
  if (auto const words = heat_map_words(analysis); !words.empty())
    tree.text(relation, own("heat-map", "Test of the heat map"), words);
}

void write_measurements(TreeWriter& tree, Analysis const& analysis) {
  tree.open(Types::RT_contains, dcm("126010", "Imaging Measurements"));
  tree.open(Types::RT_contains, dcm("125007", "Measurement Group"));
  tree.template_id("1501");
  tree.text(Types::RT_hasObsContext, dcm("112039", "Tracking Identifier"), "lesion");
  tree.uid(Types::RT_hasObsContext, dcm("112040", "Tracking Unique Identifier"),
           stable_dicom_uid(analysis.photo.sha256 + " lesion"));
  if (auto const& source = analysis.photo.dicom) tree.image(Code("260753009", "SCT", "Source"), *source);
  if (analysis.assessment) write_assessment(tree, *analysis.assessment);
  write_trust(tree, analysis);
  tree.close();
  tree.close();
}

void write_tree(DSRDocumentTree& document, DicomObject& object, Analysis const& analysis, Occasion const& occasion) {
  TreeWriter tree(document, object);
  tree.open(Types::RT_isRoot, dcm("126000", "Imaging Measurement Report"));
  tree.template_id("1500");
  write_context(tree, occasion);
  if (analysis.photo.dicom) write_library(tree, *analysis.photo.dicom);
  write_measurements(tree, analysis);
  auto const comment = dcm("121106", "Comment");
  if (!analysis.assessment) tree.text(Types::RT_contains, comment, why_declined(analysis));
  for (auto const& caution : cautions(analysis)) tree.text(Types::RT_contains, comment, caution);
  if (auto const& sign_off = occasion.sign_off) {
    tree.code(Types::RT_contains, own("verdict", "Verdict of the analyst"),
              own(name(sign_off->verdict), sign_off->verdict == Verdict::kAgree ? "Agrees" : "Disagrees"));
    tree.text(Types::RT_contains, comment, sentence(*sign_off));
  }
  tree.text(Types::RT_contains, comment, kDisclaimer);
}

}  // namespace

Result<ByteVector> to_dicom_sr(Analysis const& analysis, Occasion const& occasion) {
  DicomObject object;
  DSRDocument document(Types::DT_Comprehensive3DSR);
  document.setSpecificCharacterSetType(Types::CS_UTF8);
  write_tree(document.getTree(), object, analysis, occasion);
  object.note(document.getCodingSchemeIdentification().addItem(kOwnScheme, "", "Words of Nevus", "Nevus"));
  if (auto const& source = analysis.photo.dicom) {
    object.note(document.getCurrentRequestedProcedureEvidence().addItem(
        dcmtk_text(source->study_uid), dcmtk_text(source->series_uid), dcmtk_text(source->sop_class_uid),
        dcmtk_text(source->sop_instance_uid)));
  }
  object.note(document.completeDocument());
  // Nobody verified what the analyst refutes.
  if (auto const& sign_off = occasion.sign_off; sign_off && sign_off->verdict == Verdict::kAgree) {
    object.note(document.verifyDocument(dcmtk_text(person_name(sign_off->analyst)), "not stated",
                                        dcmtk_text(dicom_date(sign_off->time) + dicom_time(sign_off->time))));
  }
  object.note(document.write(object.dataset()));
  std::string const content =
      analysis.assessment ? std::string(name(analysis.assessment->urgency.urgency)) : "declined";
  object.put_common(analysis, occasion,
                    {.sop_class = UID_Comprehensive3DSRStorage,
                     .modality = "SR",
                     .series_number = 3,
                     .content = content,
                     .has_typed_text = occasion.sign_off && !occasion.sign_off->reason.empty()});
  return object.file();
}

}  // namespace nevus::report
