// SPDX-License-Identifier: MIT
#include "nevus/evaluation/model_card.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace nevus::evaluation {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kRows{{
    {"accuracy", "Accuracy of argmax p"},
    {"balanced_accuracy", "Balanced accuracy of argmax(p / prior)"},
    {"plain_balanced_accuracy", "Balanced accuracy of argmax p"},
    {"macro_auc", "Macro ROC AUC, one class against the rest"},
    {"malignant_auc", "ROC AUC, malignant against benign"},
    {"mel_sensitivity_at_90_specificity", "Melanoma sensitivity at 90 % specificity"},
    {"macro_f1", "Macro F1"},
    {"weighted_f1", "Weighted F1"},
    {"log_loss", "Log loss"},
    {"ece", "Expected calibration error, 15 bins"},
    {"brier", "Brier score"},
}};

std::string cell(ModelCard const& card, std::string const& key) {
  auto const found = card.metrics.find(key);
  if (found == card.metrics.end()) return "not measured";
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << found->second.value << " (" << found->second.low << " to "
       << found->second.high << ')';
  return text.str();
}

std::string percent(double share) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << 100 * share << " %";
  return text.str();
}

void write_figures(std::ostringstream& out, ModelCard const& card) {
  out << "## Figures\n\n"
         "Photos of the fixed public test list of 1,503 and of the validation part, none of whose lesions was trained "
         "on. In brackets\n"
         "the 95 % interval from 1,000 bootstrap resamples of whole lesions. The validation part fitted the "
         "temperature.\n\n"
         "| figure | test | validation |\n|---|---|---|\n";
  for (auto const& [key, title] : kRows) {
    out << "| " << title << " | " << cell(card, "test." + std::string(key)) << " | "
        << cell(card, "val." + std::string(key)) << " |\n";
  }
  auto const nevus = std::size_t(LesionClass::kNv);
  out << "\nThe constant answer \"nevus\" has a balanced accuracy of " << percent(1.0 / kLesionClassCount)
      << " and an accuracy equal to the share of nevi, " << percent(card.class_prior[nevus])
      << " of the training photos.\n\n";
}

void write_classes(std::ostringstream& out, ModelCard const& card) {
  out << "| class | share in training | recall on test | precision on test |\n|---|---|---|---|\n";
  std::vector<std::pair<double, std::string_view>> recalls;
  for (std::size_t c = 0; c < kLesionClassCount; ++c) {
    auto const& lesion_class = kLesionClasses[c];
    std::string const id(lesion_class.id);
    out << "| " << lesion_class.display << " (" << id << ") | " << percent(card.class_prior[c]) << " | "
        << cell(card, "test.recall." + id) << " | " << cell(card, "test.precision." + id) << " |\n";
    auto const recall = card.metrics.find("test.recall." + id);
    if (recall != card.metrics.end()) recalls.emplace_back(recall->second.value, lesion_class.display);
  }
  out << "\n## Where it fails\n\n";
  std::sort(recalls.begin(), recalls.end());
  for (std::size_t i = 0; i < std::min<std::size_t>(3, recalls.size()); ++i) {
    out << "- " << recalls[i].second << ": " << percent(1 - recalls[i].first)
        << " of the test photos get another first answer.\n";
  }
  out << "- It answers one of its seven classes whatever it is shown. Lesions of other kinds, photos without a "
         "dermatoscope, skin types\n"
         "  that are rare in HAM10000 (mostly Austrian and Australian patients with light skin) and children are not "
         "measured.\n"
         "- Labels of about half of the photos rest on follow-up or consensus, not on histology.\n\n";
}

}  // namespace

std::string model_card_markdown(ModelCard const& card) {
  std::ostringstream out;
  out << "---\nlicense: cc-by-nc-4.0\ntags:\n- image-classification\n- dermatoscopy\ndatasets:\n- HAM10000\n---\n\n"
      << "# " << card.id << ' ' << card.version << "\n\n"
      << "Made by `nevus-train export` from `card.json`; do not edit.\n\n"
      << "The network " << card.architecture
      << " gives probabilities of the seven HAM10000 classes for a dermatoscopic photo. For research and "
         "teaching;\n"
      << "no medical device, no diagnosis.\n\n"
      << "| | |\n|---|---|\n"
      << "| input | " << card.preprocess.width_px << "x" << card.preprocess.height_px
      << " RGB: the centred square of the photo, at most " << card.preprocess.detail_px
      << " px of detail on its short side |\n"
      << "| network | " << card.network_bytes << " bytes, SHA-256 `" << card.network_sha256 << "` |\n"
      << "| trained on | " << card.training_data << ", SHA-256 of the list `" << card.training_data_sha256 << "` |\n"
      << "| code | " << card.code_commit << " |\n"
      << "| calibration | softmax(logits / " << card.temperature << ") |\n"
      << "| licence | " << card.licence << " |\n\n";
  write_figures(out, card);
  write_classes(out, card);
  out << "## Data\n\nHAM10000: Tschandl, Rosendahl, Kittler 2018, doi:10.7910/DVN/DBW86T, CC BY-NC 4.0. Start weights: "
         "EfficientNet-Lite on\n"
         "ImageNet, Apache-2.0.\n";
  return out.str();
}

}  // namespace nevus::evaluation
