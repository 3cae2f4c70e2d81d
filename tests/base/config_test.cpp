// SPDX-License-Identifier: MIT
#include "nevus/base/config.h"

#include <gtest/gtest.h>

#include <fstream>

namespace nevus {
namespace {

SettingsText toml(std::string text) { return {"nevus.toml", std::move(text)}; }
SettingsText dotenv(std::string text) { return {".env", std::move(text)}; }

/// The message of a configuration that must be refused.
std::string refusal(SettingsSources const& sources) {
  auto const settings = load_settings(sources);
  if (settings) return "it was accepted";
  EXPECT_EQ(settings.error().code, ErrorCode::kConfig);
  return settings.error().message;
}

TEST(Config, NoSourceGivesTheDocumentedDefaults) {
  auto const settings = load_settings({}).value();
  EXPECT_EQ(settings.max_file_size_mb, 10);
  EXPECT_EQ(settings.supported_formats, (std::vector<std::string>{"jpg", "jpeg", "png", "bmp", "tiff"}));
  EXPECT_FALSE(settings.debug_mode);
  EXPECT_TRUE(settings.default_model_path.empty());
}

TEST(Config, EachSourceOverridesTheOneBelowIt) {
  SettingsSources sources;
  auto const limit = [&] { return load_settings(sources).value().max_file_size_mb; };
  sources.file = toml("max_file_size_mb = 21");
  EXPECT_EQ(limit(), 21);
  sources.dotenv = dotenv("MAX_FILE_SIZE_MB=22");
  EXPECT_EQ(limit(), 22);
  sources.environment["MAX_FILE_SIZE_MB"] = "23";
  EXPECT_EQ(limit(), 23);
  sources.flags["max_file_size_mb"] = "24";
  EXPECT_EQ(limit(), 24);
}

TEST(Config, SourcesThatSetDifferentThingsAddUp) {
  SettingsSources sources;
  sources.file = toml("supported_formats = [\"png\", \"WebP\"]\ndebug_mode = true\n");
  sources.dotenv = dotenv("DEFAULT_MODEL_PATH=/srv/nevus/accurate");
  sources.flags["max_file_size_mb"] = "2000";
  auto const settings = load_settings(sources).value();
  EXPECT_EQ(settings.supported_formats, (std::vector<std::string>{"png", "webp"}));
  EXPECT_TRUE(settings.debug_mode);
  EXPECT_EQ(settings.default_model_path, "/srv/nevus/accurate");
  EXPECT_EQ(settings.max_file_size_mb, 2000);
}

TEST(Config, ARelativeModelPathCountsFromTheFileThatNamesIt) {
  SettingsSources sources;
  sources.file = SettingsText{"/etc/nevus/nevus.toml", "default_model_path = \"models/fast\""};
  EXPECT_EQ(load_settings(sources).value().default_model_path, "/etc/nevus/models/fast");
  sources.environment["DEFAULT_MODEL_PATH"] = "models/fast";
  EXPECT_EQ(load_settings(sources).value().default_model_path, "models/fast");
  sources.flags["default_model_path"] = "";
  EXPECT_TRUE(load_settings(sources).value().default_model_path.empty());
}

TEST(Config, DotenvUnderstandsQuotesCommentsAndExport) {
  SettingsSources sources;
  sources.dotenv = dotenv(
      "# Nevus\n\n"
      "export MAX_FILE_SIZE_MB = 12   # megabytes\r\n"
      "SUPPORTED_FORMATS='jpg, png' # two\n"
      "DEFAULT_MODEL_PATH=\"/srv/a # b\"\n"
      "DEBUG_MODE=on\n");
  auto const settings = load_settings(sources).value();
  EXPECT_EQ(settings.max_file_size_mb, 12);
  EXPECT_EQ(settings.supported_formats, (std::vector<std::string>{"jpg", "png"}));
  EXPECT_EQ(settings.default_model_path, "/srv/a # b");
  EXPECT_TRUE(settings.debug_mode);
}

TEST(Config, DotenvAndEnvironmentMayHoldKeysOfOtherPrograms) {
  SettingsSources sources;
  sources.dotenv = dotenv("DATABASE_URL=postgres://x\nMAX_FILE_SIZE_MB_OF_ANOTHER=many\nnot a line of ours\n");
  sources.environment["PATH"] = "/bin";
  EXPECT_EQ(load_settings(sources).value().max_file_size_mb, 10);
}

TEST(Config, UnknownKeyOfTheFileIsNamedWithTheKnownOnes) {
  SettingsSources sources;
  sources.file = toml("max_filesize_mb = 5");
  EXPECT_EQ(refusal(sources),
            "nevus.toml: there is no setting \"max_filesize_mb\"; the settings are max_file_size_mb, "
            "supported_formats, debug_mode, audit_log, default_model_path, llm_base_url, "
            "llm_api_key, groq_api_key, llm_model, llm_timeout_s, llm_session_tokens, llm_session_keys, "
            "host, port, unprotected, allowed_hosts, "
            "tls_certificate, "
            "tls_key, api_keys, log_format, queue_length, deadline_s, session_idle_min, max_sessions, "
            "max_session_photos, session_memory_mb, max_batch_photos, max_connections, max_connections_per_address, "
            "rate_limit_per_min");
  sources.file = toml("[limits]\nmax_file_size_mb = 5");
  EXPECT_NE(refusal(sources).find("no setting \"limits\""), std::string::npos);
}

TEST(Config, BrokenTomlIsRefusedWithItsLine) {
  SettingsSources sources;
  sources.file = toml("debug_mode = true\nmax_file_size_mb = = 5\n");
  EXPECT_NE(refusal(sources).find("nevus.toml, line 2: "), std::string::npos);
}

TEST(Config, MalformedValueNamesSettingSourceAndValue) {
  SettingsSources sources;
  sources.environment["MAX_FILE_SIZE_MB"] = "10MB";
  EXPECT_EQ(refusal(sources),
            "the environment variable MAX_FILE_SIZE_MB: max_file_size_mb is \"10MB\", but must be a whole number from "
            "1 to 2000");
  sources = {};
  sources.flags["debug_mode"] = "maybe";
  EXPECT_EQ(refusal(sources), "the flag --debug-mode: debug_mode is \"maybe\", but must be true or false");
  sources = {};
  sources.dotenv = dotenv("A=1\nSUPPORTED_FORMATS=jpg,gif\n");
  EXPECT_EQ(refusal(sources),
            ".env, line 2: supported_formats is \"jpg,gif\", but must be one or more of jpg, jpeg, png, bmp, tif, "
            "tiff, webp, dcm, dicom");
}

TEST(Config, EveryMalformedValueIsRefusedWhereverItStands) {
  std::vector<std::pair<std::string, std::string>> const bad{{"max_file_size_mb", "0"},
                                                             {"max_file_size_mb", "2001"},
                                                             {"max_file_size_mb", "-1"},
                                                             {"max_file_size_mb", ""},
                                                             {"max_file_size_mb", "1.5"},
                                                             {"max_file_size_mb", "99999999999999999999"},
                                                             {"debug_mode", ""},
                                                             {"debug_mode", "2"},
                                                             {"supported_formats", ""},
                                                             {"supported_formats", ","},
                                                             {"supported_formats", "jpg,"},
                                                             {"supported_formats", ",jpg"},
                                                             {"supported_formats", "jp"},
                                                             {"supported_formats", "jpg png"}};
  for (auto const& [name, value] : bad) {
    SettingsSources flags;
    flags.flags[name] = value;
    EXPECT_NE(refusal(flags).find(name + " is \"" + value + "\""), std::string::npos) << name << '=' << value;
    SettingsSources lines;
    auto upper = name;
    for (auto& letter : upper) letter = static_cast<char>(std::toupper(letter));
    lines.dotenv = dotenv(upper + "=" + value);
    EXPECT_NE(refusal(lines).find(name + " is \"" + value + "\""), std::string::npos) << name << '=' << value;
  }
}

TEST(Config, AValueOfTheWrongTomlTypeIsRefused) {
  for (std::string const text : {"max_file_size_mb = \"10\"", "max_file_size_mb = 10.0", "debug_mode = 1",
                                 "debug_mode = \"true\"", "supported_formats = \"jpg\"", "supported_formats = [1]",
                                 "supported_formats = []", "default_model_path = 3", "default_model_path = {}"}) {
    SettingsSources sources;
    sources.file = toml(text);
    EXPECT_NE(refusal(sources).find("but must be"), std::string::npos) << text;
  }
}

TEST(Config, DotenvLineOfOursWithoutAValueIsRefused) {
  for (std::string const text :
       {"MAX_FILE_SIZE_MB 20", "MAX_FILE_SIZE_MB", "DEFAULT_MODEL_PATH=\"/srv", "DEFAULT_MODEL_PATH='/srv' x"}) {
    SettingsSources sources;
    sources.dotenv = dotenv(text);
    EXPECT_NE(refusal(sources).find(".env, line 1: "), std::string::npos) << text;
  }
}

TEST(Config, TheServersSettingsHaveTheirOwnNamesInTheEnvironment) {
  SettingsSources sources;
  sources.environment = {{"PORT", "1"}, {"HOST", "a.b"}, {"NEVUS_PORT", "0"}, {"NEVUS_ALLOWED_HOSTS", "a.org, B.org"}};
  auto const settings = load_settings(sources).value();
  EXPECT_EQ(settings.port, 0);
  EXPECT_EQ(settings.host, "127.0.0.1");
  EXPECT_EQ(settings.allowed_hosts, (std::vector<std::string>{"a.org", "b.org"}));
  sources.environment["NEVUS_LOG_FORMAT"] = "xml";
  EXPECT_NE(refusal(sources).find("log_format is \"xml\", but must be text or json"), std::string::npos);
}

TEST(Config, SynonymsOfAFormatAreOneFormat) {
  Settings settings;
  settings.supported_formats = {"jpg", "tif"};
  EXPECT_TRUE(settings.supports("jpeg"));
  EXPECT_TRUE(settings.supports("tiff"));
  EXPECT_FALSE(settings.supports("png"));
}

TEST(Config, EveryRowOfTheTableCanBeSetFromItsOwnDefault) {
  for (auto const& row : settings_table()) {
    SettingsSources sources;
    sources.flags[std::string(row.name)] = value_text(row, Settings{});
    auto const settings = load_settings(sources);
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    EXPECT_EQ(value_text(row, *settings), value_text(row, Settings{})) << row.name;
  }
}

TEST(Config, TheProcessReadsTheFileItWasGivenAndItsEnvironment) {
  auto const path = std::filesystem::path(::testing::TempDir()) / "config_test.toml";
  std::ofstream(path) << "debug_mode = true\n";
  ::setenv("SUPPORTED_FORMATS", "bmp", 1);
  auto const sources = process_sources(path, {{"max_file_size_mb", "3"}});
  ::unsetenv("SUPPORTED_FORMATS");
  auto const settings = load_settings(sources.value()).value();
  EXPECT_TRUE(settings.debug_mode);
  EXPECT_EQ(settings.supported_formats, std::vector<std::string>{"bmp"});
  EXPECT_EQ(settings.max_file_size_mb, 3);
  std::filesystem::remove(path);
  EXPECT_EQ(process_sources(path, {}).error().code, ErrorCode::kNotFound);
}

TEST(Config, AKeyIsTakenAsItIsTypedAndNeverShown) {
  SettingsSources sources;
  sources.dotenv = dotenv("GROQ_API_KEY=gsk_MiXed\nLLM_MODEL=Org/Model-7B");
  sources.environment["LLM_API_KEY"] = "sk-MiXed";
  auto const settings = load_settings(sources).value();
  EXPECT_EQ(settings.groq_api_key, "gsk_MiXed");
  EXPECT_EQ(settings.llm_api_key, "sk-MiXed");
  EXPECT_EQ(settings.llm_model, "Org/Model-7B");
  for (auto const& row : settings_table()) {
    EXPECT_EQ(value_text(row, settings).find("MiXed"), std::string::npos) << row.name;
    EXPECT_EQ(flag_name(row).empty(), row.text == TextKind::kSecret) << "other users see command lines";
  }
}

TEST(Config, AMalformedKeyIsNotRepeated) {
  std::vector<SettingsSources> wrong(4);
  wrong[0].file = toml("llm_api_key = \"sk-a secret\"");
  wrong[1].file = toml("llm_api_key = [\"sk-a\"]");
  wrong[2].dotenv = dotenv("LLM_API_KEY='sk-a");
  wrong[3].environment["LLM_API_KEY"] = "sk-a\r\nX: y";
  for (auto const& sources : wrong) {
    auto const message = refusal(sources);
    EXPECT_EQ(message.find("sk-a"), std::string::npos) << message;
    EXPECT_NE(message.find("llm_api_key"), std::string::npos) << message;
  }
}

TEST(Config, AnEmptyKeyIsNone) {
  SettingsSources sources;
  sources.environment["GROQ_API_KEY"] = "";
  EXPECT_EQ(load_settings(sources).value().groq_api_key, "");
}

}  // namespace
}  // namespace nevus
