// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/server/message.h"

namespace nevus::server {

/// What strangers may read of an error.
enum class Disclosure {
  kPublic,     ///< of their own mistakes everything, of ours only the public sentence
  kEverything  ///< DEBUG_MODE
};

enum class Dialect {
  kPlain,
  kInferenceProtocol  ///< whose clients look for the member `error`
};

/// The problem document (RFC 9457) of an error.
[[nodiscard]] Response problem(Error const& error, std::string const& request_id, Disclosure disclosure,
                               Dialect dialect = Dialect::kPlain);

}  // namespace nevus::server
