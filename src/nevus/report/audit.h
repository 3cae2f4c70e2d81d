// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "nevus/analysis/analyze.h"
#include "nevus/report/occasion.h"

namespace nevus {

/// What an unbroken audit log holds.
struct AuditSummary {
  std::size_t records = 0;
  std::string last_hash;  ///< of the last record; of none: 64 zeros
};

namespace report {

// The audit log (docs/audit-log.md): JSON Lines, one record an answer, each with the SHA-256 of itself and of the
// record before it, so that no record can be changed, moved, added or taken out in the middle without breaking the
// chain. No pixels, no file names.

/// Adds a record to `log`, which is made where it is not there, and syncs it to the disk. `request` says what was asked
/// for (docs/audit-log.md lists all): "analyze". Safe between threads and processes, which wait for each other. kData
/// where the log does not end with a whole record, kIo where it cannot be written.
[[nodiscard]] Result<void> append_to_audit_log(std::filesystem::path const& log, std::string const& request,
                                               Analysis const& analysis, Occasion const& occasion);

/// The same for a photo that could not be read: only its error is known.
[[nodiscard]] Result<void> append_to_audit_log(std::filesystem::path const& log, std::string const& request,
                                               Error const& error, Occasion const& occasion);

/// Whichever of the two `outcome` is; nothing where `log` is empty, since then none is kept.
[[nodiscard]] Result<void> record_answer(std::filesystem::path const& log, std::string const& request,
                                         Result<Analysis> const& outcome, Occasion const& occasion);

/// Reads all of `log`. kData, naming the line and what is wrong, where the chain is broken. `known_hash`, if not empty,
/// must be the hash of one of the records: only by a hash that was kept elsewhere is a log found out whose end is
/// missing, or which was written anew.
[[nodiscard]] Result<AuditSummary> verify_audit_log(std::filesystem::path const& log,
                                                    std::string const& known_hash = {});

}  // namespace report
}  // namespace nevus
