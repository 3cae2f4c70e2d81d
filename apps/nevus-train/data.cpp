// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <iostream>
#include <memory>

#include "commands.h"
#include "nevus/dataset/check.h"

namespace nevus::cli {
namespace {

Result<void> check(std::string const& folder) {
  NEVUS_TRY(auto const layout, dataset::read_layout(folder));
  bool const terminal = isatty(STDERR_FILENO) == 1;
  auto const found = dataset::check(layout, [terminal](std::size_t done, std::size_t all) {
    if (terminal && (done % 100 == 0 || done == all))
      std::cerr << "\r" << done << " of " << all << " photos" << std::flush;
  });
  if (terminal) std::cerr << "\r\x1b[2K";
  std::cout << found.report;
  if (found.problems.empty()) return {};
  return fail(
      ErrorCode::kData,
      folder + ": " + found.problems.front() +
          (found.problems.size() == 1 ? "" : "; and " + std::to_string(found.problems.size() - 1) + " more problems"));
}

}  // namespace

void add_data(CLI::App& app, Result<void>& result) {
  auto folder = std::make_shared<std::string>();
  auto* data = app.add_subcommand("data", "look after data sets");
  data->require_subcommand(1);
  auto* command = data->add_subcommand(
      "check", "say how a folder is laid out, decode every photo and name what is missing, damaged, doubled or leaked");
  command->add_option("DIR", *folder, "folder of HAM10000, ISIC 2018 Task 3, ISIC 2019, or of a folder for each class")
      ->required();
  command->callback([folder, &result] { result = check(*folder); });
}

}  // namespace nevus::cli
