// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace nevus {

enum class ErrorCode {
#define NEVUS_ERROR(code, name, exit_code, http_status, public_sentence) code,
#include "nevus/base/error_table.inc"
#undef NEVUS_ERROR
};

/// One row of the error table.
struct ErrorInfo {
  ErrorCode code;
  std::string_view name;  ///< stable, snake_case
  int exit_code;
  int http_status;
  std::string_view public_sentence;  ///< safe to show to a stranger: tells nothing of the machine
};

[[nodiscard]] std::span<ErrorInfo const> error_table();
[[nodiscard]] ErrorInfo const& info(ErrorCode code);

/// An expected failure. `message` is one sentence for the person at the keyboard: it names the file or setting and,
/// where a limit was passed, the value and the limit. It may hold paths, so a server sends `info(code).public_sentence`
/// instead.
struct Error {
  ErrorCode code;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Bytes = std::span<std::uint8_t const>;
using ByteVector = std::vector<std::uint8_t>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace nevus

#define NEVUS_CONCAT_(a, b) a##b
#define NEVUS_CONCAT(a, b) NEVUS_CONCAT_(a, b)

/// NEVUS_TRY(auto image, image::decode(bytes)); binds the value or returns the error from the enclosing function.
#define NEVUS_TRY(declaration, expression) NEVUS_TRY_(NEVUS_CONCAT(nevus_try_, __COUNTER__), declaration, expression)
#define NEVUS_TRY_(temporary, declaration, expression)                                 \
  auto temporary = (expression);                                                       \
  if (!temporary) return tl::unexpected<::nevus::Error>(std::move(temporary).error()); \
  declaration = *std::move(temporary)

/// NEVUS_CHECK(expression_of_Result<void>); returns the error from the enclosing function.
#define NEVUS_CHECK(expression)                                                                            \
  do {                                                                                                     \
    auto nevus_check_result = (expression);                                                                \
    if (!nevus_check_result) return tl::unexpected<::nevus::Error>(std::move(nevus_check_result).error()); \
  } while (false)
