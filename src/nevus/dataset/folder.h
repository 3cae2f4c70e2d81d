// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/dataset/layout.h"
#include "nevus/dataset/splits.h"

namespace nevus::dataset {

/// What Dataset::source calls the photos of a layout: "ham10000", "isic2018", "isic2019", "folders".
[[nodiscard]] std::string_view source_of(LayoutKind kind);

/// A data set to train on in any layout that `read_layout` knows, in the parts in which it lies. Where there is no val
/// or no test, a tenth of the lesions of train becomes it (`assign_folds`, so the same on every machine); such a split
/// is called "grouped". Then it is divided as `spec` says. kNotFound and kData as read_layout; kData where labelled
/// photos are missing, a lesion stands in two parts, or a class has no photo to train on.
[[nodiscard]] Result<Dataset> read_folder(std::filesystem::path const& root, SplitSpec const& spec);

}  // namespace nevus::dataset
