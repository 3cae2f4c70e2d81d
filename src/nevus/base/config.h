// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

/// What a person may set. The defaults stand here and nowhere else.
struct Settings {
  int max_file_size_mb = 10;  ///< megabytes of 1,000,000 bytes
  std::vector<std::string> supported_formats{"jpg", "jpeg", "png", "bmp", "tiff"};
  bool debug_mode = false;
  std::filesystem::path audit_log;           ///< empty: none is kept
  std::filesystem::path default_model_path;  ///< a bundle's folder; empty: the `fast` bundle that comes with Nevus

  // The language model; docs/llm.md.
  std::string llm_base_url = "https://api.groq.com/openai/v1";
  std::string llm_api_key;
  std::string groq_api_key;  ///< for llm_base_url's default alone
  std::string llm_model;     ///< empty: one of those that the server lists
  int llm_timeout_s = 60;
  int llm_session_tokens = 50'000;

  // Of `nevus serve` alone.
  bool llm_session_keys = true;
  std::string host = "127.0.0.1";
  int port = 8501;  ///< 0: any free one
  bool unprotected = false;
  std::vector<std::string> allowed_hosts;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::filesystem::path api_keys;
  std::string log_format = "text";
  int queue_length = 64;
  int deadline_s = 60;
  int session_idle_min = 15;
  int max_sessions = 1000;
  int max_session_photos = 500;
  int session_memory_mb = 256;
  int max_batch_photos = 200;
  int max_connections = 4096;
  int max_connections_per_address = 256;
  int rate_limit_per_min = 6000;

  /// Whether photos of this format are taken: "jpeg" and "jpg" mean the same, as do "tiff" and "tif".
  [[nodiscard]] bool supports(std::string_view format) const;
};

enum class SettingUse { kEveryCommand, kServer };
enum class TextKind {
  kWord,      ///< in any case
  kVerbatim,  ///< as it is typed, without blanks
  kSecret     ///< the same; never shown, and no flag, since other users see command lines
};

/// One row of the settings table, from which reading, `--help` and docs/settings.md come.
struct SettingInfo {
  std::string_view name;  ///< as in nevus.toml: "max_file_size_mb"
  std::variant<int Settings::*, bool Settings::*, std::string Settings::*, std::vector<std::string> Settings::*,
               std::filesystem::path Settings::*>
      member;
  std::string_view accepts;  ///< in words: "a whole number from 1 to 2000"
  std::string_view help;     ///< one line, no full stop
  int min = 0;               ///< of a number
  int max = 0;
  std::span<std::string_view const> words{};  ///< a text or list is made of these; none: of any
  SettingUse use = SettingUse::kEveryCommand;
  TextKind text = TextKind::kWord;
};

[[nodiscard]] std::span<SettingInfo const> settings_table();
[[nodiscard]] std::string environment_name(SettingInfo const& setting);  ///< "MAX_FILE_SIZE_MB", "NEVUS_PORT"
[[nodiscard]] std::string flag_name(SettingInfo const& setting);         ///< "--max-file-size-mb"; empty: none
[[nodiscard]] std::string value_text(SettingInfo const& setting,
                                     Settings const& from);  ///< "jpg,jpeg,png,bmp,tiff"; of a secret: "(not shown)"

struct SettingsText {
  std::filesystem::path path;  ///< for messages, and for relative paths inside
  std::string text;
};

/// Where settings come from; what stands later wins.
struct SettingsSources {
  std::optional<SettingsText> file;                ///< TOML
  std::optional<SettingsText> dotenv;              ///< lines KEY=VALUE
  std::map<std::string, std::string> environment;  ///< of the process
  std::map<std::string, std::string> flags;        ///< by setting name: {"max_file_size_mb", "20"}
};

/// Defaults < file < .env < environment < flags. kConfig, naming setting, source and value, for a malformed value
/// anywhere and for a key of the file that is no setting. Keys of other programs in .env and in the environment are
/// none of our business. A relative path counts from the folder of the file that names it.
[[nodiscard]] Result<Settings> load_settings(SettingsSources const& sources);

/// The sources of this process: `config_file` (which then must exist) or else nevus.toml of the working directory,
/// .env of the working directory, our variables of the environment, and the flags that the caller parsed.
[[nodiscard]] Result<SettingsSources> process_sources(std::optional<std::filesystem::path> const& config_file,
                                                      std::map<std::string, std::string> flags);

}  // namespace nevus
