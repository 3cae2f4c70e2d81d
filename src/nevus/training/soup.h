// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "nevus/dataset/dataset.h"
#include "nevus/training/fit.h"

namespace nevus::training {

/// A model soup (Wortsman et al. 2022): the mean of the weights of several runs' networks, with batch statistics
/// measured again on the training photos, as a run folder that evaluate and export accept; its recipe is that of the
/// first run, and its run.json holds those of all. kUsage for fewer than two runs or a folder that holds a run already;
/// kConfig where the runs' networks, inputs or class frequencies (see prior_shift; each by its own data) differ.
/// Returns the validation figures, which are also its log.
[[nodiscard]] Result<EpochRecord> make_soup(std::vector<RunOnData> const& runs, std::filesystem::path const& out);

}  // namespace nevus::training
