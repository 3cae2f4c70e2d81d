// SPDX-License-Identifier: MIT
// nevus doctor: what is missing or wrong on this machine, and how to mend it.

#include <link.h>
#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "commands.h"
#include "nevus/llm/setup.h"
#include "options.h"
#include "terminal.h"

namespace nevus::app {
namespace {

enum class Verdict { kGood, kWarning, kBad };

struct Finding {
  Verdict verdict;
  std::string subject;
  std::string text;
  std::string mend;                       ///< what to do; empty when good
  ErrorCode code = ErrorCode::kInternal;  ///< of a bad finding
};

/// The value after "key" and a colon in a file of such lines, as in /proc/cpuinfo and /proc/meminfo.
std::string proc_value(char const* file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    auto const colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    auto const start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

Finding check_processor() {
  auto const flags = " " + proc_value("/proc/cpuinfo", "flags") + " ";
  auto const has = [&](char const* flag) { return flags.find(" " + std::string(flag) + " ") != std::string::npos; };
  std::string features;
  for (auto const* flag : {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}) {
    if (has(flag)) features += (features.empty() ? "" : ", ") + std::string(flag);
  }
  auto const text = fmt::format("{}, {} cores; {}", proc_value("/proc/cpuinfo", "model name"),
                                std::thread::hardware_concurrency(), features.empty() ? "no AVX2" : features);
  if (!has("avx2")) {
    return {Verdict::kWarning, "processor", text, "It works, but several times slower than with AVX2."};
  }
  return {Verdict::kGood, "processor", text, ""};
}

Finding check_memory() {
  constexpr double kNeededMb = 300;
  double const available_mb = std::strtod(proc_value("/proc/meminfo", "MemAvailable").c_str(), nullptr) / 1024;
  auto const text = fmt::format("{:.0f} MB available", available_mb);
  if (available_mb >= kNeededMb) return {Verdict::kGood, "memory", text, ""};
  return {Verdict::kWarning, "memory", text, fmt::format("Close other programs: {:.0f} MB are needed.", kNeededMb)};
}

/// The file that the dynamic linker took OpenVINO from; its name ends in the version.
Finding check_openvino() {
  std::string found;
  ::dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* result) {
        std::string const path = library->dlpi_name;
        if (path.find("/libopenvino.so") == std::string::npos) return 0;
        *static_cast<std::string*>(result) = path;
        return 1;
      },
      &found);
  if (!found.empty()) return {Verdict::kGood, "OpenVINO", found, ""};
  return {Verdict::kBad, "OpenVINO", "not loaded", "Build Nevus again with ./run.", ErrorCode::kModelRefused};
}

std::vector<Finding> check_settings(PlaceOptions const& places) {
  auto const settings = read_settings(places);
  if (!settings) {
    return {{Verdict::kBad, "settings", settings.error().message, "Correct it where the message says.",
             ErrorCode::kConfig}};
  }
  std::vector<Finding> findings;
  for (auto const& setting : settings_table()) {
    auto const value = value_text(setting, *settings);
    findings.push_back({Verdict::kGood, std::string(setting.name), value.empty() ? "(not set)" : value, ""});
  }
  return findings;
}

/// Whether a language model would be asked, and which. Nothing is sent to find out.
std::vector<Finding> check_language_model(PlaceOptions const& places) {
  auto const settings = read_settings(places);
  if (!settings) return {};
  auto const setup = llm::set_up(*settings);
  std::string const subject = "language model";
  if (setup.state == LlmState::kError) {
    return {
        {Verdict::kWarning, subject, "off: " + setup.problem, "Correct llm_base_url; until then texts are offline."}};
  }
  if (setup.state == LlmState::kOff) return {{Verdict::kGood, subject, "off: " + setup.problem, ""}};
  auto const key = setup.key_from == LlmKeyFrom::kServer ? ", with a key" : ", without a key";
  auto const model = setup.model.empty() ? std::string("one that the server lists") : setup.model;
  return {{Verdict::kGood, subject, "ready: " + setup.address.host + key + ", model: " + model, ""}};
}

Finding check_model(std::filesystem::path const& folder) {
  auto const subject = "model " + folder.filename().string();
  auto const start = std::chrono::steady_clock::now();
  auto const bundle = model::load_bundle(folder);
  auto const classifier = bundle ? Classifier::load(*bundle) : tl::unexpected<Error>(bundle.error());
  std::chrono::duration<double, std::milli> const time_ms = std::chrono::steady_clock::now() - start;
  if (!classifier) {
    return {Verdict::kBad, subject, classifier.error().message, "Put the bundle's original files back.",
            classifier.error().code};
  }
  return {Verdict::kGood, subject,
          fmt::format("{}, checksum and canary are right, ready in {:.0f} ms", bundle->card.version, time_ms.count()),
          ""};
}

std::vector<Finding> check_models(PlaceOptions const& places) {
  auto const root = models_folder(places);
  std::vector<Finding> findings{{Verdict::kGood, "models", root.string(), ""}};
  for (auto const& folder : model::find_bundles(root)) findings.push_back(check_model(folder));
  if (findings.size() == 1) {
    findings[0] = {Verdict::kBad, "models", root.string() + " holds no model",
                   "Name the folder that does with --models or NEVUS_MODELS.", ErrorCode::kModelNotFound};
  }
  auto const settings = read_settings(places);
  if (settings && !settings->default_model_path.empty()) findings.push_back(check_model(settings->default_model_path));
  return findings;
}

std::string line_of(Finding const& finding, Colour colour) {
  struct Look {
    std::string_view mark;
    std::string_view code;
  };
  constexpr std::array<Look, 3> kLooks{{{"✔", "32"}, {"!", "33"}, {"✘", "31"}}};
  auto const& look = kLooks[static_cast<std::size_t>(finding.verdict)];
  auto const mark =
      colour == Colour::kAnsi ? fmt::format("\x1b[{}m{}\x1b[0m", look.code, look.mark) : std::string(look.mark);
  auto text = fmt::format(" {} {:<20} {}\n", mark, finding.subject, finding.text);
  if (!finding.mend.empty()) text += fmt::format("   {:<20} {}\n", "", finding.mend);
  return text;
}

Result<void> doctor(PlaceOptions const& places) {
  std::vector<Finding> findings{check_processor(), check_memory(), check_openvino()};
  for (auto& finding : check_settings(places)) findings.push_back(std::move(finding));
  for (auto& finding : check_language_model(places)) findings.push_back(std::move(finding));
  for (auto& finding : check_models(places)) findings.push_back(std::move(finding));

  std::optional<ErrorCode> first_bad;
  auto const colour = output_style().colour;
  std::string text;
  for (auto const& finding : findings) {
    text += line_of(finding, colour);
    if (finding.verdict == Verdict::kBad && !first_bad) first_bad = finding.code;
  }
  NEVUS_CHECK(print(text));
  if (first_bad) return fail(*first_bad, "Nevus cannot work yet: see what is marked with ✘");
  return {};
}

}  // namespace

void add_doctor(CLI::App& program, Action& chosen) {
  auto const places = std::make_shared<PlaceOptions>();
  auto* const command = program.add_subcommand("doctor", "Say what is missing or wrong on this machine");
  add_place_options(*command, *places);
  command->callback([places, &chosen] { chosen = [places] { return doctor(*places); }; });
}

}  // namespace nevus::app
