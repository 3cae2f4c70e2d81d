// SPDX-License-Identifier: MIT
// nevus completion: a script for the shell, made from the commands and options that the program itself knows.

#include "commands.h"
#include "terminal.h"

namespace nevus::app {
namespace {

std::string words_of(CLI::App const& command) {
  std::string words;
  for (auto const* inner : command.get_subcommands({})) words += inner->get_name() + " ";
  for (auto const* option : command.get_options()) {
    for (auto const& name : option->get_lnames()) words += "--" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

std::string bash_script(CLI::App const& program) {
  std::string cases;
  for (auto const* command : program.get_subcommands({})) {
    cases += "    " + command->get_name() + ") words=\"" + words_of(*command) + "\" ;;\n";
  }
  return "# To use: source <(nevus completion bash)\n"
         "_nevus() {\n"
         "  local words current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases +
         "    *) words=\"\" ;;\n"
         "  esac\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"" +
         words_of(program) +
         "\"; fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _nevus nevus\n";
}

}  // namespace

void add_completion(CLI::App& program, Action& chosen) {
  auto* const command = program.add_subcommand("completion", "Print a script that completes commands in the shell");
  auto* const bash = command->add_subcommand("bash", "For bash: source <(nevus completion bash)");
  command->require_subcommand(1);
  bash->callback([&program, &chosen] { chosen = [&program] { return print(bash_script(program)); }; });
}

}  // namespace nevus::app
