// SPDX-License-Identifier: MIT
#include "nevus/base/result.h"

#include <array>

namespace nevus {
namespace {
constexpr auto kTable = std::to_array<ErrorInfo>({
#define NEVUS_ERROR(code, name, exit_code, http_status, public_sentence) \
  {ErrorCode::code, name, exit_code, http_status, public_sentence},
#include "nevus/base/error_table.inc"
#undef NEVUS_ERROR
});
}  // namespace

std::span<ErrorInfo const> error_table() { return kTable; }
ErrorInfo const& info(ErrorCode code) { return kTable.at(static_cast<std::size_t>(code)); }

}  // namespace nevus
