// SPDX-License-Identifier: MIT
#include "nevus/evaluation/checklists.h"

#include <span>

#include "nevus/evaluation/markdown.h"
#include "nevus/evaluation/source_words.h"

namespace nevus::evaluation {
namespace {

using Answer = std::string (*)(ModelCard const&);

struct Point {
  std::string_view name;
  Answer answer;
};

std::string sizes(ModelCard const& card) {
  std::string text;
  for (auto const* part : {"train", "val", "test"}) {
    auto const found = card.parts.find(part);
    if (found == card.parts.end()) continue;
    text += (text.empty() ? "" : ", ") + std::string(part) + " " + std::to_string(found->second.photos) +
            " photos of " + std::to_string(found->second.lesions) + " lesions";
  }
  return text.empty() ? card.training_data : text;
}

std::string partitions(ModelCard const& card) {
  if (card.split == "fixed") {
    return is_ham10000(card) ? "A fixed list; no lesion stands in two of train, val and test"
                             : "The parts in which the data set lies";
  }
  if (card.split == "grouped")
    return "What was not divided yet, by lesion: a tenth each for val and test; the same on every machine";
  if (card.split == "fold")
    return "One fold of a cross-validation over the train and val photos; no lesion stands in two parts";
  return "LEAKY: random by image, so lesions stand in train and test; val and test are the same photos";
}

std::string class_shares(ModelCard const& card) {
  std::string text;
  for (std::size_t i = 0; i < kLesionClassCount; ++i)
    text += (i == 0 ? "" : ", ") + std::string(kLesionClasses[i].id) + " " + percent(card.class_prior[i]);
  return "Of the training photos " + text;
}

std::string fairness(ModelCard const& card) {
  if (card.subgroups.empty()) return "Not in this card; `nevus evaluate` gives tables by sex, age and place";
  return "Tables above by sex, age, place and kind of label; skin tone cannot be assessed, since " + data_name(card) +
         " does not record it";
}

std::string main_figures(ModelCard const& card) {
  return "With 95 % intervals above; on test: accuracy " + figure_cell(card.metrics, "test.accuracy") +
         ", balanced accuracy " + figure_cell(card.metrics, "test.balanced_accuracy") + ", macro AUC " +
         figure_cell(card.metrics, "test.macro_auc");
}

std::string preparation(ModelCard const& card) {
  return "The largest centred region, brought to " + std::to_string(card.preprocess.width_px) + "x" +
         std::to_string(card.preprocess.height_px) + " px after averaging down to at most " +
         std::to_string(card.preprocess.detail_px) + " px on the short side; one function for training and use";
}

std::string start(ModelCard const& card) {
  bool const from_imagenet = card.source.start_weights.find("ImageNet") != std::string::npos;
  return card.architecture + (from_imagenet ? ", weights from ImageNet" : ", without published weights") +
         ", trained by `nevus-train` (commit " + card.code_commit + ")" +
         (is_ham10000(card) ? "; recipe in `configs/`, story in `docs/training-log.md`" : "");
}

std::string external(ModelCard const&) { return "None: no figure here is on another data set's photos"; }

constexpr Point kClearDerm[]{
    {"Data: image types",
     [](ModelCard const& card) {
       return std::string(card.source.photos == "synthetic" ? "Drawings of single lesions"
                                                            : "Dermatoscopic photos of single lesions");
     }},
    {"Data: artefacts",
     [](ModelCard const& card) {
       return by_source(card, "Hair, bubbles, rulers and ink as they are in HAM10000; not counted, not removed");
     }},
    {"Data: technical acquisition",
     [](ModelCard const& card) {
       return by_source(card,
                        "Several dermatoscopes and cameras in Vienna and Queensland, 20 years; HAM10000 does not say "
                        "which photo is whose");
     }},
    {"Data: preprocessing", preparation},
    {"Data: synthetic images",
     [](ModelCard const& card) {
       return std::string(card.source.photos == "synthetic" ? "All of them; no photo was trained on"
                                                            : "None in training; the canary at start-up is a drawing");
     }},
    {"Data: public images referenced", [](ModelCard const&) { return std::string("See Data above"); }},
    {"Data: patients (place, sex, age, ethnicity)",
     [](ModelCard const& card) {
       return by_source(card, "Austria and Australia; sex and age of most photos are recorded, ethnicity of none");
     }},
    {"Data: skin tone",
     [](ModelCard const& card) { return by_source(card, "Not recorded in HAM10000, mostly light skin"); }},
    {"Data: biases from patient information",
     [](ModelCard const&) { return std::string("The network sees the photo alone, neither age nor sex nor place"); }},
    {"Data: partitions", partitions},
    {"Data: sample sizes", sizes},
    {"Data: external test set", external},
    {"Data: several vendors",
     [](ModelCard const& card) { return by_source(card, "Yes in the data, but figures by vendor cannot be made"); }},
    {"Data: class balance", class_shares},
    {"Data: out of distribution",
     [](ModelCard const&) {
       return std::string("Other lesions, other sites, photos without a dermatoscope: not measured here");
     }},
    {"Technique: labels",
     [](ModelCard const& card) {
       return by_source(
           card, "Histology (53 %), follow-up, consensus of experts or confocal microscopy, by HAM10000's dx_type");
     }},
    {"Technique: accepted names of diagnoses",
     [](ModelCard const&) { return std::string("The seven classes of HAM10000 and ISIC 2018 Task 3"); }},
    {"Technique: histology of malignancies",
     [](ModelCard const& card) { return by_source(card, "All melanomas of HAM10000 are confirmed by histology"); }},
    {"Technique: development of the algorithm", start},
    {"Assessment: public evaluation",
     [](ModelCard const&) {
       return std::string("`nevus evaluate` on any labelled folder; network and code are open");
     }},
    {"Assessment: performance measures", main_figures},
    {"Assessment: benchmarks",
     [](ModelCard const& card) {
       return std::string(
           is_ham10000(card) && card.split == "fixed"
               ? "Beside the constant answer \"nevus\"; the test list is one on which published models were "
                 "scored. No comparison with doctors"
               : "Beside the constant answer \"nevus\". No comparison with doctors");
     }},
    {"Assessment: bias", fairness},
    {"Application: use cases and target conditions",
     [](ModelCard const&) {
       return std::string(
           "Research and teaching on dermatoscopic photos of the seven kinds of lesion; not for deciding "
           "about a patient");
     }},
    {"Application: impact on care",
     [](ModelCard const&) { return std::string("Not studied; a calm answer may delay the removal of a melanoma"); }},
};

constexpr Point kTripod[]{
    {"1 Title",
     [](ModelCard const& card) {
       return "Development and internal evaluation of " + card.id + " " + card.version +
              ", a network that classifies dermatoscopic photos";
     }},
    {"2 Abstract", [](ModelCard const&) { return std::string("The head of this card and its figures"); }},
    {"3 Background",
     [](ModelCard const&) {
       return std::string(
           "Diagnosis from a photo of one lesion; for researchers and teachers; known inequality: dark skin "
           "is hardly in the data");
     }},
    {"4 Objectives", [](ModelCard const&) { return std::string("Development, and evaluation on held-out lesions"); }},
    {"5 Data",
     [](ModelCard const& card) {
       return card.training_data + (is_ham10000(card) ? "; taken over 20 years, published 2018" : "");
     }},
    {"6 Participants",
     [](ModelCard const& card) {
       return by_source(
           card,
           "A university clinic in Vienna and a skin cancer practice in Queensland; chosen by the authors of "
           "HAM10000 among lesions with a sure label; treatment has no part");
     }},
    {"7 Data preparation", preparation},
    {"8 Outcome",
     [](ModelCard const& card) {
       return by_source(card,
                        "One of seven kinds of lesion, by histology, follow-up, consensus or confocal microscopy");
     }},
    {"9 Predictors", [](ModelCard const&) { return std::string("The pixels of one photo"); }},
    {"10 Sample size",
     [](ModelCard const& card) { return sizes(card) + "; all that there is, not computed beforehand"; }},
    {"11 Missing data",
     [](ModelCard const& card) {
       return by_source(card, "None in photos and labels; age or sex unknown: a group of its own");
     }},
    {"12 Analytical methods", start},
    {"13 Class imbalance",
     [](ModelCard const&) {
       return std::string(
           "Rare classes are drawn more often in training; the logits are then moved to the natural "
           "frequencies, and calibrated on val");
     }},
    {"14 Fairness", fairness},
    {"15 Model output",
     [](ModelCard const& card) {
       return "Seven probabilities, " + calibration_text(card.calibration) +
              "; risk and urgency by written rules (`docs/results.md`)";
     }},
    {"16 Training versus evaluation", partitions},
    {"17 Ethical approval",
     [](ModelCard const& card) { return by_source(card, "That of HAM10000 (Tschandl et al. 2018); no new patients"); }},
    {"18 Open science",
     [](ModelCard const& card) {
       return "Code MIT, weights " + (is_ham10000(card) ? std::string("and data CC BY-NC 4.0") : card.licence) +
              "; no protocol and no registration beforehand";
     }},
    {"19 Patient and public involvement", [](ModelCard const&) { return std::string("None"); }},
    {"20 Participants (results)", [](ModelCard const& card) { return sizes(card) + ". " + class_shares(card); }},
    {"21 Model development", sizes},
    {"22 Model specification",
     [](ModelCard const& card) {
       return "`network.onnx`, SHA-256 `" + card.network_sha256 + "`, runs offline with `nevus`";
     }},
    {"23 Model performance", main_figures},
    {"24 Model updating", [](ModelCard const&) { return std::string("None after training"); }},
    {"25 Interpretation",
     [](ModelCard const& card) {
       auto const found = card.metrics.find("test.balanced_accuracy");
       bool const better = found != card.metrics.end() && found->second.low > 1.0 / kLesionClassCount;
       return std::string("See Where it fails; ") + (better ? "" : "not clearly ") +
              "better than the constant answer, no doctor";
     }},
    {"26 Limitations",
     [](ModelCard const& card) {
       return by_source(
           card, "Retrospective, two centres, enriched for rare classes, and tested on photos of the same two centres");
     }},
    {"27 Usability",
     [](ModelCard const&) {
       return std::string(
           "Photos are checked for quality first and declined with advice; no special skill to run it, a "
           "doctor's judgement to use it");
     }},
};

std::string table_of(std::span<Point const> points, ModelCard const& card) {
  std::string text = "| point | answer |\n|---|---|\n";
  for (auto const& point : points) text += "| " + std::string(point.name) + " | " + point.answer(card) + " |\n";
  return text;
}

}  // namespace

std::string clear_derm_table(ModelCard const& card) { return table_of(kClearDerm, card); }

std::string tripod_table(ModelCard const& card) { return table_of(kTripod, card); }

}  // namespace nevus::evaluation
