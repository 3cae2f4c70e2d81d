// SPDX-License-Identifier: MIT
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "nevus/dataset/folder.h"

namespace nevus::cli {
namespace {

constexpr std::array<char const*, 2> kSharperViews{"images-300x225", "crops-224-hair-removed"};

std::string environment_or(char const* name, char const* fallback) {
  char const* const set = std::getenv(name);
  return set != nullptr && *set != '\0' ? set : fallback;
}

}  // namespace

Result<Dataset> open_dataset(TrainingConfig const& config, std::filesystem::path const& data_root) {
  if (config.data.source == "synthetic")
    return dataset::synthetic(std::size_t(config.data.synthetic_per_class), config.optimization.seed);
  if (config.data.source == "folder") return dataset::read_folder(data_root, config.data.split_spec());
  auto const root = ham10000_below(data_root);
  NEVUS_TRY(auto data, dataset::read_ham10000(root, config.data.view, config.data.split_spec()));
  for (auto const* view : kSharperViews) {
    std::error_code error;
    if (!config.data.sharper_views && !std::filesystem::exists(root / view, error)) continue;
    NEVUS_TRY(auto const sharper, dataset::in_sharper_view(data.train, root, view));
    NEVUS_TRY(auto const sharper_val, dataset::in_sharper_view(data.val, root, view));
    if (config.data.sharper_views) data.sharper.insert(data.sharper.end(), sharper.begin(), sharper.end());
    data.sharper_val.insert(data.sharper_val.end(), sharper_val.begin(), sharper_val.end());
  }
  std::vector<Sample> extra;
  std::vector<Sample> pretraining;
  if (config.data.isic2017) {
    NEVUS_TRY(extra, dataset::read_isic2017(data_root / "isic2017"));
  }
  if (config.has_pretraining()) {
    NEVUS_TRY(pretraining, dataset::read_isic2019(data_root / "isic2019-84px"));
  }
  NEVUS_CHECK(dataset::add_foreign(data, std::move(extra), std::move(pretraining)));
  return data;
}

std::filesystem::path ham10000_below(std::filesystem::path const& data_root) {
  // Of several data sets, or HAM10000 alone as it was downloaded.
  std::error_code error;
  return std::filesystem::exists(data_root / "HAM10000_metadata.csv", error) ? data_root : data_root / "ham10000";
}

CalibrateOptions calibrate_options(std::string const& source, std::filesystem::path const& data_root) {
  CalibrateOptions options;
  if (source != "ham10000") return options;
  for (auto const* view : kSharperViews) options.further_views.push_back(ham10000_below(data_root) / view);
  return options;
}

std::string default_data_root() { return environment_or("NEVUS_DATA", "../shared/data"); }
std::filesystem::path default_weights_folder(std::filesystem::path const& data_root) {
  return environment_or("NEVUS_WEIGHTS", (data_root / "../weights").lexically_normal().c_str());
}
std::string code_commit() { return environment_or("NEVUS_COMMIT", "unknown"); }

}  // namespace nevus::cli

namespace {

int finish(nevus::Error const& error) {
  std::cerr << "nevus-train: " << error.message << '\n';
  return nevus::info(error.code).exit_code;
}

int run(int argc, char** argv) {
  // Activations of tens of megabytes come and go with every batch: keep their pages instead of returning them to the
  // system and having them cleared again (about a fifth faster).
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 256 << 20);
  CLI::App app("nevus-train makes, evaluates and exports the networks that nevus serves", "nevus-train");
  app.require_subcommand(1);
  app.set_version_flag("--version", NEVUS_VERSION);
  nevus::Result<void> result;
  nevus::cli::add_fit(app, result);
  nevus::cli::add_evaluate(app, result);
  nevus::cli::add_export(app, result);
  nevus::cli::add_publish(app, result);
  nevus::cli::add_calibrate(app, result);
  nevus::cli::add_data(app, result);
  nevus::cli::add_describe(app, result);
  nevus::cli::add_bench(app, result);
  nevus::cli::add_soup(app, result);
  nevus::cli::add_augmentations(app, result);
  // CLI11 takes them from the last to the first.
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::ranges::reverse(arguments);
  try {
    app.parse(std::move(arguments));
  } catch (CLI::Success const& help) {
    return app.exit(help);
  } catch (CLI::ParseError const& error) {
    return finish({nevus::ErrorCode::kUsage, std::string(error.what()) + "; see nevus-train --help"});
  }
  return result ? 0 : finish(result.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (std::exception const& bug) {
    return finish({nevus::ErrorCode::kInternal, bug.what()});
  }
}
