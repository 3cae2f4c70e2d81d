// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/narrative/facts.h"

namespace nevus {

enum class Language { kEnglish, kGerman, kSpanish };
inline constexpr std::array kLanguages{Language::kEnglish, Language::kGerman, Language::kSpanish};
[[nodiscard]] std::string_view code(Language language);  ///< "en", "de", "es"
[[nodiscard]] std::optional<Language> language_from_code(std::string_view code);

enum class Register { kPatient, kClinician };
[[nodiscard]] std::string_view name(Register reader);  ///< "patient", "clinician"

enum class SectionId { kOverview, kSeverity, kCharacteristics, kTreatment, kPrecautions, kConsult, kPrognosis };
inline constexpr std::size_t kSectionCount = 7;
[[nodiscard]] std::string_view name(SectionId section);  ///< "overview", …

/// Whose text it is.
enum class Origin { kOffline, kLanguageModel };
[[nodiscard]] std::string_view name(Origin origin);  ///< "offline", "llm"

struct Sentence {
  std::string id;                    ///< of wording/plan.toml: "severity-mel"; "llm" of a language model's
  std::string text;                  ///< plain text; no markup is meant by anything in it
  std::vector<std::string> facts;    ///< ids that it rests on
  std::vector<std::string> sources;  ///< ids of medical sources that it rests on
  Origin origin = Origin::kOffline;
};

struct Section {
  SectionId id = SectionId::kOverview;
  Origin origin = Origin::kOffline;  ///< kLanguageModel where any sentence is
  std::string title;
  std::vector<Sentence> sentences;
};

/// A guideline, review or data set; docs/medical-sources.md lists all.
struct MedicalSource {
  std::string id;    ///< "nice-ng12"
  std::string cite;  ///< how it is cited
  std::string url;
};

/// What an analysis means, in words.
struct Prose {
  Language language = Language::kEnglish;
  Register reader = Register::kPatient;
  std::vector<Section> sections;               ///< all seven, none empty
  std::vector<MedicalSource> sources;          ///< those that the sentences rest on, in the order of their first use
  [[nodiscard]] bool by(Origin origin) const;  ///< whether any section is
};

struct WriterOptions {
  Language language = Language::kEnglish;
  Register reader = Register::kPatient;
};

namespace narrative {

/// The offline writer: sentences chosen and filled from the facts alone by wording/*.toml. Never fails, deterministic,
/// thread-safe. Nothing that a person typed gets into the text. Cost: about 0.1 ms, and some milliseconds once.
[[nodiscard]] Prose write(Facts const& facts, WriterOptions const& options = {});

/// Why the urgency is what it is: the reasons of the policy's rules in this language.
[[nodiscard]] std::vector<std::string> reasons(Assessment const& assessment, Language language);

/// {"language", "register", "sections": [section…], "sources": [{"id", "cite", "url"}]} on one line.
[[nodiscard]] std::string to_json(Prose const& prose);
/// {"id", "origin", "title", "sentences": [{"id", "origin", "text", "facts", "sources"}]} on one line.
[[nodiscard]] std::string to_json(Section const& section);

[[nodiscard]] std::vector<MedicalSource> const& medical_sources();

/// A word or line of this language's wording, for pages and reports: "label.photo", "class.mel", "urgency.HIGH". An
/// unknown key is a bug.
[[nodiscard]] std::string const& words(Language language, std::string_view key);

/// The same of the table "label", in a clinician's words where there are such.
[[nodiscard]] std::string const& label(WriterOptions const& options, std::string_view key);

/// A share in per cent as this language and reader want it: "62 %", "less than 1 %", "62,0 %". The blank does not
/// break.
[[nodiscard]] std::string percent(double share, WriterOptions const& options);
/// A difference of two shares in the same way: "42 percentage points".
[[nodiscard]] std::string points(double difference, WriterOptions const& options);

/// `text` of this language's wording with {spread}, {views}, {view_flips}, {altered} and {altered_flips} filled in.
[[nodiscard]] std::string stability_text(Stability const& stability, std::string text, WriterOptions const& options);

}  // namespace narrative
}  // namespace nevus
