// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "nevus/server/app.h"

namespace nevus::server {

/// How a photo is to be analysed. Empty: as the session says, or else the server's default.
struct AnalysisRequest {
  std::string model = {};
  std::string operating_point = {};
  bool stability = false;
  char const* audited_as = "http analyze";  ///< what the audit log calls it
};

/// kUsage where a value is none that is known; kModelNotFound.
[[nodiscard]] Result<void> check(App const& app, AnalysisRequest const& request);

/// Analyses a photo and keeps both in the session. Errors are those of analysis::analyze, Session::add and, where there
/// is an audit log, of writing it: an answer without its record is not given.
[[nodiscard]] Result<std::shared_ptr<StoredAnalysis const>> analyse(App& app, Session& session, std::string name,
                                                                    std::shared_ptr<StoredPhoto const> photo,
                                                                    AnalysisRequest const& request);

/// The result JSON with id, created_at and expires_in_s.
[[nodiscard]] std::string analysis_json(App const& app, Session const& session, StoredAnalysis const& analysis);

/// "2026-11-24T08:30:00.123Z" (RFC 3339).
[[nodiscard]] std::string time_text(std::chrono::system_clock::time_point time);

}  // namespace nevus::server
