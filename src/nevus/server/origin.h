// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/base/config.h"

namespace nevus::server {

struct RequestHead;

/// Keeps other people's pages from using a visitor's browser against us: kForbidden where a browser says that a page of
/// another origin changes something, and where the name that we are called by is none of ours (a page whose name was
/// pointed at this address, "DNS rebinding").
[[nodiscard]] Result<void> check_origin(Settings const& settings, RequestHead const& head);

}  // namespace nevus::server
