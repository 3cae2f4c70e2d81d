// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/server/batch.h"
#include "nevus/server/message.h"

namespace nevus::server {

/// The analysis that the path names. kNotFound where this session has none of that id: another session's is as unknown
/// as one that never was.
[[nodiscard]] Result<std::shared_ptr<StoredAnalysis const>> find_analysis(Request const& request);
[[nodiscard]] tl::unexpected<Error> no_analysis();  ///< that kNotFound
[[nodiscard]] Result<std::shared_ptr<Batch>> find_batch(Request const& request);

}  // namespace nevus::server
