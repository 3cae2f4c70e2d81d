// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "nevus/server/batch.h"
#include "nevus/server/making.h"

namespace nevus::server {

/// A ZIP of what `batch` has answered by now: results.csv, results.jsonl and a PDF for each photo. One PDF is made when
/// the one before it has been taken, and when no request waits for the engine, so that a batch of any size needs the
/// memory of one report. An analysis that is forgotten meanwhile is left out.
[[nodiscard]] std::shared_ptr<EventSource> reports_archive(App& app, std::weak_ptr<Session> session, Batch const& batch,
                                                           ReportWish const& wish);

}  // namespace nevus::server
