// SPDX-License-Identifier: MIT
// nevus models: what is installed, what its card says, whether it is whole.

#include <spdlog/fmt/fmt.h>
#include <memory>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace nevus::app {
namespace {

struct ModelsOptions {
  PlaceOptions places;
  std::string id;
  bool as_json = false;
};

double megabytes(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

Result<std::vector<std::filesystem::path>> installed(PlaceOptions const& places) {
  auto const root = models_folder(places);
  auto bundles = model::find_bundles(root);
  if (bundles.empty()) return fail(ErrorCode::kModelNotFound, root.string() + ": there is no model in this folder");
  return bundles;
}

std::string metric_text(Metric const& metric) {
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", metric.value, metric.low, metric.high);
}

Result<void> list(ModelsOptions const& options) {
  NEVUS_CHECK(read_settings(options.places).map([](auto const&) {}));
  NEVUS_TRY(auto const bundles, installed(options.places));
  std::string text = fmt::format("{:<10} {:<11} {:>7}  {:<27} {}\n", "model", "version", "size",
                                 "balanced accuracy on test", "network");
  std::optional<Error> first_problem;
  for (auto const& folder : bundles) {
    auto const bundle = model::load_bundle(folder);
    if (!bundle) {
      complain(bundle.error().message);
      if (!first_problem) first_problem = bundle.error();
      text += fmt::format("{:<10} refused\n", folder.filename().string());
      continue;
    }
    auto const& card = bundle->card;
    auto const metric = card.metrics.find("test.balanced_accuracy");
    text += fmt::format("{:<10} {:<11} {:>4.1f} MB  {:<27} {}\n", card.id, card.version, megabytes(card.network_bytes),
                        metric == card.metrics.end() ? "not measured" : metric_text(metric->second), card.architecture);
  }
  NEVUS_CHECK(print(text));
  if (first_problem) return fail(first_problem->code, "not every model is fit for use");
  return {};
}

std::string description(ModelBundle const& bundle) {
  auto const& card = bundle.card;
  auto const& input = card.preprocess;
  auto const row = [](std::string_view label, std::string const& value) {
    return fmt::format("  {:<18} {}\n", label, value);
  };
  std::string text = fmt::format("{} {}\n\n", card.id, card.version);
  text += row("network", card.architecture) + row("folder", bundle.folder.string());
  text += row("size", fmt::format("{:.1f} MB", megabytes(card.network_bytes))) + row("sha256", card.network_sha256);
  text += row("input", fmt::format("{}x{} px, detail up to {} px", input.width_px, input.height_px, input.detail_px));
  text += row("calibration", calibration_text(card.calibration));
  text += row("training data", card.training_data) + row("code", card.code_commit) + row("licence", card.licence);
  if (!card.metrics.empty()) text += "\n  figures, each with its 95 % interval\n";
  for (auto const& [name, metric] : card.metrics) text += fmt::format("    {:<40} {}\n", name, metric_text(metric));
  return text;
}

Result<void> show(ModelsOptions const& options) {
  NEVUS_TRY(auto const settings, read_settings(options.places));
  NEVUS_TRY(auto const bundle, load_bundle(options.id, options.places, settings));
  return print(options.as_json ? model::to_json(bundle.card) + "\n" : description(bundle));
}

/// Checksum, form and the canary's logits.
Result<void> check(std::filesystem::path const& folder) {
  NEVUS_TRY(auto const bundle, model::load_bundle(folder));
  NEVUS_TRY(auto const classifier, Classifier::load(bundle));
  return print(fmt::format("{} {}: checksum, form and canary are right\n", bundle.card.id, bundle.card.version));
}

Result<void> verify(ModelsOptions const& options) {
  NEVUS_CHECK(read_settings(options.places).map([](auto const&) {}));
  NEVUS_TRY(auto const bundles, installed(options.places));
  std::optional<Error> first_problem;
  for (auto const& folder : bundles) {
    auto const checked = check(folder);
    if (checked) continue;
    if (!first_problem) {
      first_problem = checked.error();
    } else {
      complain(checked.error().message);
    }
  }
  if (first_problem) return tl::unexpected<Error>(*first_problem);
  return {};
}

}  // namespace

void add_models(CLI::App& program, Action& chosen) {
  auto const options = std::make_shared<ModelsOptions>();
  auto* const command =
      program.add_subcommand("models", "Show and check the models that are installed (default: list)");
  auto* const list_command = command->add_subcommand("list", "One line a model");
  auto* const show_command = command->add_subcommand("show", "What a model's card says");
  show_command->add_option("ID", options->id, "Model")->required();
  show_command->add_flag("--json", options->as_json, "The card as it is in the bundle");
  auto* const verify_command = command->add_subcommand("verify", "Check every model's checksum, form and canary");
  command->require_subcommand(0, 1);
  for (auto* place : {command, list_command, show_command, verify_command}) add_place_options(*place, options->places);

  command->callback([options, &chosen, command] {
    if (command->get_subcommands().empty()) chosen = [options] { return list(*options); };
  });
  list_command->callback([options, &chosen] { chosen = [options] { return list(*options); }; });
  show_command->callback([options, &chosen] { chosen = [options] { return show(*options); }; });
  verify_command->callback([options, &chosen] { chosen = [options] { return verify(*options); }; });
}

}  // namespace nevus::app
