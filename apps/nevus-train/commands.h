// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

#include <string>
#include <vector>

#include "nevus/base/result.h"
#include "nevus/dataset/dataset.h"
#include "nevus/training/bundle_export.h"
#include "nevus/training/calibrate.h"
#include "nevus/training/config.h"

namespace nevus::cli {

/// Each adds a subcommand and stores its error, if any, in `result` when it runs.
void add_fit(CLI::App& app, Result<void>& result);
void add_evaluate(CLI::App& app, Result<void>& result);
void add_export(CLI::App& app, Result<void>& result);
void add_publish(CLI::App& app, Result<void>& result);
void add_calibrate(CLI::App& app, Result<void>& result);
void add_data(CLI::App& app, Result<void>& result);
void add_describe(CLI::App& app, Result<void>& result);
void add_bench(CLI::App& app, Result<void>& result);
void add_soup(CLI::App& app, Result<void>& result);
void add_augmentations(CLI::App& app, Result<void>& result);

/// Says on standard output what was written, and how closely it was compared.
void show_exported(ExportedBundle const& exported);

/// The data set that the recipe names; `data_root` is the folder that holds ham10000/, or HAM10000 itself, or for
/// data.source = "folder" any data set.
[[nodiscard]] Result<Dataset> open_dataset(TrainingConfig const& config, std::filesystem::path const& data_root);

/// Where HAM10000 lies, whether it is there or not.
[[nodiscard]] std::filesystem::path ham10000_below(std::filesystem::path const& data_root);

/// What `calibrate` is told of the photos of a network with this source.
[[nodiscard]] CalibrateOptions calibrate_options(std::string const& source, std::filesystem::path const& data_root);

/// What --data is, for every help text.
inline constexpr char const* kDataHelp =
    "folder that holds ham10000/, or a data set as data.md lists them (default: $NEVUS_DATA or ../shared/data)";

/// Runs of fit whose networks are taken as one, and the data that they were trained on.
struct ChosenRuns {
  std::vector<std::string> folders;
  bool mirrored = false;
  std::string data;
};
void add_options(CLI::App& command, ChosenRuns& runs);

struct OpenedRuns {
  Dataset data;  ///< by the recipe of the first; all have its train, val and test
  training::TrainedNetwork trained;
};
[[nodiscard]] Result<OpenedRuns> open_runs(ChosenRuns const& runs);
/// Each run with the data of its own recipe.
[[nodiscard]] Result<std::vector<training::RunOnData>> with_data(std::vector<std::string> const& folders,
                                                                 std::filesystem::path const& data_root);
[[nodiscard]] std::string shown(ChosenRuns const& runs);

/// The commit that ./train found the working tree at (NEVUS_COMMIT), or "unknown".
[[nodiscard]] std::string code_commit();

/// NEVUS_DATA or ../shared/data.
[[nodiscard]] std::string default_data_root();

/// NEVUS_WEIGHTS, or weights/ beside the data.
[[nodiscard]] std::filesystem::path default_weights_folder(std::filesystem::path const& data_root);

}  // namespace nevus::cli
