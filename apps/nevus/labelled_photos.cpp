// SPDX-License-Identifier: MIT
#include "labelled_photos.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

namespace nevus::app {
namespace {

namespace fs = std::filesystem;

std::string part_words(PartChoice part) {
  switch (part) {
    case PartChoice::kVal:
      return "val";
    case PartChoice::kAll:
      return "all";
    case PartChoice::kDefault:
    case PartChoice::kTest:
      break;
  }
  return "test";
}

bool chosen(std::map<std::string, SplitPart> const& parts, std::string const& id, PartChoice part) {
  if (part == PartChoice::kAll) return true;
  auto const found = parts.find(id);
  return found != parts.end() && found->second == (part == PartChoice::kVal ? SplitPart::kVal : SplitPart::kTest);
}

}  // namespace

Result<LabelledPhotos> open_labelled_photos(LabelledPhotosOptions const& options) {
  fs::path const labels = options.labels;
  auto const split = labels.parent_path() / "split.csv";
  NEVUS_TRY(auto list, dataset::read_label_list(labels));
  LabelledPhotos labelled;
  labelled.title = labels.filename().string();
  labelled.notes.push_back("Labels: " + std::string(name(list.form)) + ".");
  if (list.outside_classes > 0) {
    labelled.notes.push_back(std::to_string(list.outside_classes) +
                             " rows left out: their lesion is none of the seven classes (UNK).");
  }
  std::error_code error;
  if (fs::is_regular_file(split, error)) {
    NEVUS_TRY(auto const parts, dataset::read_split_parts(split));
    for (auto const& sample : list.samples) {
      auto const part = parts.find(sample.image_id);
      if (part != parts.end() && part->second == SplitPart::kTrain) labelled.listed_for_training.push_back(sample);
    }
    std::erase_if(list.samples, [&](Sample const& sample) { return !chosen(parts, sample.image_id, options.part); });
    labelled.title += ", part " + part_words(options.part);
  } else if (options.part == PartChoice::kTest || options.part == PartChoice::kVal) {
    return fail(ErrorCode::kUsage, "--part " + part_words(options.part) + ": there is no " + split.string() +
                                       " that says which photos these are");
  }
  NEVUS_TRY(auto found, dataset::find_photos(std::move(list.samples), options.images));
  if (found.samples.empty()) {
    return fail(ErrorCode::kData, options.images + ": holds none of the " + std::to_string(found.missing.size()) +
                                      " photos of " + labelled.title);
  }
  labelled.samples = std::move(found.samples);
  labelled.missing = std::move(found.missing);
  return labelled;
}

std::vector<std::string> training_notes(LabelledPhotos const& labelled, ModelCard const& card) {
  if (labelled.listed_for_training.empty())
    return {"Whether the network was trained on some of these photos is not known here: its card says \"" +
            card.training_data + "\"."};
  if (dataset::content_sha256(labelled.listed_for_training) != card.training_data_sha256) {
    return {
        "The network was not trained on the list in split.csv (other SHA-256), so it may have been trained on some of "
        "these photos; its card says \"" +
        card.training_data + "\"."};
  }
  std::unordered_set<std::string_view> ids;
  std::unordered_set<std::string_view> lesion_ids;
  for (auto const& sample : labelled.listed_for_training) {
    ids.insert(sample.image_id);
    if (!sample.lesion_id.empty()) lesion_ids.insert(sample.lesion_id);
  }
  std::size_t trained = 0;
  std::size_t of_trained_lesions = 0;
  for (auto const& sample : labelled.samples) {
    bool const itself = ids.contains(sample.image_id);
    if (itself) ++trained;
    if (itself || lesion_ids.contains(sample.lesion_id)) ++of_trained_lesions;
  }
  if (of_trained_lesions == 0)
    return {"None of these lesions was trained on (split.csv, whose list has the SHA-256 of the card)."};
  return {"NOT AN HONEST TEST: the network was trained on " + std::to_string(trained) + " of these " +
          std::to_string(labelled.samples.size()) + " photos, and " + std::to_string(of_trained_lesions) +
          " show a lesion that it was trained on."};
}

}  // namespace nevus::app
