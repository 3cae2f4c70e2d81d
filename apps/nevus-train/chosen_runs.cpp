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
  command.add_option("--data", runs.data, kDataHelp);
}

Result<std::vector<training::RunOnData>> with_data(std::vector<std::string> const& folders,
                                                   std::filesystem::path const& data_root) {
  std::vector<training::RunOnData> runs;
  for (std::filesystem::path const folder : folders) {
    NEVUS_TRY(auto const config, training::load_config(folder / "config.toml"));
    NEVUS_TRY(auto data, open_dataset(config, data_root));
    runs.push_back({folder, std::move(data)});
  }
  return runs;
}

Result<OpenedRuns> open_runs(ChosenRuns const& chosen) {
  NEVUS_TRY(auto runs, with_data(chosen.folders, chosen.data));
  NEVUS_TRY(auto trained, training::load_runs(runs, chosen.mirrored));
  return OpenedRuns{std::move(runs.front().data), std::move(trained)};
}

std::string shown(ChosenRuns const& runs) {
  auto text = runs.folders.front();
  for (std::size_t i = 1; i < runs.folders.size(); ++i) text += " + " + runs.folders[i];
  return text + (runs.mirrored ? ", mirrored" : "");
}

}  // namespace nevus::cli
