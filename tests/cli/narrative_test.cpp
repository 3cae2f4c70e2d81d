// SPDX-License-Identifier: MIT
// nevus analyze --narrative llm, against a server of the test's own.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/workplace.h"
#include "llm/scripted_server.h"

namespace nevus::test {
namespace {

using Json = nlohmann::json;

constexpr char const* kKey = "sk-nevus-cli-71f0c2";

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// What a model that keeps to the facts would say, and one thing that it must not.
void answer(Visitor const& visitor, int) {
  auto const request = Json::parse(visitor.request.substr(visitor.request.find("\r\n\r\n") + 4));
  auto const told = Json::parse(request["messages"][1]["content"].get<std::string>());
  auto const name = told["classes"][told["facts"]["prediction.class"].get<std::string>()].get<std::string>();
  auto const share = told["facts"]["prediction.confidence"].get<std::string>();
  auto const sentence = [](std::string const& text) {
    return Json{{"text", text}, {"facts", {"prediction.confidence"}}, {"sources", Json::array()}};
  };
  Json const overview{
      {"id", "overview"},
      {"sentences",
       {sentence("The likeliest class is " + name + " with " + share + "."), sentence("You have " + name + ".")}}};
  Json const completion{
      {"choices", {{{"message", {{"content", Json{{"sections", {overview}}}.dump()}}}, {"finish_reason", "stop"}}}}};
  visitor.say(head("200 OK", "application/json") + completion.dump());
}

class Narrative : public Workplace {
 protected:
  [[nodiscard]] Finished analyze(std::map<std::string, std::string> const& environment,
                                 std::vector<std::string> const& more = {}) const {
    auto how = start();
    how.environment.insert(environment.begin(), environment.end());
    std::vector<std::string> arguments{"analyze", photo(), "--narrative", "llm"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(command(arguments), how);
  }
};

TEST_F(Narrative, OfALanguageModelSaysWhoseItIsAndWhatWasDropped) {
  ScriptedServer const server(answer);
  auto const finished = analyze({{"LLM_BASE_URL", server.url()}, {"LLM_MODEL", "m"}, {"LLM_API_KEY", kKey}},
                                {"--report", path("report.pdf"), "--debug-mode"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(holds(finished.out, "Overview (language model, held to the facts)")) << finished.out;
  EXPECT_TRUE(holds(finished.out, "When to consult (offline writer)")) << finished.out;
  EXPECT_FALSE(holds(finished.out, "You have")) << finished.out;
  EXPECT_TRUE(holds(finished.err, "dropped of overview, a sentence: makes a diagnosis")) << finished.err;
  EXPECT_TRUE(read_text(path("report.pdf")).starts_with("%PDF-"));
  EXPECT_EQ(server.requests().size(), 1U) << "the report has the same words";
  EXPECT_FALSE(holds(finished.out + finished.err, kKey));
  EXPECT_FALSE(holds(server.requests()[0], "photo.jpg"));
}

TEST_F(Narrative, StandsWhereTheLanguageModelFails) {
  ScriptedServer const server([](Visitor const& visitor, int) { visitor.say(head("401 Unauthorized", "text/plain")); });
  for (auto const& [environment, reason] : std::vector<std::pair<std::map<std::string, std::string>, std::string>>{
           {{}, "the language model is off: no key for api.groq.com is set (llm_api_key)"},
           {{{"LLM_BASE_URL", "http://example.org"}, {"LLM_API_KEY", kKey}}, "must be https"},
           {{{"LLM_BASE_URL", server.url()}, {"LLM_API_KEY", kKey}}, "it does not accept the key"},
           {{{"LLM_BASE_URL", server.url()}, {"LLM_SESSION_TOKENS", "0"}}, "llm_session_tokens is 0"},
       }) {
    auto const finished = analyze(environment);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_TRUE(holds(finished.err, reason)) << finished.err;
    EXPECT_TRUE(holds(finished.out, "When to consult\n")) << finished.out;
    EXPECT_FALSE(holds(finished.out + finished.err, kKey));
  }
}

TEST_F(Narrative, DoctorSaysWhetherThereIsALanguageModelAndSendsNothing) {
  ScriptedServer const server(answer);
  auto how = start();
  EXPECT_TRUE(holds(run(command({"doctor"}), how).out, "off: no key for api.groq.com"));
  how.environment = {{"NEVUS_MODELS", models().string()}, {"LLM_BASE_URL", server.url()}, {"LLM_API_KEY", kKey}};
  auto const ready = run(command({"doctor"}), how);
  EXPECT_TRUE(holds(ready.out, "ready: " + server.host() + ", with a key")) << ready.out;
  EXPECT_FALSE(holds(ready.out + ready.err, kKey));
  EXPECT_TRUE(server.requests().empty());
  how.environment["LLM_BASE_URL"] = "http://example.org";
  auto const wrong = run(command({"doctor"}), how);
  EXPECT_EQ(wrong.exit_code, 0) << "Nevus works without";
  EXPECT_TRUE(holds(wrong.out, "must be https")) << wrong.out;
}

}  // namespace
}  // namespace nevus::test
