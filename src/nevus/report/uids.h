// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace nevus::report {

/// A UUID (RFC 9562, version 8) from the SHA-256 of `seed`: the same in every run and on every machine.
[[nodiscard]] std::string stable_uuid(std::string_view seed);

/// The same UUID as a DICOM UID: "2.25." and its 128 bits in decimal (PS3.5, B.2).
[[nodiscard]] std::string stable_dicom_uid(std::string_view seed);

}  // namespace nevus::report
