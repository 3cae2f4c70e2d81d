// SPDX-License-Identifier: MIT
// nevus audit: whether the audit log is as it was written.

#include "nevus/report/audit.h"

#include <memory>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace nevus::app {
namespace {

struct AuditOptions {
  PlaceOptions places;
  std::string log;
  std::string known_hash;
};

Result<void> verify(AuditOptions const& options) {
  NEVUS_TRY(auto const settings, read_settings(options.places));
  auto const log = options.log.empty() ? settings.audit_log : std::filesystem::path(options.log);
  if (log.empty()) {
    return fail(ErrorCode::kUsage,
                "there is no audit log: name its file, or set audit_log; see `nevus audit verify --help`");
  }
  NEVUS_TRY(auto const summary, report::verify_audit_log(log, options.known_hash));
  return print(log.string() + ": " + std::to_string(summary.records) + " records, none changed; the last hash is " +
               summary.last_hash + "\n");
}

}  // namespace

void add_audit(CLI::App& program, Action& chosen) {
  auto const options = std::make_shared<AuditOptions>();
  auto* const command = program.add_subcommand("audit", "Check the log of all answers");
  auto* const verify_command = command->add_subcommand("verify", "Find any change of the log since it was written");
  verify_command->add_option("LOG", options->log, "Log; without it that of the setting audit_log")->type_name("FILE");
  verify_command
      ->add_option("--known-hash", options->known_hash,
                   "A hash that an earlier check gave; it must still be there, or the log's end is missing")
      ->type_name("HASH");
  add_place_options(*verify_command, options->places);
  command->require_subcommand(1);
  verify_command->callback([options, &chosen] { chosen = [options] { return verify(*options); }; });
}

}  // namespace nevus::app
