// SPDX-License-Identifier: MIT
#include "nevus/training/soup.h"

#include <iomanip>
#include <iostream>
#include <memory>

#include "commands.h"

namespace nevus::cli {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string out;
  std::string data = default_data_root();
};

Result<void> run(Options const& options) {
  NEVUS_TRY(auto const runs, with_data(options.runs, options.data));
  NEVUS_TRY(auto const record, training::make_soup(runs, options.out));
  std::cout << options.out << ": " << options.runs.size() << " networks averaged; on val: loss " << std::fixed
            << std::setprecision(4) << record.val_loss << "  accuracy " << record.val_accuracy << "  BACC "
            << record.val_balanced_accuracy << "  AUC " << record.val_macro_auc << '\n';
  return {};
}

}  // namespace

void add_soup(CLI::App& app, Result<void>& result) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("soup", "average the networks of several runs into a run folder");
  command->add_option("runs", options->runs, "run folders of fit")->required()->expected(2, 1000);
  command->add_option("--out", options->out, "the run folder to write")->required();
  command->add_option("--data", options->data, kDataHelp);
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace nevus::cli
