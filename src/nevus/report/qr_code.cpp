// SPDX-License-Identifier: MIT
#include "nevus/report/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace nevus::report {

Result<QrCode> qr_code(std::string const& text) {
  std::unique_ptr<QRcode, decltype(&QRcode_free)> const code(
      QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, /*casesensitive=*/1), &QRcode_free);
  if (!code) return fail(ErrorCode::kInternal, "the QR code cannot be made");
  QrCode result{code->width, {}};
  auto const modules = static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width);
  for (std::size_t i = 0; i < modules; ++i) result.dark.push_back((code->data[i] & 1U) != 0);
  return result;
}

}  // namespace nevus::report
