// SPDX-License-Identifier: MIT
#include "nevus/base/config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <type_traits>

#include "nevus/base/file.h"

namespace nevus {
namespace {

constexpr std::array<std::string_view, 9> kFormats{"jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp", "dcm", "dicom"};
constexpr std::size_t kMaxSettingsBytes = 1'000'000;

constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};
constexpr auto kServer = SettingUse::kServer;

constexpr auto kTable = std::to_array<SettingInfo>({
    {"max_file_size_mb", &Settings::max_file_size_mb, "a whole number from 1 to 2000",
     "Largest photo that is taken, in megabytes (1 MB is 1,000,000 bytes)", 1, 2000},
    {"supported_formats", &Settings::supported_formats,
     "one or more of jpg, jpeg, png, bmp, tif, tiff, webp, dcm, dicom",
     "Photo formats that are taken; a photo's content decides what it is, not its name", 0, 0, kFormats},
    {"debug_mode", &Settings::debug_mode, "true or false", "Log every step and its time to standard error"},
    {"audit_log", &Settings::audit_log, "a file",
     "File that a record of every answer is added to, without pixels and names; empty: none"},
    {"default_model_path", &Settings::default_model_path, "a model bundle's folder",
     "Model that is used when none is asked for; empty: the one named fast that comes with Nevus"},
    {"llm_base_url",
     &Settings::llm_base_url,
     "an address",
     "Server of a language model with /chat/completions; http only on this machine or a private network",
     0,
     0,
     {},
     SettingUse::kEveryCommand,
     TextKind::kVerbatim},
    {"llm_api_key",
     &Settings::llm_api_key,
     "a key",
     "Its key; without one the language model is off, unless its address is private",
     0,
     0,
     {},
     SettingUse::kEveryCommand,
     TextKind::kSecret},
    {"groq_api_key",
     &Settings::groq_api_key,
     "a key",
     "Key that is used where llm_api_key is empty and llm_base_url is Groq's",
     0,
     0,
     {},
     SettingUse::kEveryCommand,
     TextKind::kSecret},
    {"llm_model",
     &Settings::llm_model,
     "a name",
     "Which of its models; empty: one that the server lists",
     0,
     0,
     {},
     SettingUse::kEveryCommand,
     TextKind::kVerbatim},
    {"llm_timeout_s", &Settings::llm_timeout_s, "a whole number from 1 to 3600",
     "Longest time in seconds that a language model may take; half of it until its first word", 1, 3600},
    {"llm_session_tokens", &Settings::llm_session_tokens, "a whole number from 0 to 100000000",
     "Tokens that one session, or one run of the program, may use up; 0: none", 0, 100'000'000},
    {"llm_session_keys",
     &Settings::llm_session_keys,
     "true or false",
     "Whether people may give a key of their own for their session",
     0,
     0,
     {},
     kServer},
    {"host", &Settings::host, "an IP address", "Address that the server listens on", 0, 0, {}, kServer},
    {"port",
     &Settings::port,
     "a whole number from 0 to 65535",
     "Port that the server listens on; 0: any free one",
     0,
     65535,
     {},
     kServer},
    {"unprotected",
     &Settings::unprotected,
     "true or false",
     "Listen on an address that other machines reach with neither API keys nor TLS",
     0,
     0,
     {},
     kServer},
    {"allowed_hosts",
     &Settings::allowed_hosts,
     "names or addresses",
     "Names that browsers may call this server by, as behind a proxy; empty: localhost and this machine's address",
     0,
     0,
     {},
     kServer},
    {"tls_certificate",
     &Settings::tls_certificate,
     "a PEM file",
     "Certificate chain; with tls_key it turns on TLS",
     0,
     0,
     {},
     kServer},
    {"tls_key", &Settings::tls_key, "a PEM file", "Private key of the certificate", 0, 0, {}, kServer},
    {"api_keys",
     &Settings::api_keys,
     "a file",
     "API keys that are let in, a line each: role, name, SHA-256 of the key",
     0,
     0,
     {},
     kServer},
    {"log_format", &Settings::log_format, "text or json", "Form of the server's log on standard error", 0, 0,
     kLogFormats, kServer},
    {"queue_length",
     &Settings::queue_length,
     "a whole number from 1 to 100000",
     "Requests that wait for the network; one more is answered 503",
     1,
     100000,
     {},
     kServer},
    {"deadline_s",
     &Settings::deadline_s,
     "a whole number from 1 to 3600",
     "Longest time in seconds between a request and its answer",
     1,
     3600,
     {},
     kServer},
    {"session_idle_min",
     &Settings::session_idle_min,
     "a whole number from 1 to 1440",
     "Minutes without a request after which a session and its photos are wiped",
     1,
     1440,
     {},
     kServer},
    {"max_sessions",
     &Settings::max_sessions,
     "a whole number from 1 to 1000000",
     "Sessions at the same time",
     1,
     1000000,
     {},
     kServer},
    {"max_session_photos",
     &Settings::max_session_photos,
     "a whole number from 1 to 100000",
     "Photos that one session keeps",
     1,
     100000,
     {},
     kServer},
    {"session_memory_mb",
     &Settings::session_memory_mb,
     "a whole number from 1 to 100000",
     "Megabytes that photos and answers of all sessions may fill",
     1,
     100000,
     {},
     kServer},
    {"max_batch_photos",
     &Settings::max_batch_photos,
     "a whole number from 1 to 100000",
     "Photos in one batch",
     1,
     100000,
     {},
     kServer},
    {"max_connections",
     &Settings::max_connections,
     "a whole number from 1 to 100000",
     "Connections at the same time",
     1,
     100000,
     {},
     kServer},
    {"max_connections_per_address",
     &Settings::max_connections_per_address,
     "a whole number from 1 to 100000",
     "Connections at the same time from one address",
     1,
     100000,
     {},
     kServer},
    {"rate_limit_per_min",
     &Settings::rate_limit_per_min,
     "a whole number from 0 to 1000000",
     "Requests a minute from one API key, or address without one; 0: any number",
     0,
     1000000,
     {},
     kServer},
});

/// A value that some source gives for a setting, still as text.
struct Assignment {
  SettingInfo const& setting;
  std::string value;
  std::string source;              ///< for the person: "nevus.toml", "the environment variable DEBUG_MODE", …
  std::filesystem::path folder{};  ///< that relative paths count from; empty: the working directory
};

tl::unexpected<Error> malformed(Assignment const& given) {
  if (given.setting.text == TextKind::kSecret) {
    return fail(ErrorCode::kConfig, given.source + ": " + std::string(given.setting.name) +
                                        " is malformed; it must be a text without blanks in quotes");
  }
  return fail(ErrorCode::kConfig, given.source + ": " + std::string(given.setting.name) + " is \"" + given.value +
                                      "\", but must be " + std::string(given.setting.accepts));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return result;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  auto const first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view canonical_format(std::string_view format) {
  if (format == "jpg") return "jpeg";
  if (format == "tif") return "tiff";
  if (format == "dcm") return "dicom";
  return format;
}

Result<void> store(Assignment const& given, int& target) {
  int number = 0;
  auto const* const end = given.value.data() + given.value.size();
  auto const [stop, problem] = std::from_chars(given.value.data(), end, number);
  if (problem != std::errc{} || stop != end || number < given.setting.min || number > given.setting.max)
    return malformed(given);
  target = number;
  return {};
}

Result<void> store(Assignment const& given, bool& target) {
  auto const word = lower(given.value);
  bool const yes = word == "true" || word == "1" || word == "yes" || word == "on";
  if (!yes && word != "false" && word != "0" && word != "no" && word != "off") return malformed(given);
  target = yes;
  return {};
}

bool accepts(SettingInfo const& setting, std::string const& word) {
  return setting.words.empty() ? !word.empty() : std::ranges::find(setting.words, word) != setting.words.end();
}

Result<void> store(Assignment const& given, std::string& target) {
  if (given.setting.text != TextKind::kWord) {
    auto const text = trim(given.value);
    auto const is_printable = [](unsigned char byte) { return byte > 0x20 && byte < 0x7F; };
    if (!std::ranges::all_of(text, is_printable)) return malformed(given);
    target = text;
    return {};
  }
  target = lower(trim(given.value));
  if (!accepts(given.setting, target)) return malformed(given);
  return {};
}

Result<void> store(Assignment const& given, std::vector<std::string>& target) {
  std::vector<std::string> words;
  std::istringstream stream(given.value);
  for (std::string part; std::getline(stream, part, ',');) {
    words.push_back(lower(trim(part)));
    if (!accepts(given.setting, words.back())) return malformed(given);
  }
  bool const may_be_empty = given.setting.words.empty();
  if ((words.empty() && !may_be_empty) || given.value.ends_with(',')) return malformed(given);
  target = std::move(words);
  return {};
}

Result<void> store(Assignment const& given, std::filesystem::path& target) {
  target = given.value.empty() ? std::filesystem::path{} : given.folder / given.value;
  return {};
}

Result<void> apply(Assignment const& given, Settings& settings) {
  return std::visit([&](auto member) { return store(given, settings.*member); }, given.setting.member);
}

SettingInfo const* find_setting(std::string_view name) {
  auto const* const row = std::ranges::find(kTable, name, &SettingInfo::name);
  return row == kTable.end() ? nullptr : row;
}

std::string setting_names() {
  std::string names;
  for (auto const& row : kTable) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

/// A TOML value as the text that the environment would hold, or nothing where its type is not the setting's.
std::optional<std::string> text_of(toml::node const& node, SettingInfo const& setting) {
  if (std::holds_alternative<int Settings::*>(setting.member)) {
    if (node.is_integer()) return std::to_string(node.as_integer()->get());
  } else if (std::holds_alternative<bool Settings::*>(setting.member)) {
    if (node.is_boolean()) return node.as_boolean()->get() ? "true" : "false";
  } else if (std::holds_alternative<std::filesystem::path Settings::*>(setting.member) ||
             std::holds_alternative<std::string Settings::*>(setting.member)) {
    if (node.is_string()) return node.as_string()->get();
  } else if (node.is_array() && node.as_array()->is_homogeneous(toml::node_type::string)) {
    std::string joined;
    for (auto const& word : *node.as_array()) joined += (joined.empty() ? "" : ",") + word.as_string()->get();
    return joined;
  }
  return std::nullopt;
}

std::string source_text(toml::node const& node) {
  std::ostringstream stream;
  node.visit([&](auto const& typed) { stream << typed; });
  return stream.str();
}

Result<void> apply_file(SettingsText const& file, Settings& settings) {
  toml::table table;
  try {
    table = toml::parse(file.text, file.path.string());
  } catch (toml::parse_error const& error) {
    return fail(ErrorCode::kConfig, file.path.string() + ", line " + std::to_string(error.source().begin.line) + ": " +
                                        std::string(error.description()));
  }
  for (auto const& [key, node] : table) {
    auto const* const setting = find_setting(key.str());
    if (setting == nullptr) {
      return fail(ErrorCode::kConfig, file.path.string() + ": there is no setting \"" + std::string(key.str()) +
                                          "\"; the settings are " + setting_names());
    }
    Assignment given{*setting, "", file.path.string(), file.path.parent_path()};
    auto text = text_of(node, *setting);
    given.value = text ? *text : source_text(node);
    if (!text) return malformed(given);
    NEVUS_CHECK(apply(given, settings));
  }
  return {};
}

/// The value of KEY=VALUE: 'as it stands', "as it stands", or bare up to a comment.
std::optional<std::string> unquote(std::string_view value) {
  if (value.starts_with('\'') || value.starts_with('"')) {
    auto const end = value.find(value.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    auto const rest = trim(value.substr(end + 1));
    if (!rest.empty() && !rest.starts_with('#')) return std::nullopt;
    return std::string(value.substr(1, end - 1));
  }
  if (value.starts_with('#')) return "";
  return std::string(trim(value.substr(0, value.find(" #"))));
}

Result<void> apply_dotenv(SettingsText const& dotenv, Settings& settings) {
  std::istringstream stream(dotenv.text);
  int number = 0;
  for (std::string raw; std::getline(stream, raw);) {
    auto line = trim(raw);
    auto const source = dotenv.path.string() + ", line " + std::to_string(++number);
    if (line.starts_with("export ")) line = trim(line.substr(7));
    auto const key = line.substr(0, line.find_first_of("= \t"));
    auto const* const setting =
        std::ranges::find_if(kTable, [&](SettingInfo const& row) { return environment_name(row) == key; });
    if (setting == kTable.end()) continue;
    Assignment given{*setting, std::string(line), source, dotenv.path.parent_path()};
    auto const rest = trim(line.substr(key.size()));
    auto const value = rest.starts_with('=') ? unquote(trim(rest.substr(1))) : std::nullopt;
    if (!value) return malformed(given);
    given.value = *value;
    NEVUS_CHECK(apply(given, settings));
  }
  return {};
}

Result<void> apply_environment(std::map<std::string, std::string> const& environment, Settings& settings) {
  for (auto const& row : kTable) {
    auto const found = environment.find(environment_name(row));
    if (found == environment.end()) continue;
    NEVUS_CHECK(apply({row, found->second, "the environment variable " + found->first}, settings));
  }
  return {};
}

Result<void> apply_flags(std::map<std::string, std::string> const& flags, Settings& settings) {
  for (auto const& [name, value] : flags) {
    auto const* const setting = find_setting(name);
    if (setting == nullptr) return fail(ErrorCode::kConfig, "there is no setting \"" + name + "\"");
    NEVUS_CHECK(apply({*setting, value, "the flag " + flag_name(*setting)}, settings));
  }
  return {};
}

Result<SettingsText> read_settings(std::filesystem::path const& path) {
  auto bytes = read_file(path, kMaxSettingsBytes);
  if (bytes) return SettingsText{path, std::string(bytes->begin(), bytes->end())};
  if (bytes.error().code == ErrorCode::kPhotoTooLarge) bytes.error().code = ErrorCode::kConfig;
  return tl::unexpected<Error>(bytes.error());
}

}  // namespace

bool Settings::supports(std::string_view format) const {
  return std::ranges::find(supported_formats, canonical_format(format), canonical_format) != supported_formats.end();
}

std::span<SettingInfo const> settings_table() { return kTable; }

std::string environment_name(SettingInfo const& setting) {
  // The server's names are too common to be ours alone: HOST and PORT belong to many a program.
  std::string result = (setting.use == SettingUse::kServer ? "NEVUS_" : "") + std::string(setting.name);
  std::ranges::transform(result, result.begin(), [](unsigned char letter) { return std::toupper(letter); });
  return result;
}

std::string flag_name(SettingInfo const& setting) {
  if (setting.text == TextKind::kSecret) return "";
  std::string result = "--" + std::string(setting.name);
  std::ranges::replace(result, '_', '-');
  return result;
}

std::string value_text(SettingInfo const& setting, Settings const& from) {
  auto text = std::visit(
      [&](auto member) -> std::string {
        auto const& value = from.*member;
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, int>) return std::to_string(value);
        if constexpr (std::is_same_v<Value, bool>) return value ? "true" : "false";
        if constexpr (std::is_same_v<Value, std::string>) return value;
        if constexpr (std::is_same_v<Value, std::filesystem::path>) return value.string();
        if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          std::string joined;
          for (auto const& word : value) joined += (joined.empty() ? "" : ",") + word;
          return joined;
        }
      },
      setting.member);
  return setting.text == TextKind::kSecret && !text.empty() ? "(not shown)" : text;
}

Result<Settings> load_settings(SettingsSources const& sources) {
  Settings settings;
  if (sources.file) NEVUS_CHECK(apply_file(*sources.file, settings));
  if (sources.dotenv) NEVUS_CHECK(apply_dotenv(*sources.dotenv, settings));
  NEVUS_CHECK(apply_environment(sources.environment, settings));
  NEVUS_CHECK(apply_flags(sources.flags, settings));
  return settings;
}

Result<SettingsSources> process_sources(std::optional<std::filesystem::path> const& config_file,
                                        std::map<std::string, std::string> flags) {
  SettingsSources sources;
  sources.flags = std::move(flags);
  if (config_file || std::filesystem::exists("nevus.toml")) {
    NEVUS_TRY(sources.file, read_settings(config_file.value_or("nevus.toml")));
  }
  if (std::filesystem::exists(".env")) {
    NEVUS_TRY(sources.dotenv, read_settings(".env"));
  }
  for (auto const& row : kTable) {
    auto const name = environment_name(row);
    if (char const* const value = std::getenv(name.c_str()); value != nullptr) sources.environment.emplace(name, value);
  }
  return sources;
}

}  // namespace nevus
