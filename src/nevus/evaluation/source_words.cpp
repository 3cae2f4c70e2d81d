// SPDX-License-Identifier: MIT
#include "nevus/evaluation/source_words.h"

namespace nevus::evaluation {
namespace {

bool is_synthetic(ModelCard const& card) { return card.source.photos == "synthetic"; }

}  // namespace

bool is_ham10000(ModelCard const& card) { return card.source.photos == "ham10000"; }

std::string data_name(ModelCard const& card) {
  if (card.source.photos == "isic2018") return "ISIC 2018 Task 3";
  if (card.source.photos == "isic2019") return "ISIC 2019";
  if (card.source.photos == "folders") return "photos in a folder for each class";
  return is_synthetic(card) ? "synthetic lesions" : "HAM10000";
}

std::string data_citation(ModelCard const& card) {
  if (card.source.photos == "isic2018")
    return "ISIC 2018 Task 3: HAM10000 (Tschandl, Rosendahl, Kittler 2018) and Codella et al. 2019, arXiv:1902.03368, "
           "CC "
           "BY-NC 4.0.";
  if (card.source.photos == "isic2019")
    return "ISIC 2019: HAM10000 (Tschandl et al. 2018), BCN20000 (Combalia et al. 2019) and MSK (Codella et al. 2018), "
           "CC "
           "BY-NC 4.0.";
  if (card.source.photos == "folders") return "Photos that somebody sorted into a folder for each class.";
  if (is_synthetic(card)) return "Drawings by Nevus itself (`src/nevus/model/synthetic_lesion.h`), no photos.";
  return "HAM10000: Tschandl, Rosendahl, Kittler 2018, doi:10.7910/DVN/DBW86T, CC BY-NC 4.0.";
}

std::string_view photos_word(ModelCard const& card) { return is_synthetic(card) ? "drawings" : "photos"; }

std::string by_source(ModelCard const& card, std::string_view of_ham10000) {
  if (is_ham10000(card)) return std::string(of_ham10000);
  if (is_synthetic(card)) return "Does not apply: drawings by Nevus itself, of no patient";
  return "Not known here of " + data_name(card);
}

}  // namespace nevus::evaluation
