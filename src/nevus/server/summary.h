// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/server/session.h"

namespace nevus::server {

/// The members status, predicted_class, predicted_name, confidence, malignant_prob and urgency as the result JSON has
/// them, null where the photo was not classified, as JSON without the braces.
[[nodiscard]] std::string summary_members(StoredAnalysis const& analysis);

}  // namespace nevus::server
