// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "cli/workplace.h"
#include "nevus/base/config.h"

namespace nevus::test {
namespace {

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

class Program : public Workplace {};

TEST_F(Program, SaysItsVersion) {
  auto const finished = nevus({"--version"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_TRUE(finished.out.starts_with("nevus ")) << finished.out;
  EXPECT_EQ(lines_of(finished.out).size(), 1U);
}

TEST_F(Program, HelpIsAnAnswerAndNoError) {
  for (std::vector<std::string> const& words : {std::vector<std::string>{},
                                                {"analyze"},
                                                {"batch"},
                                                {"models"},
                                                {"models", "show"},
                                                {"doctor"},
                                                {"completion"}}) {
    auto arguments = words;
    arguments.emplace_back("--help");
    auto const finished = nevus(arguments);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "");
    EXPECT_TRUE(holds(finished.out, "Usage: nevus")) << finished.out;
  }
}

TEST_F(Program, EverySettingIsAFlagWithItsHelp) {
  for (auto const& setting : settings_table()) {
    if (setting.text == TextKind::kSecret) continue;  // a command line is for all to see
    auto const* const command = setting.use == SettingUse::kServer ? "serve" : "analyze";
    auto const help = nevus({command, "--help"}).out;
    EXPECT_TRUE(holds(help, flag_name(setting))) << flag_name(setting);
    EXPECT_TRUE(holds(help, std::string(setting.help))) << flag_name(setting);
    EXPECT_TRUE(holds(help, environment_name(setting))) << flag_name(setting);
  }
}

TEST_F(Program, WrongCommandsGetOneSentence) {
  expect_refusal(nevus({}), ErrorCode::kUsage, "a command is needed");
  expect_refusal(nevus({"anlyze", "photo.jpg"}), ErrorCode::kUsage, "did you mean analyze?");
  expect_refusal(nevus({"--verbose"}), ErrorCode::kUsage, "--verbose");
  expect_refusal(nevus({"models", "delete"}), ErrorCode::kUsage, "`nevus models --help`");
  expect_refusal(nevus({"models", "show"}), ErrorCode::kUsage, "ID");
  expect_refusal(nevus({"completion"}), ErrorCode::kUsage, "a command is needed");
}

TEST_F(Program, BashCompletesCommandsAndOptions) {
  auto const script = nevus({"completion", "bash"});
  ASSERT_EQ(script.exit_code, 0);
  write_text(path("complete.sh"),
             script.out + "COMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\n_nevus\necho \"${COMPREPLY[@]}\"\n");
  auto const completed = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"bash", path("complete.sh")});
    return run(words).out;
  };
  EXPECT_EQ(completed({"nevus", "an"}), "analyze\n");
  EXPECT_EQ(completed({"nevus", "analyze", "--form"}), "--format\n");
  EXPECT_EQ(completed({"nevus", "models", "ver"}), "verify\n");
  EXPECT_EQ(completed({"nevus", "analyze", "photo"}), "\n") << "files are completed by the shell itself";
}

TEST_F(Program, ModelsListsShowsAndVerifies) {
  auto const list = nevus({"models"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_TRUE(holds(list.out, "fast "));
  EXPECT_EQ(nevus({"models", "list"}).out, list.out);

  auto const shown = nevus({"models", "show", "fast"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_TRUE(holds(shown.out, "sha256"));
  auto const card = nevus({"models", "show", "fast", "--json"});
  EXPECT_EQ(nlohmann::json::parse(card.out)["id"], "fast");

  auto const verified = nevus({"models", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_TRUE(holds(verified.out, "fast")) << verified.out;
}

TEST_F(Program, VerifyFindsADamagedModelAmongGoodOnes) {
  write_bundle(models(), testing::TinyNetwork().bundle("damaged"));
  auto network = read_text(models() / "damaged" / "network.onnx");
  network[network.size() / 2] ^= 1;
  write_text(models() / "damaged" / "network.onnx", network);

  auto const verified = nevus({"models", "verify"});
  EXPECT_EQ(verified.exit_code, info(ErrorCode::kModelRefused).exit_code);
  EXPECT_TRUE(holds(verified.out, "fast"));
  EXPECT_TRUE(holds(verified.err, "SHA-256")) << verified.err;

  auto const list = nevus({"models", "list"});
  EXPECT_EQ(list.exit_code, info(ErrorCode::kModelRefused).exit_code);
  EXPECT_TRUE(holds(list.out, "refused")) << list.out;
}

TEST_F(Program, ANetworkThatAnswersOtherThanItsCardIsRefused) {
  auto bundle = testing::TinyNetwork().bundle("fast");
  bundle.card.canary_logits[2] += 1;
  write_bundle(models(), bundle);
  expect_refusal(nevus({"analyze", photo()}), ErrorCode::kModelRefused, "canary");
}

TEST_F(Program, DoctorFindsNothingWrongHere) {
  auto const finished = nevus({"doctor"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_EQ(finished.err, "");
  for (std::string const subject : {"processor", "memory", "OpenVINO", "max_file_size_mb", "model fast"}) {
    EXPECT_TRUE(holds(finished.out, subject)) << finished.out;
  }
}

TEST_F(Program, DoctorSaysWhatIsWrongAndGoesOnLooking) {
  auto how = start();
  how.environment["DEBUG_MODE"] = "perhaps";
  auto const wrong_setting = nevus({"doctor"}, how);
  EXPECT_EQ(wrong_setting.exit_code, info(ErrorCode::kConfig).exit_code);
  EXPECT_TRUE(holds(wrong_setting.out, "DEBUG_MODE")) << wrong_setting.out;
  EXPECT_TRUE(holds(wrong_setting.out, "model fast")) << wrong_setting.out;

  auto const no_models = nevus({"doctor", "--models", path("nowhere")});
  EXPECT_EQ(no_models.exit_code, info(ErrorCode::kModelNotFound).exit_code);
  EXPECT_TRUE(holds(no_models.out, "NEVUS_MODELS")) << no_models.out;
}

}  // namespace
}  // namespace nevus::test
