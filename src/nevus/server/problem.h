// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/server/message.h"

namespace nevus::server {

/// What strangers may read of an error.
enum class Disclosure {
  kPublic,     ///< of their own mistakes everything, of ours only the public sentence
  kEverything  ///< DEBUG_MODE
};

/// The problem document (RFC 9457) of an error.
[[nodiscard]] Response problem(Error const& error, std::string const& request_id, Disclosure disclosure);

}  // namespace nevus::server
