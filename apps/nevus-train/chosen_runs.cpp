// SPDX-License-Identifier: MIT
#include "commands.h"
#include "nevus/training/ensemble.h"

namespace nevus::cli {

void add_options(CLI::App& command, ChosenRuns& runs) {
  runs.data = default_data_root();
  command.add_option("--run", runs.folders, "run folder of fit; of several the mean of their logits answers")
      ->required();
  command.add_flag("--mirrored", runs.mirrored,
                   "answer with the mean over four mirrorings of the photo; costs as often");
  command.add_option("--data", runs.data, "folder that holds ham10000/ (default: $NEVUS_DATA or ../shared/data)");
}

Result<OpenedRuns> open_runs(ChosenRuns const& runs) {
  std::vector<std::filesystem::path> const folders(runs.folders.begin(), runs.folders.end());
  NEVUS_TRY(auto const config, training::load_config(folders.front() / "config.toml"));
  for (auto const& folder : folders) {
    NEVUS_TRY(auto const other, training::load_config(folder / "config.toml"));
    if (!(other.data.split_spec() == config.data.split_spec()))
      return fail(ErrorCode::kConfig, folder.string() + ": was not trained under the split of " +
                                          folders.front().string() + ", so the two cannot answer as one");
  }
  NEVUS_TRY(auto data, open_dataset(config, runs.data));
  NEVUS_TRY(auto trained, training::load_runs(folders, runs.mirrored, data));
  return OpenedRuns{std::move(data), std::move(trained)};
}

std::string shown(ChosenRuns const& runs) {
  auto text = runs.folders.front();
  for (std::size_t i = 1; i < runs.folders.size(); ++i) text += " + " + runs.folders[i];
  return text + (runs.mirrored ? ", mirrored" : "");
}

}  // namespace nevus::cli
