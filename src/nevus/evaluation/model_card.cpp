// SPDX-License-Identifier: MIT
#include "nevus/evaluation/model_card.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "nevus/evaluation/checklists.h"
#include "nevus/evaluation/markdown.h"
#include "nevus/evaluation/source_words.h"
#include "nevus/evaluation/trust_tables.h"
#include "nevus/evaluation/views.h"

namespace nevus::evaluation {
namespace {

/// Figures of the Hugging Face Hub's `model-index`: name in the card, the Hub's type, title.
struct HubMetric {
  std::string_view name;
  std::string_view type;
  std::string_view title;
};
constexpr std::array<HubMetric, 8> kHubMetrics{{
    {"accuracy", "accuracy", "Accuracy"},
    {"balanced_accuracy", "balanced_accuracy", "Balanced accuracy of argmax(p / prior)"},
    {"macro_auc", "roc_auc", "Macro ROC AUC"},
    {"malignant_auc", "roc_auc", "ROC AUC, malignant against benign"},
    {"recall.mel", "recall", "Melanoma recall"},
    {"mel_sensitivity_at_90_specificity", "recall", "Melanoma sensitivity at 90 % specificity"},
    {"macro_f1", "f1", "Macro F1"},
    {"ece", "ece", "Expected calibration error"},
}};

std::string yaml_text(std::string_view text) {
  std::string yaml = "\"";
  for (char const character : text) {
    if (character == '"' || character == '\\') yaml += '\\';
    yaml += character;
  }
  return yaml + '"';
}

std::string part_of(std::string const& metric) { return metric.substr(0, metric.find('.')); }

std::string figure_of(std::string const& metric) { return metric.substr(metric.find('.') + 1); }

/// Metadata of the Hub (YAML), which its pages and searches read.
std::string front_matter(ModelCard const& card) {
  std::string const licence = card.licence.starts_with("CC BY-NC 4.0") ? "cc-by-nc-4.0"
                              : card.licence.starts_with("MIT")        ? "mit"
                                                                       : "other";
  std::string text =
      "---\nlicense: " + licence +
      "\npipeline_tag: image-classification\ntags:\n- image-classification\n- dermatoscopy\n- melanoma\n- "
      "onnx\n- openvino\nmetrics:\n- accuracy\n- recall\n- f1\n- roc_auc\nmodel-index:\n- name: " +
      yaml_text("nevus " + card.id + " " + card.version) +
      "\n  results:\n  - task:\n      type: image-classification\n      name: " +
      yaml_text("Classification of dermatoscopic photos") + "\n    dataset:\n      type: " + card.source.photos +
      "\n      name: " + yaml_text(data_name(card) + (card.split == "leaky_85_15" ? ", leaky split by image" : "")) +
      "\n      split: test\n    metrics:\n";
  for (auto const& metric : kHubMetrics) {
    auto const found = card.metrics.find("test." + std::string(metric.name));
    if (found == card.metrics.end()) continue;
    text += "    - type: " + std::string(metric.type) + "\n      name: " + yaml_text(metric.title) +
            "\n      value: " + three_digits(found->second.value) + "\n";
  }
  return text + "---\n\n";
}

std::string jpeg_words(PreprocessSpec const& spec) {
  if (spec.detail_jpeg_quality == 0) return "";
  return "; what was larger is coded as JPEG of quality " + std::to_string(spec.detail_jpeg_quality) +
         ", as the training photos are";
}

std::string head(ModelCard const& card) {
  auto const& spec = card.preprocess;
  return "# " + card.id + " " + card.version +
         "\n\nMade by `nevus-train` from `card.json`; do not edit.\n\nThe network " + card.architecture +
         " gives probabilities of the seven HAM10000 classes for a dermatoscopic photo. For research and teaching;\n"
         "no medical device, no diagnosis.\n\n| | |\n|---|---|\n| input | " +
         std::to_string(spec.width_px) + "x" + std::to_string(spec.height_px) +
         " RGB: the centred square of the photo, at most " + std::to_string(spec.detail_px) +
         " px of detail on its short side" + jpeg_words(spec) + " |\n| network | " +
         std::to_string(card.network_bytes) + " bytes, SHA-256 `" + card.network_sha256 + "` |\n| trained on | " +
         card.training_data + ", SHA-256 of the list `" + card.training_data_sha256 + "` |\n| code | " +
         card.code_commit + " |\n| calibration | " + calibration_text(card.calibration) + " |\n| licence | " +
         card.licence + " |\n\n";
}

/// What the figures are of, where the photos are not HAM10000's.
std::string honesty_elsewhere(ModelCard const& card) {
  if (card.source.photos == "synthetic") {
    return "Drawings of lesions by Nevus's own generator, none of which was trained on: the figures say nothing of "
           "photos "
           "of skin.";
  }
  std::string const known = "no lesion of theirs was trained on, as far as the data set's lesion ids tell.";
  if (card.split == "grouped") {
    return "Photos of " + data_name(card) +
           ". It has no validation or no test part of its own: a tenth of its lesions was kept apart for each;\n" +
           known;
  }
  if (card.split == "fold") {
    return "Photos of " + data_name(card) + ": one fold of a cross-validation (validation) and the test part;\n" +
           known;
  }
  return "Photos of the validation and test parts of " + data_name(card) + ", as it divides them;\n" + known;
}

std::string honesty(ModelCard const& card) {
  if (card.split == "leaky_85_15") {
    return "**LEAKY.** The photos were split at random by image, so many test photos show a lesion that was trained "
           "on, "
           "and the test\nphotos chose the epoch and the calibration. These figures only compare with others of the "
           "same "
           "protocol; the network is\nmuch worse on new patients.";
  }
  if (!is_ham10000(card) || card.split == "grouped") return honesty_elsewhere(card);
  if (card.split == "fold") {
    return "Photos of one fold of a cross-validation (validation) and of the fixed public test list of 1,503; no "
           "lesion "
           "of either was\ntrained on.";
  }
  return "Photos of the fixed public test list of 1,503 and of the validation part, none of whose lesions was trained "
         "on.";
}

std::string figures(ModelCard const& card) {
  std::string text =
      "## Figures\n\n" + honesty(card) +
      " In brackets\nthe 95 % interval from 1,000 bootstrap resamples of whole lesions. The validation part "
      "fitted the calibration.\n\n| figure | test | validation |\n|---|---|---|\n";
  for (auto const& [name, title] : kFigureTitles) {
    auto const on_test = "test." + std::string(name);
    auto const on_val = "val." + std::string(name);
    // Cards of before a figure was measured do not mention it.
    if (!card.metrics.contains(on_test) && !card.metrics.contains(on_val)) continue;
    text += "| " + std::string(title) + " | " + figure_cell(card.metrics, on_test) + " | " +
            figure_cell(card.metrics, on_val) + " |\n";
  }
  auto const nevus = std::size_t(LesionClass::kNv);
  auto const test = card.parts.find("test");
  bool const known = test != card.parts.end() && test->second.photos > 0;
  double const share =
      known ? double(test->second.classes[nevus]) / double(test->second.photos) : card.class_prior[nevus];
  return text + "\nThe constant answer \"nevus\" has a balanced accuracy of " + percent(1.0 / kLesionClassCount) +
         " and an accuracy equal to the share of nevi, " + percent(share) + " of the " + (known ? "test" : "training") +
         " photos.\n\n";
}

/// Figures of bench_heat.
struct HeatFigure {
  std::string_view name;
  std::string_view title;
};
constexpr std::string_view kHeatPart = "heat";
constexpr std::array<HeatFigure, 5> kHeatFigures{{
    {"heat.has_map", "Photos with a heat map for their answer"},
    {"heat.reliable", "Maps whose test of faithfulness says reliable"},
    {"heat.heat_in_lesion", "Share of the heat inside the lesion's mask"},
    {"heat.view_in_lesion", "The same of heat spread evenly over the network's view"},
    {"heat.peak_in_lesion", "Maps whose hottest cell lies in the lesion"},
}};

std::string heat_maps(ModelCard const& card) {
  if (!card.metrics.contains(std::string(kHeatFigures.front().name))) return "";
  std::string text =
      "## Heat maps\n\nOf the test photos, for the class that each was answered with, against HAM10000's lesion masks; "
      "measured by\n`bench_heat`. A reliable map is one whose hottest fifth, hidden, takes more from the answer than "
      "the "
      "same shape\nelsewhere (docs/results.md). In brackets the 95 % interval from 1,000 resamples of whole "
      "lesions.\n\n"
      "| figure | |\n|---|---|\n";
  for (auto const& [name, title] : kHeatFigures) {
    text += "| " + std::string(title) + " | " + figure_cell(card.metrics, std::string(name));
    auto const photos = card.metrics.find(std::string(name) + ".photos");
    if (photos != card.metrics.end()) text += ", of " + std::to_string(std::lround(photos->second.value)) + " photos";
    text += " |\n";
  }
  return text + "\n";
}

/// Parts beside test and val, such as the test photos in another view: whether sharper photos are read as well, and not
/// better because sharpness tells the class: VIEW-as-OTHER are the photos of VIEW as they look in OTHER.
std::string further_parts(ModelCard const& card) {
  std::set<std::string> parts;
  for (auto const& [name, metric] : card.metrics) parts.insert(part_of(name));
  parts.erase("test");
  parts.erase("val");
  parts.erase(std::string(kHeatPart));
  if (parts.empty()) return "";
  constexpr std::array<std::string_view, 2> kInTheirOwnTables{"ood.", "recall"};
  auto const is_here = [&](std::string const& figure) {
    return std::ranges::none_of(kInTheirOwnTables, [&](auto table) { return figure.starts_with(table); });
  };
  std::string text = "## Checks on other photos\n\n| photos | figure | |\n|---|---|---|\n";
  for (auto const& part : parts) {
    for (auto const& [name, metric] : card.metrics) {
      if (part_of(name) == part && is_here(figure_of(name)))
        text += "| " + part + " | " + figure_of(name) + " | " + with_interval_text(metric) + " |\n";
    }
  }
  return text + "\n";
}

std::string classes(ModelCard const& card) {
  std::string text = "| class | share in training | recall on test | precision on test |\n|---|---|---|---|\n";
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    std::string const id(kLesionClasses[c].id);
    text += "| " + std::string(kLesionClasses[c].display) + " (" + id + ") | " + percent(card.class_prior[c]) + " | " +
            figure_cell(card.metrics, "test.recall." + id) + " | " + figure_cell(card.metrics, "test.precision." + id) +
            " |\n";
  }
  return text + "\n";
}

/// The group with the lowest melanoma recall, as a sentence; empty where no group has one.
std::string worst_group(ModelCard const& card) {
  Subgroup const* worst = nullptr;
  for (auto const& group : card.subgroups) {
    if ((group.attribute != "sex" && group.attribute != "age") || !group.metrics.contains("recall.mel")) continue;
    if (worst == nullptr || group.metrics.at("recall.mel").value < worst->metrics.at("recall.mel").value)
      worst = &group;
  }
  if (worst == nullptr) return "";
  return "- By sex and age, melanoma is found least often in the group " + worst->attribute + " `" + worst->group +
         "`: recall " + with_interval_text(worst->metrics.at("recall.mel")) + ".\n";
}

std::string failures(ModelCard const& card) {
  std::vector<std::pair<double, std::string_view>> recalls;
  for (auto const& lesion_class : kLesionClasses) {
    auto const recall = card.metrics.find("test.recall." + std::string(lesion_class.id));
    if (recall != card.metrics.end()) recalls.emplace_back(recall->second.value, lesion_class.display);
  }
  std::ranges::sort(recalls);
  std::string text = "## Where it fails\n\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(3, recalls.size()); ++i) {
    text += "- " + std::string(recalls[i].second) + ": " + percent(1 - recalls[i].first) +
            " of the test photos get another first answer.\n";
  }
  text += worst_group(card);
  if (card.source.photos == "synthetic")
    return text + "- It knows drawings alone: what it says of a photo of skin means nothing.\n\n";
  if (!is_ham10000(card)) {
    return text +
           "- A lesion of another kind than its seven classes is answered with one of them. Such lesions, photos "
           "without a dermatoscope and skin types\n  that are rare among its photos are not measured.\n"
           "- How its photos were labelled is not known here.\n\n";
  }
  return text +
         "- A lesion of another kind than its seven classes is answered with one of them. Such lesions, photos without "
         "a "
         "dermatoscope, skin types\n  that are rare in HAM10000 (mostly Austrian and Australian patients with light "
         "skin) "
         "and children are not measured.\n"
         "- Labels of about half of the photos rest on follow-up or consensus, not on histology.\n\n";
}

