// SPDX-License-Identifier: MIT
#include "nevus/llm/setup.h"

#include <gtest/gtest.h>

#include "nevus/llm/reasoning.h"

namespace nevus::test {
namespace {

TEST(LlmAddress, HttpIsForThisMachineAndPrivateNetworks) {
  for (auto const* good :
       {"https://api.groq.com/openai/v1", "https://api.example.org:8443/v1/", "http://127.0.0.1:8080/v1",
        "http://localhost:11434/v1", "http://[::1]:8080", "http://10.1.2.3/v1", "http://172.16.0.9/v1",
        "http://192.168.1.2:1234/v1", "http://[fd00::1]/v1", "http://ollama:11434/v1", "http://box.local/v1"}) {
    auto const address = llm::read_address(good);
    EXPECT_TRUE(address) << good << ": " << address.error().message;
  }
  for (auto const* bad :
       {"http://api.groq.com/openai/v1", "http://8.8.8.8/v1", "http://172.32.0.1/", "http://134744072/",
        "http://0x08080808/", "http://169.254.169.254/", "http://0.0.0.0/", "http://11.0.0.1/", "http://[2001:db8::1]/",
        "http://127.0.0.1.example.org/", "ftp://127.0.0.1/", "file:///etc/passwd", "", "groq", "https://",
        "https://a b/", "https://user:secret@api.groq.com/", "https://api.groq.com/?key=x",
        "https://api.groq.com/#x"}) {
    auto const address = llm::read_address(bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
  EXPECT_EQ(llm::read_address("https://API.groq.com/openai/v1/")->host, "api.groq.com");
}

TEST(LlmSetup, IsOffUntilAKeyIsThere) {
  auto const setup = llm::set_up(Settings{});
  EXPECT_EQ(setup.state, LlmState::kOff);
  EXPECT_EQ(setup.address.host, "api.groq.com");
  EXPECT_NE(setup.problem.find("llm_api_key"), std::string::npos);
}

TEST(LlmSetup, KeysComeInTheirOrder) {
  Settings settings;
  auto const key = [&] { return std::string(llm::set_up(settings, LlmKey("session")).key.reveal()); };
  EXPECT_EQ(key(), "session");
  settings.groq_api_key = "groq";
  EXPECT_EQ(key(), "groq");
  settings.llm_api_key = "server";
  EXPECT_EQ(key(), "server");
}

TEST(LlmSetup, GroqsKeyGoesToGroqAlone) {
  Settings settings;
  settings.groq_api_key = "groq";
  settings.llm_base_url = "https://api.example.org/v1";
  EXPECT_EQ(llm::set_up(settings).state, LlmState::kOff);
  settings.llm_base_url = "http://127.0.0.1:8080/v1";
  EXPECT_EQ(llm::set_up(settings).state, LlmState::kReady) << "a private address needs no key";
  EXPECT_TRUE(llm::set_up(settings).key.empty());
}

TEST(LlmSetup, AServerMayRefuseKeysOfSessions) {
  Settings settings;
  settings.llm_session_keys = false;
  EXPECT_EQ(llm::set_up(settings, LlmKey("session")).state, LlmState::kOff);
}

TEST(LlmSetup, AWrongAddressIsAnError) {
  Settings settings;
  settings.llm_base_url = "http://example.org";
  settings.llm_api_key = "k";
  auto const setup = llm::set_up(settings);
  EXPECT_EQ(setup.state, LlmState::kError);
  EXPECT_TRUE(setup.key.empty());
}

TEST(LlmKey, CopiesAndMovesAsATextDoes) {
  LlmKey const key("abc");
  auto copy = key;
  auto const moved = std::move(copy);
  EXPECT_EQ(moved.reveal(), "abc");
  EXPECT_EQ(LlmKey("Bearer ", "abc").reveal(), "Bearer abc");
  EXPECT_TRUE(LlmKey("").empty());
}

/// What is left of `text` when it comes in pieces of `size`.
std::string visible(std::string const& text, std::size_t size) {
  llm::ReasoningFilter filter;
  std::string result;
  for (std::size_t at = 0; at < text.size(); at += size) {
    auto const step = filter.take(std::string_view(text).substr(at, size));
    if (step.restart) result.clear();
    result += step.text;
  }
  return result + filter.finish();
}

TEST(Reasoning, IsTakenOutHoweverTheStreamIsCut) {
  struct Case {
    std::string text;
    std::string left;
  };
  for (auto const& [text, left] : std::vector<Case>{
           {"a<think>b</think>c", "ac"},
           {"<THINK>b</Think>c", "c"},
           {"<think>a<think>b</think>c</think>d", "d"},
           {"a<think>b", "a"},
           {"a<think>b</thinking>c", "a"},
           {"reasoning that began before</think>answer", "answer"},
           {"a</think>b<think>c</think>d", "bd"},
           {"<thinking>a</thinking><reasoning>b</reasoning>c<thought>d</thought>", "c"},
           {"[THINK]a[/THINK]b", "b"},
           {"\u25C1think\u25B7a\u25C1/think\u25B7b", "b"},
           {"<|channel|>analysis<|message|>a<|end|>b", "b"},
           {"1 < 2 and [x] and <b>", "1 < 2 and [x] and <b>"},
           {"ends in <thin", "ends in <thin"},
           {"<think>a</think", ""},
       }) {
    for (std::size_t size = 1; size <= text.size(); ++size)
      EXPECT_EQ(visible(text, size), left) << text << " by " << size;
  }
}

}  // namespace
}  // namespace nevus::test
