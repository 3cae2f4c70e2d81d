// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "nevus/dataset/labels.h"
#include "nevus/model/bundle.h"

namespace nevus::app {

enum class PartChoice { kDefault, kTest, kVal, kAll };

struct LabelledPhotosOptions {
  std::string images;
  std::string labels;
  PartChoice part = PartChoice::kDefault;
};

/// The photos to evaluate on, and what is to be said about the choice.
struct LabelledPhotos {
  std::string title;  ///< "HAM10000_metadata.csv, part test"
  std::vector<Sample> samples;
  std::vector<std::string> missing;  ///< ids without a photo
  std::vector<std::string> notes;
  std::vector<Sample> listed_for_training;  ///< the rows of split.csv's part train; empty without one
};

/// Reads the labels, takes the chosen part where a split.csv stands beside them (test unless chosen otherwise), and
/// finds the photos. kUsage where a part is asked for and there is no split.csv; kData where no photo is found.
[[nodiscard]] Result<LabelledPhotos> open_labelled_photos(LabelledPhotosOptions const& options);

/// Whether the network of `card` was trained on some of the photos, as far as the split.csv lets it be known.
[[nodiscard]] std::vector<std::string> training_notes(LabelledPhotos const& labelled, ModelCard const& card);

}  // namespace nevus::app
