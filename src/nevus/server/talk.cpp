// SPDX-License-Identifier: MIT
#include "nevus/server/talk.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <set>

#include "nevus/narrative/llm_writer.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

std::string event(std::string_view name, std::string const& data) {
  return "event: " + std::string(name) + "\ndata: " + data + "\n\n";
}

std::string dump(Json const& tree) { return tree.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string replaced_event(Replaced const& replaced) {
  return event("replaced",
               dump({{"section", name(replaced.section)}, {"reason", replaced.why}, {"whole", replaced.whole}}));
}

std::string done_event(ToldProse const& told) {
  auto const& prose = told.guarded.prose;
  auto tree = Json::parse(narrative::to_json(prose));
  Json replaced = Json::array();
  std::size_t dropped = 0;
  for (auto const& one : told.guarded.replaced) {
    dropped += one.whole ? 0U : 1U;
    replaced.push_back({{"section", name(one.section)}, {"reason", one.why}, {"whole", one.whole}});
  }
  tree["source"] = name(prose.by(Origin::kLanguageModel) ? Origin::kLanguageModel : Origin::kOffline);
  tree["model"] = told.model.empty() ? Json(nullptr) : Json(told.model);
  tree["dropped"] = dropped;
  tree["replaced"] = std::move(replaced);
  tree["reason"] = told.failure ? Json(told.failure->sentence) : Json(nullptr);
  tree["reason_code"] = told.failure ? Json(name(told.failure->problem)) : Json(nullptr);
  return event("done", dump(tree));
}

/// What one thread says and another passes on.
class Talk {
 public:
  std::stop_source stop;

  void say(std::string const& text, bool finished) {
    std::function<void()> wake;
    {
      std::lock_guard const lock(mutex_);
      text_ += text;
      finished_ = finished;
      wake = std::exchange(wake_, nullptr);
    }
    if (wake) wake();
  }
  EventSource::Chunk take(std::function<void()> wake) {
    std::lock_guard const lock(mutex_);
    wake_ = finished_ ? nullptr : std::move(wake);
    return {std::exchange(text_, ""), finished_};
  }

 private:
  std::mutex mutex_;
  std::string text_;
  std::function<void()> wake_;
  bool finished_ = false;
};

class TalkEvents : public EventSource {
 public:
  explicit TalkEvents(std::shared_ptr<Talk> talk) : talk_(std::move(talk)) {}
  ~TalkEvents() override { talk_->stop.request_stop(); }
  TalkEvents(TalkEvents const&) = delete;
  TalkEvents& operator=(TalkEvents const&) = delete;
  Chunk take(std::function<void()> wake) override { return talk_->take(std::move(wake)); }

 private:
  std::shared_ptr<Talk> talk_;
};

/// The sections that were not told of yet, and the end.
std::string closing(ToldProse const& told, std::set<SectionId> const& said) {
  std::string text;
  for (auto const& section : told.guarded.prose.sections) {
    if (!said.contains(section.id)) text += event("section", narrative::to_json(section));
  }
  return text + done_event(told);
}

void run(App& app, Session& session, Told& kept, Talk& talk, Facts const& facts, WriterOptions const& options) {
  std::stop_callback const with_session(session.ending(), [&] { talk.stop.request_stop(); });
  auto const setup = llm::set_up(app.settings, session.llm_key());
  std::set<SectionId> said;
  auto const on_step = [&](narrative::AnswerGuard::Step const& step) {
    std::string text;
    for (auto const& replaced : step.replaced) text += replaced_event(replaced);
    for (auto const& section : step.sections) {
      said.insert(section.id);
      text += event("section", narrative::to_json(section));
    }
    talk.say(text, false);
  };
  ToldProse told;
  try {
    told = narrative::tell(facts, options,
                           {setup, app.llm_models_of(setup, session), session.tokens(), limits_from(setup),
                            talk.stop.get_token(), on_step});
  } catch (std::exception const&) {
    told = {{narrative::write(facts, options), {}}, "", LlmFailure{LlmProblem::kBadAnswer, "a bug in Nevus"}};
  }
  auto const outcome = told.failure ? name(told.failure->problem) : "answered";
  app.metrics.told(outcome);
  app.log({.message = "language model", .fields = {{"outcome", std::string(outcome)}, {"model", told.model}}});
  if (told.guarded.prose.by(Origin::kLanguageModel)) kept.keep(told.guarded.prose);
  talk.say(closing(told, said), true);
}

}  // namespace

std::shared_ptr<EventSource> start_talk(App& app, std::shared_ptr<Session> session, std::shared_ptr<Told> kept,
                                        Facts const& facts, WriterOptions const& options) {
  auto const talk = std::make_shared<Talk>();
  auto events = std::make_shared<TalkEvents>(talk);
  bool const accepted =
      app.talks.submit([&app, talk, options, facts, session = std::move(session), kept = std::move(kept)] {
        if (!talk->stop.stop_requested()) run(app, *session, *kept, *talk, facts, options);
      });
  if (!accepted) {
    LlmFailure busy{LlmProblem::kServerFailed, "too many texts are being written already"};
    talk->say(closing({{narrative::write(facts, options), {}}, "", std::move(busy)}, {}), true);
  }
  return events;
}

std::shared_ptr<EventSource> offline_events(Facts const& facts, WriterOptions const& options) {
  auto const talk = std::make_shared<Talk>();
  talk->say(closing({{narrative::write(facts, options), {}}, "", std::nullopt}, {}), true);
  return std::make_shared<TalkEvents>(talk);
}

}  // namespace nevus::server
