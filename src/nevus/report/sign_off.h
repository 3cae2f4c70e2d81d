// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "nevus/base/result.h"

namespace nevus {

using Timestamp = std::chrono::sys_seconds;  ///< UTC

enum class Verdict { kAgree, kOverride };
[[nodiscard]] std::string_view name(Verdict verdict);  ///< "agree", "override"

/// What a person who looked at an answer says of it. With it a report is final, without it preliminary.
struct SignOff {
  std::string analyst;  ///< as typed: UTF-8 in one line
  Verdict verdict = Verdict::kAgree;
  std::string reason;  ///< never empty for an override
  Timestamp time{};
};

namespace report {

/// kUsage, in one sentence, for a name that is empty, longer than 64 bytes (DICOM's limit) or no line of UTF-8, for an
/// override without a reason, and for a reason of more than 1000 bytes.
[[nodiscard]] Result<SignOff> checked(SignOff sign_off);

[[nodiscard]] bool is_utf8(std::string const& text);

/// "Anna Roth disagreed on 2026-11-24: clinically a blue nevus."
[[nodiscard]] std::string sentence(SignOff const& sign_off);

/// "2026-11-24T10:12:00Z" (RFC 3339), which FHIR takes too.
[[nodiscard]] std::string utc_text(Timestamp time);

}  // namespace report
}  // namespace nevus
