// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "nevus/base/result.h"

namespace nevus::report {

/// A QR code (ISO/IEC 18004) without its quiet zone.
struct QrCode {
  int side = 0;            ///< in modules
  std::vector<bool> dark;  ///< [side,side]
};

/// `text` with the least error correction: what is printed beside it says the same. Capitals, digits and a few signs
/// take half the room of other text. kInternal where it is too long for a code (4,296 such characters).
[[nodiscard]] Result<QrCode> qr_code(std::string const& text);

}  // namespace nevus::report
