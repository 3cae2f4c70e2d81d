// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/base/config.h"
#include "nevus/llm/client.h"
#include "nevus/server/engine.h"
#include "nevus/server/log.h"
#include "nevus/server/metrics.h"
#include "nevus/server/models.h"
#include "nevus/server/problem.h"
#include "nevus/server/session.h"

namespace nevus::server {

/// Everything that handlers share. Each member is thread-safe.
struct App {
  App(Settings const& the_settings, ModelPlaces places, int workers, Log the_log)
      : settings(the_settings),
        log(std::move(the_log)),
        models(std::move(places), log),
        sessions(the_settings),
        talks(kTalks, static_cast<std::size_t>(the_settings.queue_length)),
        engine(workers, static_cast<std::size_t>(the_settings.queue_length)) {}

  Settings const settings;
  Log const log;
  Metrics metrics;
  Models models;
  SessionStore sessions;
  llm::ModelChoice llm_models;      ///< with the server's own key, or none; those of a person's key are the session's
  static constexpr int kTalks = 8;  ///< with language models at the same time: each waits, and takes no core
  Engine talks;
  Engine engine;  ///< last, so that its threads end before what they use

  /// What is known of the models that may be asked with this set-up's key.
  [[nodiscard]] llm::ModelChoice& llm_models_of(LlmSetup const& setup, Session& session) {
    return setup.key_from == LlmKeyFrom::kSession ? session.llm_models() : llm_models;
  }
  [[nodiscard]] Disclosure disclosure() const {
    return settings.debug_mode ? Disclosure::kEverything : Disclosure::kPublic;
  }
};

}  // namespace nevus::server
