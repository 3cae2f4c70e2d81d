// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/dataset/dataset.h"

namespace nevus {

/// Where the network of a run comes from, as its folder says.
struct Provenance {
  std::string network;        ///< "efficientnet_lite0"
  std::string training_data;  ///< in words, what it was started from included
  std::string start_weights;  ///< "ImageNet" or "none"
  std::string code_commit;
};

namespace training {

/// Of a soup those of its runs. kNotFound, kIo, kData where run.json cannot be read.
[[nodiscard]] Result<std::vector<Provenance>> read_provenance(std::filesystem::path const& run_folder);

/// kData where the run was trained on other photos than those of `data`.
[[nodiscard]] Result<void> check_trained_on(std::filesystem::path const& run_folder, Dataset const& data);

/// run.json of a soup of these runs, which were trained on the same photos: what it says of each of them.
[[nodiscard]] Result<std::string> soup_facts(std::vector<std::filesystem::path> const& run_folders);

/// One text for several networks; each is named where they differ.
[[nodiscard]] std::string training_data_text(std::vector<Provenance> const& runs);
[[nodiscard]] std::string start_weights_text(std::vector<Provenance> const& runs);
[[nodiscard]] std::string code_commit_text(std::vector<Provenance> const& runs);

}  // namespace training
}  // namespace nevus
