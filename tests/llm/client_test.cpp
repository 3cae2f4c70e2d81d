// SPDX-License-Identifier: MIT
// The client against a server that behaves, and against one that misbehaves in every way that a stranger's can.
#include "nevus/llm/client.h"

#include <gtest/gtest.h>

#include <future>

#include "llm/scripted_server.h"

namespace nevus::test {
namespace {

using namespace std::chrono_literals;

constexpr char const* kKey = "gsk_testkey_0123456789_abcdefgh";

/// Short times, so that nothing is waited for.
LlmLimits quick() {
  LlmLimits limits;
  limits.connect = 500ms;
  limits.first_byte = 400ms;
  limits.stall = 300ms;
  limits.total = 3s;
  limits.first_pause = 5ms;
  return limits;
}

struct Asked {
  LlmResult<LlmAnswer> answer;
  std::string text;
  int tokens_used;
};

Asked ask(ScriptedServer const& server, LlmLimits const& limits = quick(), int cap = 1'000'000,
          std::stop_token const& stop = {}) {
  Settings settings;
  settings.llm_base_url = server.url();
  settings.llm_api_key = kKey;
  TokenBudget budget(cap);
  std::string text;
  auto answer = llm::ask(
      llm::set_up(settings), "some-model", {{"system", "Rules"}, {"user", "Facts"}},
      [&](std::string_view words) { text += words; }, budget, limits, stop);
  return {std::move(answer), text, budget.used()};
}

Asked ask(ScriptedServer::Script const& script) {
  ScriptedServer const server(script);
  return ask(server);
}

std::string problem_of(Asked const& asked) {
  return asked.answer ? "answered" : std::string(name(asked.answer.error().problem));
}

void answer_well(Visitor const& visitor, int) {
  visitor.say(head("200 OK", "text/event-stream") + words_event("Good ") + words_event("day") + last_events(42));
}

TEST(LlmClient, HandsOnTheWordsAsTheyComeAndCountsTheTokens) {
  ScriptedServer const server(answer_well);
  auto const asked = ask(server);
  ASSERT_TRUE(asked.answer) << asked.answer.error().sentence;
  EXPECT_EQ(asked.text, "Good day");
  EXPECT_EQ(asked.tokens_used, 42);
  auto const request = server.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Authorization: Bearer " + std::string(kKey) + "\r\n"), std::string::npos);
  EXPECT_NE(request.find(R"("stream":true)"), std::string::npos);
}

TEST(LlmClient, TakesAStreamCutAnywhere) {
  auto const stream =
      words_event("Gr\xC3\xBC\xC3\x9F") + "\r\n: a comment\nevent: x\n" + words_event("e") + last_events(7);
  auto const asked = ask([&](Visitor const& visitor, int) {
    visitor.say(head("200 OK", "text/event-stream; charset=utf-8"));
    for (char const byte : stream) visitor.say(std::string(1, byte));
  });
  ASSERT_TRUE(asked.answer) << asked.answer.error().sentence;
  EXPECT_EQ(asked.text,
            "Gr\xC3\xBC\xC3\x9F"
            "e");
}

TEST(LlmClient, TakesAServerThatDoesNotStream) {
  auto const asked = ask([](Visitor const& visitor, int) {
    visitor.say(head("200 OK", "application/json") +
                R"({"choices":[{"message":{"role":"assistant","content":"Hello"}}],"usage":{"total_tokens":5}})");
  });
  ASSERT_TRUE(asked.answer) << asked.answer.error().sentence;
  EXPECT_EQ(asked.text, "Hello");
  EXPECT_EQ(asked.tokens_used, 5);
}

TEST(LlmClient, AsksOnceMoreWithoutWhatAnOldServerDoesNotKnow) {
  ScriptedServer const server([](Visitor const& visitor, int number) {
    if (number == 0) {
      visitor.say(head("400 Bad Request", "application/json") + R"({"error":{"message":"response_format"}})");
    } else {
      answer_well(visitor, number);
    }
  });
  EXPECT_EQ(ask(server).text, "Good day");
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_NE(server.requests()[0].find("response_format"), std::string::npos);
  EXPECT_EQ(server.requests()[1].find("response_format"), std::string::npos);
}

/// What a server does, what comes of it, and how often it is asked.
struct Misdeed {
  char const* what;
  ScriptedServer::Script script;
  char const* problem;
  std::size_t requests;
};

std::vector<Misdeed> misdeeds() {
  auto const status = [](std::string const& line, std::string const& more = "") {
    return [=](Visitor const& visitor, int) {
      visitor.say(head(line, "application/json", more) + R"({"error":{"message":"bad key )" + kKey + R"("}})");
    };
  };
  auto const body = [](std::string const& media_type, std::string const& text) {
    return [=](Visitor const& visitor, int) { visitor.say(head("200 OK", media_type) + text); };
  };
  return {
      {"401", status("401 Unauthorized"), "key_refused", 1},
      {"403", status("403 Forbidden"), "key_refused", 1},
      {"404", status("404 Not Found"), "bad_answer", 1},
      {"400 for good", status("400 Bad Request"), "bad_answer", 2},
      {"429", status("429 Too Many Requests"), "rate_limited", 3},
      {"429 for a second", status("429 Too Many Requests", "Retry-After: 1\r\n"), "rate_limited", 3},
      {"429 for an hour", status("429 Too Many Requests", "Retry-After: 3600\r\n"), "rate_limited", 1},
      {"429 with nonsense", status("429 Too Many Requests", "Retry-After: soon\r\n"), "rate_limited", 3},
      {"429 for ever", status("429 Too Many Requests", "Retry-After: 99999999999999999999\r\n"), "rate_limited", 1},
      {"500", status("500 Internal Server Error"), "server_failed", 3},
      {"503", status("503 Service Unavailable"), "server_failed", 3},
      {"a redirect", status("302 Found", "Location: http://127.0.0.1:1/elsewhere\r\n"), "bad_answer", 1},
      {"a page", body("text/html", "<html>Hello</html>"), "bad_answer", 1},
      {"no type", body("", "Hello"), "bad_answer", 1},
      {"rubbish", body("application/json", "}{ no"), "bad_answer", 1},
      {"other JSON", body("application/json", R"({"choices":7})"), "bad_answer", 1},
      {"JSON of another kind", body("application/json", "[[[[[[1]]]]]]"), "bad_answer", 1},
      {"a rubbish stream", body("text/event-stream", "data: }{\n\n"), "bad_answer", 1},
      {"an error in the stream", body("text/event-stream", "data: {\"error\":{\"message\":\"x\"}}\n\n"), "bad_answer",
       1},
      {"a stream that ends in the middle", body("text/event-stream", words_event("Half")), "broken_off", 1},
      {"a stream without words", body("text/event-stream", ""), "broken_off", 1},
      {"words without end",
       body("text/event-stream", R"(data: {"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]})"
                                 "\n\ndata: [DONE]\n\n"),
       "too_long", 1},
      {"no HTTP", [](Visitor const& visitor, int) { visitor.say("SSH-2.0-OpenSSH\r\n\r\n"); }, "unreachable", 3},
      {"hanging up", [](Visitor const&, int) {}, "unreachable", 3},
      {"silence", [](Visitor const& visitor, int) { static_cast<void>(visitor.leaves()); }, "timeout", 1},
      {"a head and silence",
       [](Visitor const& visitor, int) {
         visitor.say(head("200 OK", "text/event-stream"));
         static_cast<void>(visitor.leaves());
       },
       "timeout", 1},
      {"stalling in the middle",
       [](Visitor const& visitor, int) {
         visitor.say(head("200 OK", "text/event-stream") + words_event("Wait"));
         static_cast<void>(visitor.leaves());
       },
       "timeout", 1},
      {"dripping for ever",
       [](Visitor const& visitor, int) {
         visitor.say(head("200 OK", "text/event-stream"));
         while (visitor.say(": x\n")) std::this_thread::sleep_for(20ms);
       },
       "timeout", 1},
      {"100 MB in one line",
       [](Visitor const& visitor, int) {
         visitor.say(head("200 OK", "text/event-stream") + "data: ");
         std::string const megabyte(1'000'000, 'x');
         for (int i = 0; i < 100 && visitor.say(megabyte); ++i) continue;
       },
       "too_long", 1},
      {"100 MB of words",
       [](Visitor const& visitor, int) {
         visitor.say(head("200 OK", "text/event-stream"));
         auto const event = words_event(std::string(10'000, 'x'));
         for (int i = 0; i < 10'000 && visitor.say(event); ++i) continue;
       },
       "too_long", 1},
      {"100 MB of an error",
       [](Visitor const& visitor, int) {
         visitor.say(head("500 Internal Server Error", "text/plain"));
         std::string const megabyte(1'000'000, 'x');
         for (int i = 0; i < 100 && visitor.say(megabyte); ++i) continue;
       },
       "too_long", 1},
      {"headers without end",
       [](Visitor const& visitor, int) {
         visitor.say("HTTP/1.1 200 OK\r\n");
         for (int i = 0; i < 100'000 && visitor.say("X-Y: " + std::string(1000, 'z') + "\r\n"); ++i) continue;
       },
       "unreachable", 3},
  };
}

TEST(LlmClient, WhateverTheServerDoesItEndsInOneClearSentenceWithoutTheKey) {
  for (auto const& misdeed : misdeeds()) {
    ScriptedServer const server(misdeed.script);
    auto const start = std::chrono::steady_clock::now();
    auto const asked = ask(server);
    EXPECT_EQ(problem_of(asked), misdeed.problem) << misdeed.what << ": " << asked.answer.error().sentence;
    EXPECT_EQ(server.requests().size(), misdeed.requests) << misdeed.what;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << misdeed.what;
    if (asked.answer) continue;
    EXPECT_EQ(asked.answer.error().sentence.find("gsk_"), std::string::npos) << asked.answer.error().sentence;
    EXPECT_FALSE(asked.answer.error().sentence.empty());
  }
}

TEST(LlmClient, AServerThatRecoversIsAskedAgain) {
  ScriptedServer const server([](Visitor const& visitor, int number) {
    if (number < 2) {
      visitor.say(head("503 Service Unavailable", "text/plain", "Retry-After: 0\r\n") + "busy");
    } else {
      answer_well(visitor, number);
    }
  });
  EXPECT_EQ(ask(server).text, "Good day");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(LlmClient, ARetryAfterIsKept) {
  ScriptedServer const server([](Visitor const& visitor, int number) {
    if (number == 0) {
      visitor.say(head("429 Too Many Requests", "text/plain", "Retry-After: 1\r\n"));
    } else {
      answer_well(visitor, number);
    }
  });
  auto const start = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(server).text, "Good day");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 950ms);
}

TEST(LlmClient, IsNotAskedAgainOnceWordsHaveCome) {
  ScriptedServer const server([](Visitor const& visitor, int) {
    visitor.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n" +
                words_event("Half"));
  });
  auto const asked = ask(server);
  EXPECT_EQ(problem_of(asked), "broken_off");
  EXPECT_EQ(asked.text, "Half");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(LlmClient, StopsAtOnceWhenItIsTold) {
  std::promise<bool> left;
  ScriptedServer const server([&](Visitor const& visitor, int) {
    visitor.say(head("200 OK", "text/event-stream") + words_event("Wait"));
    left.set_value(visitor.leaves());
  });
  auto limits = quick();
  limits.stall = limits.first_byte = 30s;
  limits.total = 60s;
  std::stop_source stop;
  std::jthread const later([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  auto const start = std::chrono::steady_clock::now();
  auto const asked = ask(server, limits, 1'000'000, stop.get_token());
  EXPECT_EQ(problem_of(asked), "cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 900ms) << "before the server gave up";
  EXPECT_TRUE(left.get_future().get()) << "the connection is closed, so that the server need not go on";
}

TEST(LlmClient, APauseBeforeARetryIsStoppedToo) {
  ScriptedServer const server([](Visitor const& visitor, int) {
    visitor.say(head("429 Too Many Requests", "text/plain", "Retry-After: 20\r\n"));
  });
  auto limits = quick();
  limits.total = 60s;
  std::stop_source stop;
  std::jthread const later([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  EXPECT_EQ(problem_of(ask(server, limits, 1'000'000, stop.get_token())), "cancelled");
}

TEST(LlmClient, AUsedUpBudgetSendsNothing) {
  ScriptedServer const server(answer_well);
  auto const asked = ask(server, quick(), 100);
  EXPECT_EQ(problem_of(asked), "budget");
  EXPECT_TRUE(server.requests().empty());
}

TEST(LlmClient, TheBudgetBoundsWhatIsAskedForAndCountsWhatCameWithoutACount) {
  ScriptedServer const server([](Visitor const& visitor, int) {
    visitor.say(head("200 OK", "text/event-stream") + words_event(std::string(3000, 'x')) + "data: [DONE]\n\n");
  });
  auto const asked = ask(server, quick(), 1500);
  ASSERT_TRUE(asked.answer) << asked.answer.error().sentence;
  EXPECT_NE(server.requests()[0].find(R"("max_tokens":149)"), std::string::npos) << server.requests()[0];
  EXPECT_GT(asked.tokens_used, 1000);
}

TEST(LlmClient, APromptThatWasTakenCountsAlsoWhereNoAnswerCame) {
  ScriptedServer const silent([](Visitor const& visitor, int) { static_cast<void>(visitor.leaves()); });
  auto const asked = ask(silent);
  EXPECT_EQ(problem_of(asked), "timeout");
  EXPECT_GT(asked.tokens_used, 0);
  ScriptedServer const refusing(
      [](Visitor const& visitor, int) { visitor.say(head("401 Unauthorized", "application/json") + "{}"); });
  EXPECT_EQ(ask(refusing).tokens_used, 0);
}

TEST(LlmClient, WhatAModelThinksIsCountedToo) {
  ScriptedServer const server([](Visitor const& visitor, int) {
    visitor.say(head("200 OK", "text/event-stream") + R"(data: {"choices":[{"delta":{"reasoning_content":")" +
                std::string(3000, 'x') + "\"}}]}\n\n" + words_event("Yes") + "data: [DONE]\n\n");
  });
  auto const asked = ask(server);
  EXPECT_EQ(asked.text, "Yes");
  EXPECT_GT(asked.tokens_used, 1000);
}

TEST(TokenBudget, WhatIsUnderWayCountsAsUsed) {
  TokenBudget budget(1000);
  EXPECT_EQ(budget.reserve(800, 100), 800);
  EXPECT_EQ(budget.reserve(800, 100), 200) << "what is left";
  EXPECT_EQ(budget.reserve(800, 100), 0);
  budget.settle(800, 300);
  budget.settle(200, 0);
  EXPECT_EQ(budget.used(), 300);
  EXPECT_EQ(budget.reserve(800, 100), 700);
  budget.settle(700, -5);
  EXPECT_EQ(budget.used(), 300) << "a server that counts below zero";
}

LlmResult<std::string> choose(std::string const& answer, std::string const& status = "200 OK") {
  ScriptedServer const server(
      [&](Visitor const& visitor, int) { visitor.say(head(status, "application/json") + answer); });
  Settings settings;
  settings.llm_base_url = server.url();
  llm::ModelChoice models;
  return models.choose(llm::set_up(settings), quick(), {});
}

TEST(ModelChoice, TakesTheLargestContextAmongThoseForConversation) {
  EXPECT_EQ(choose(R"({"data":[{"id":"whisper-large","context_window":900000},{"id":"old","context_window":8192},
                     {"id":"\u001b[31mred","context_window":999999},{"id":"retired","context_window":999999,"active":false},{"id":"llama-guard","context_window":999999},
                     {"id":"new","context_window":131072,"created":2},{"id":"newer","context_window":131072,"created":3}]})"),
            "newer");
  EXPECT_EQ(choose(R"({"object":"list","data":[{"id":"the-only-one.gguf","object":"model"}]})"), "the-only-one.gguf");
}

TEST(ModelChoice, SaysWhereThereIsNone) {
  for (auto const* answer :
       {R"({"data":[]})", R"({"data":[{"id":"whisper"}]})", "{}", "[]", "no", R"({"data":[7,{"id":5}]})"}) {
    auto const model = choose(answer);
    ASSERT_FALSE(model) << answer;
    EXPECT_NE(model.error().sentence.find("llm_model"), std::string::npos);
  }
  EXPECT_EQ(name(choose("{}", "401 Unauthorized").error().problem), "key_refused");
}

TEST(ModelChoice, AsksOnceAndNotAtAllWhereOneIsConfigured) {
  ScriptedServer const server([](Visitor const& visitor, int) {
    visitor.say(head("200 OK", "application/json") + R"({"data":[{"id":"m"}]})");
  });
  Settings settings;
  settings.llm_base_url = server.url() + "/";
  llm::ModelChoice models;
  EXPECT_EQ(models.choose(llm::set_up(settings), quick(), {}), "m");
  EXPECT_EQ(models.choose(llm::set_up(settings), quick(), {}), "m");
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /v1/models HTTP/1.1")) << server.requests()[0];
  settings.llm_model = "other";
  EXPECT_EQ(models.choose(llm::set_up(settings), quick(), {}), "other");
  models.forget();
  EXPECT_EQ(models.known(), "");
}

TEST(ModelChoice, ForgetsWhatItFoundWithAKeyThatIsRefusedAndKeepsItWhileTheServerIsAway) {
  std::vector<std::string> const statuses{"200 OK", "503 Service Unavailable", "401 Unauthorized"};
  ScriptedServer const server([&](Visitor const& visitor, int number) {
    visitor.say(head(statuses.at(static_cast<std::size_t>(number)), "application/json") + R"({"data":[{"id":"m"}]})");
  });
  Settings settings;
  settings.llm_base_url = server.url();
  auto const setup = llm::set_up(settings);
  auto limits = quick();
  limits.model_is_known_for = 0s;
  llm::ModelChoice models;
  EXPECT_EQ(models.choose(setup, limits, {}), "m");
  EXPECT_FALSE(models.choose(setup, limits, {}));
  EXPECT_EQ(models.known(), "m");
  EXPECT_EQ(name(models.choose(setup, limits, {}).error().problem), "key_refused");
  EXPECT_EQ(models.known(), "");
}

}  // namespace
}  // namespace nevus::test
