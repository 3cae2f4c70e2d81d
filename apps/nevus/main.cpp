// SPDX-License-Identifier: MIT
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands.h"
#include "nevus/report/facts.h"
#include "terminal.h"

namespace nevus::app {
namespace {

/// Levenshtein distance.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

/// The innermost subcommand that the command line reached.
CLI::App const& reached(CLI::App const& program) {
  auto const inner = program.get_subcommands();
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): main's program, never a temporary one
  return inner.empty() ? program : reached(*inner.back());
}

std::string full_name(CLI::App const& command) {
  auto const* const parent = command.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ") + command.get_name();
}

std::string see_help(CLI::App const& command) { return "; see `" + full_name(command) + " --help`"; }

std::string did_you_mean(std::string const& word, CLI::App const& command) {
  constexpr std::size_t kMostEdits = 2;
  std::vector<std::string> known;
  if (word.starts_with('-')) {
    for (auto const* option : command.get_options()) {
      for (auto const& name : option->get_lnames()) known.push_back("--" + name);
    }
  } else {
    for (auto const* inner : command.get_subcommands({})) known.push_back(inner->get_name());
  }
  auto const flag = word.substr(0, word.find('='));
  for (auto const& name : known) {
    if (edits_between(flag, name) <= kMostEdits) return "; did you mean " + name + "?";
  }
  return see_help(command);
}

/// One sentence for whatever is wrong with the command line.
std::string usage_message(CLI::App const& program, CLI::ParseError const& error) {
  auto const& command = reached(program);
  auto const unknown = program.remaining(true);
  if (!unknown.empty()) {
    auto const& word = unknown.front();
    auto const* const kind = word.starts_with('-')                 ? "there is no option "
                             : command.get_subcommands({}).empty() ? "nothing is expected after the options: "
                                                                   : "there is no command ";
    return kind + word + did_you_mean(word, command);
  }
  bool const command_missing = dynamic_cast<CLI::RequiredError const*>(&error) != nullptr &&
                               command.get_require_subcommand_min() > 0 && command.get_subcommands().empty();
  return (command_missing ? "a command is needed" : std::string(error.what())) + see_help(command);
}

void describe(CLI::App& program, Action& chosen) {
  program.description(
      "Reads dermatoscopic photos of skin lesions: how good the photo is, how likely each of seven\n"
      "classes is, and how urgent. Everything happens on this machine.");
  program.footer("\n" + std::string(kDisclaimer));
  program.set_version_flag("--version", "nevus " NEVUS_VERSION);
  program.require_subcommand(1);
  add_analyze(program, chosen);
  add_batch(program, chosen);
  add_serve(program, chosen);
  add_evaluate(program, chosen);
  add_models(program, chosen);
  add_audit(program, chosen);
  add_doctor(program, chosen);
  add_completion(program, chosen);
}

int run(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("nevus"));
  spdlog::set_level(spdlog::level::warn);
  CLI::App program("", "nevus");
  Action chosen;
  describe(program, chosen);
  // CLI11 takes them from the last to the first.
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::ranges::reverse(arguments);
  try {
    program.parse(std::move(arguments));
  } catch (CLI::Success const& answer) {  // --help or --version
    return program.exit(answer);
  } catch (CLI::ParseError const& error) {
    complain(usage_message(program, error));
    return info(ErrorCode::kUsage).exit_code;
  }
  auto const result = chosen();
  if (result) return 0;
  complain(result.error().message);
  return info(result.error().code).exit_code;
}

}  // namespace
}  // namespace nevus::app

int main(int argc, char** argv) {
  try {
    return nevus::app::run(argc, argv);
  } catch (std::exception const& bug) {
    nevus::app::complain("this is a bug in Nevus: " + std::string(bug.what()));
    return nevus::info(nevus::ErrorCode::kInternal).exit_code;
  }
}
