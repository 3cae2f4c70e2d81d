// SPDX-License-Identifier: MIT
// /api/v1/analyses/{id}/narrative

#include <nlohmann/json.hpp>

#include "nevus/narrative/writer.h"
#include "nevus/server/handlers.h"
#include "nevus/server/lookup.h"

namespace nevus::server {
namespace {

using Json = nlohmann::json;

struct NarrativeRequest {
  Origin source = Origin::kOffline;
  WriterOptions options;
};

/// One of a few words.
template <typename Value>
Result<Value> choice(std::string const& name, Json const& given,
                     std::vector<std::pair<std::string_view, Value>> const& of) {
  std::string words;
  for (auto const& [word, value] : of) {
    if (given.is_string() && given.get_ref<std::string const&>() == word) return value;
    words += (words.empty() ? "" : ", ") + std::string(word);
  }
  return fail(ErrorCode::kUsage, "\"" + name + "\" must be one of " + words);
}

Result<Language> language_of(Json const& given) {
  std::vector<std::pair<std::string_view, Language>> languages;
  for (auto const language : kLanguages) languages.emplace_back(code(language), language);
  return choice("language", given, languages);
}

Result<Register> reader_of(Json const& given) {
  return choice<Register>("reader", given, {{"patient", Register::kPatient}, {"clinician", Register::kClinician}});
}

/// The language of the session where the writer has it, else English: "de" of "de-CH".
Language session_language(Session const& session) {
  auto const tag = session.settings().language;
  return language_from_code(tag.substr(0, tag.find('-'))).value_or(Language::kEnglish);
}

Result<NarrativeRequest> read_request(Request const& request) {
  auto const tree = Json::parse(request.body.begin(), request.body.end(), nullptr, /*allow_exceptions=*/false);
  if (!tree.is_object()) return fail(ErrorCode::kUsage, R"(the body must be a JSON object like {"source": "offline"})");
  NarrativeRequest wanted;
  wanted.options.language = session_language(*request.session);
  for (auto const& [name, value] : tree.items()) {
    if (name == "source") {
      NEVUS_TRY(wanted.source,
                choice<Origin>(name, value, {{"offline", Origin::kOffline}, {"llm", Origin::kLanguageModel}}));
    } else if (name == "language") {
      NEVUS_TRY(wanted.options.language, language_of(value));
    } else if (name == "reader") {
      NEVUS_TRY(wanted.options.reader, reader_of(value));
    } else {
      return fail(ErrorCode::kUsage, "there is no \"" + name + "\" here, but source, language and reader");
    }
  }
  return wanted;
}

std::string event(std::string_view name, std::string const& data) {
  return "event: " + std::string(name) + "\ndata: " + data + "\n\n";
}

std::string done_event(Prose const& prose, std::string const& reason) {
  auto tree = nlohmann::ordered_json::parse(narrative::to_json(prose));
  tree["source"] = name(prose.by(Origin::kLanguageModel) ? Origin::kLanguageModel : Origin::kOffline);
  tree["model"] = nullptr;
  tree["dropped"] = 0;
  tree["reason"] = reason.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(reason);
  return event("done", tree.dump());
}

/// Events that are all known at once.
class ReadyEvents : public EventSource {
 public:
  explicit ReadyEvents(std::string text) : text_(std::move(text)) {}
  Chunk take(std::function<void()> /*wake*/) override { return {std::exchange(text_, ""), true}; }

 private:
  std::string text_;
};

}  // namespace

Result<Response> post_narrative(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const analysis, find_analysis(request));
  NEVUS_TRY(auto const wanted, read_request(request));
  auto const prose = narrative::write(narrative::gather(analysis->analysis, analysis->model), wanted.options);
  std::string text;
  for (auto const& section : prose.sections) text += event("section", narrative::to_json(section));
  text += done_event(prose, wanted.source == Origin::kLanguageModel ? "no language model is set up" : "");
  return Response{.media_type = "text/event-stream", .events = std::make_shared<ReadyEvents>(std::move(text))};
}

}  // namespace nevus::server
