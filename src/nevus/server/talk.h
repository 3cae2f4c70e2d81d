// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "nevus/narrative/writer.h"
#include "nevus/server/app.h"
#include "nevus/server/message.h"

namespace nevus::server {

/// The events of a text that a language model is asked for now, off the transport's thread, with the key and the tokens
/// of `session`: section, replaced, done. Who lets go of them, or ends the session, ends the request. What the model
/// said goes to `kept`.
[[nodiscard]] std::shared_ptr<EventSource> start_talk(App& app, std::shared_ptr<Session> session,
                                                      std::shared_ptr<Told> kept, Facts const& facts,
                                                      WriterOptions const& options);

/// The same of the offline writer alone; known at once.
[[nodiscard]] std::shared_ptr<EventSource> offline_events(Facts const& facts, WriterOptions const& options);

}  // namespace nevus::server
