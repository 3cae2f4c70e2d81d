// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/base/config.h"
#include "nevus/server/log.h"
#include "nevus/server/models.h"

namespace nevus::server {

/// Serves until SIGTERM or SIGINT, then answers what is under way and returns; SIGHUP reads networks, API keys and
/// certificate again. kConfig for an address, certificate or key that cannot be used, or that would let strangers in;
/// kIo where the port is taken.
[[nodiscard]] Result<void> serve(Settings const& settings, ModelPlaces places, Log const& log);

}  // namespace nevus::server
