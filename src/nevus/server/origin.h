// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/base/config.h"

namespace nevus::server {

struct RequestHead;

/// Keeps other people's pages from using a visitor's browser against us: kForbidden where a browser says that a page of
/// another origin changes something, or that one of another site reads the API at `path`, and where the name that we
/// are called by is none of ours (a page whose name was pointed at this address, "DNS rebinding").
[[nodiscard]] Result<void> check_origin(Settings const& settings, RequestHead const& head, std::string const& path);

}  // namespace nevus::server