std::string start_weights(ModelCard const& card) {
  std::string text;
  if (card.source.start_weights.find("ImageNet") == std::string::npos)
    return " Start weights: none; all was learnt from these " + std::string(photos_word(card)) + ".\n";
  if (card.architecture.find("efficientnet_lite") != std::string::npos)
    text += " Start weights: EfficientNet-Lite on\nImageNet, Apache-2.0.";
  if (card.architecture.find("efficientnet_b4_short") != std::string::npos) {
    text +=
        " Start weights of EfficientNet-B4:\nImageNet, published without the last block in the MIT-licensed repository "
        "LJ-9801/effinet_cudnn, which does not say\nwho trained them.";
  }
  return text + "\n";
}

}  // namespace

std::string model_card_markdown(ModelCard const& card) {
  auto text = front_matter(card) + head(card) + figures(card) + classes(card) + further_parts(card) +
              view_recall_tables(card.metrics);
  if (!card.subgroups.empty()) {
    text +=
        "## Groups of the test photos\n\n\"Too few\": the group is too small for the figure to mean something.\n\n" +
        subgroup_tables(card.subgroups, "###") + "\n";
  }
  return text + trust_sections(card) + heat_maps(card) + failures(card) + "## Data\n\n" + data_citation(card) +
         start_weights(card) +
         "\n## CLEAR Derm\n\nThe points of Daneshjou et al. 2022 (doi:10.1001/jamadermatol.2021.4915).\n\n" +
         clear_derm_table(card) +
         "\n## TRIPOD+AI\n\nThe items of Collins et al. 2024 (doi:10.1136/bmj-2023-078378).\n\n" + tripod_table(card);
}

}  // namespace nevus::evaluation
