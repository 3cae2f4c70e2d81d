// SPDX-License-Identifier: MIT
#include "nevus/training/calibrate.h"

#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/dataset/folder.h"

namespace nevus::cli {
namespace {

struct Options {
  std::string model;
  std::string data = default_data_root();
};

void show(ModelCard const& card, std::string const& figure) {
  auto const& metric = card.metrics.at(figure);
  std::array<char, 160> row{};
  std::snprintf(row.data(), row.size(), "  %-34s %.3f (%.3f to %.3f)\n", figure.c_str(), metric.value, metric.low,
                metric.high);
  std::cout << row.data();
}

/// The photos that the bundle's network was trained on and is measured on.
Result<Dataset> data_of(ModelCard const& card, std::filesystem::path const& data_root) {
  auto const& source = card.source;
  if (source.photos == "synthetic") {
    return fail(ErrorCode::kUsage, "model " + card.id +
                                       ": was trained on drawings, which are not kept; `publish` calibrates such a "
                                       "network");
  }
  if (source.photos == "ham10000" && card.split != "grouped")
    return dataset::read_ham10000(ham10000_below(data_root), source.view);
  return dataset::read_folder(data_root, {});
}

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const bundle, model::load_bundle(options.model));
  NEVUS_TRY(auto const data, data_of(bundle.card, options.data));
  NEVUS_TRY(auto const done, training::calibrate_bundle(options.model, data,
                                                        calibrate_options(bundle.card.source.photos, options.data)));
  std::array<char, 200> text{};
  std::snprintf(
      text.data(), text.size(),
      "log loss on val: %.4f as it is, on held-out folds %.4f with a temperature and %.4f with vector scaling; "
      "taken: %s\n",
      done.choice.raw_log_loss, done.choice.temperature_log_loss, done.choice.vector_log_loss,
      calibration_text(done.choice.chosen).c_str());
  std::cout << text.data();
  for (auto const* figure :
       {"test.accuracy", "test.balanced_accuracy", "test.macro_auc", "test.log_loss", "test.ece", "test.set90.coverage",
        "test.set90.size", "test.rule_out.sensitivity", "test.rule_out.specificity", "test.balanced.sensitivity",
        "test.balanced.specificity", "test.rule_in.sensitivity", "test.rule_in.specificity", "test.ood.rejected"})
    show(done.card, figure);
  std::cout << options.model << ": features.f32, card.json and MODEL_CARD.md are written\n";
  return {};
}

}  // namespace

void add_calibrate(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("calibrate",
                         "fit on val what answers rest on beside the network (calibration, prediction sets, "
                         "operating points, likeness), measure test and write it all into the bundle's card");
  command->add_option("--model", options->model, "folder of the bundle")->required();
  command->add_option("--data", options->data, kDataHelp);
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
