// SPDX-License-Identifier: MIT
#include "nevus/narrative/guard.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nevus/llm/reasoning.h"
#include "nevus/narrative/judge.h"
#include "nevus/narrative/wording.h"

namespace nevus::narrative {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxAnswerBytes = 200'000;
constexpr std::size_t kMaxSentences = 8;  ///< of one section
constexpr std::string_view kNoOverview = "does not say what the answer is";
constexpr std::string_view kTooFew = "too little of it agrees with the facts";

/// Finds the members of arrays in the outermost objects of a text, as {"sections": [{…}, {…}]} has them, while the text
/// comes. Text around such objects does not matter.
class MemberScanner {
 public:
  /// Calls `on_member` with each member that is complete now.
  template <typename OnMember>
  void take(std::string_view text, OnMember const& on_member) {
    for (char const byte : text) {
      if (depth_ >= kMemberDepth) member_ += byte;
      if (in_text_) {
        in_text_ = escaped_ || byte != '"';
        escaped_ = !escaped_ && byte == '\\';
        continue;
      }
      if (depth_ > 0 && byte == '"') in_text_ = true;
      if (byte == '{' || (byte == '[' && depth_ > 0)) {
        if (++depth_ == kMemberDepth) member_ = byte;
      } else if ((byte == '}' || byte == ']') && depth_ > 0) {
        if (depth_ == kMemberDepth) on_member(std::exchange(member_, ""));
        --depth_;
      }
    }
  }

 private:
  static constexpr int kMemberDepth = 3;
  std::string member_;
  int depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
};

std::vector<std::string> strings(Json const& node) {
  std::vector<std::string> texts;
  if (!node.is_array()) return texts;
  for (auto const& text : node) texts.push_back(text.is_string() ? text.get<std::string>() : "?");
  return texts;
}

std::optional<Sentence> read_sentence(Json const& node) {
  if (!node.is_object() || !node.contains("text") || !node["text"].is_string()) return std::nullopt;
  return Sentence{"llm", node["text"].get<std::string>(), strings(node.value("facts", Json())),
                  strings(node.value("sources", Json())), Origin::kLanguageModel};
}

}  // namespace

struct AnswerGuard::Impl {
  Judge judge;
  bool assessed;
  Prose const offline;
  Prose prose;
  llm::ReasoningFilter filter;
  MemberScanner scanner;
  std::size_t taken_bytes = 0;
  std::set<SectionId> judged;
  std::vector<Replaced> replaced;

  Impl(Facts const& facts, WriterOptions const& options)
      : judge(facts, options), assessed(facts.assessment.has_value()), offline(write(facts, options)), prose(offline) {}

  /// All that came before was reasoning: a draft counts for nothing.
  void restart() {
    scanner = {};
    judged.clear();
    replaced.clear();
    prose = offline;
  }

  /// What of `sentences` may be shown of this section; nothing where the offline text has to stand.
  std::vector<Sentence> passing(SectionId id, Json const& sentences, std::vector<Replaced>& refused) const {
    std::vector<Sentence> kept;
    std::size_t read = 0;
    for (auto const& node : sentences) {
      auto sentence = read_sentence(node);
      if (!sentence || read == kMaxSentences) continue;
      ++read;
      if (auto const why = judge.objection(*sentence)) {
        refused.push_back({id, *why, std::move(sentence->text), false});
      } else {
        kept.push_back(*std::move(sentence));
      }
    }
    auto const gives_the_answer = [](Sentence const& sentence) {
      return std::ranges::count(sentence.facts, "prediction.confidence") > 0;
    };
    if (2 * kept.size() < read) {
      refused.push_back({id, std::string(kTooFew), "", true});
      return {};
    }
    if (assessed && !kept.empty() && id == SectionId::kOverview && !std::ranges::any_of(kept, gives_the_answer)) {
      refused.push_back({id, std::string(kNoOverview), "", true});
      return {};
    }
    return kept;
  }

  void judge_member(std::string const& text, Step& step) {
    auto const node = Json::parse(text, nullptr, false);
    if (!node.is_object() || !node.contains("id") || !node["id"].is_string()) return;
    auto const sentences = node.value("sentences", Json());
    if (!sentences.is_array()) return;
    auto const section = std::ranges::find(prose.sections, node["id"].get<std::string>(),
                                           [](Section const& one) { return name(one.id); });
    if (section == prose.sections.end() || section->id == SectionId::kConsult) return;
    if (!judged.insert(section->id).second) return;
    std::vector<Replaced> refused;
    auto kept = passing(section->id, sentences, refused);
    replaced.insert(replaced.end(), refused.begin(), refused.end());
    std::ranges::move(refused, std::back_inserter(step.replaced));
    if (!kept.empty()) {
      section->sentences = beside(section->sentences, std::move(kept));
      section->origin = Origin::kLanguageModel;
    }
    step.sections.push_back(*section);
  }

  /// The model's sentences between those that the offline writer always says.
  static std::vector<Sentence> beside(std::vector<Sentence> const& offline, std::vector<Sentence> told) {
    std::vector<Sentence> all;
    auto const add = [&](BesideLlm where) {
      for (auto const& sentence : offline) {
        if (beside_llm(sentence.id) == where) all.push_back(sentence);
      }
    };
    add(BesideLlm::kBefore);
    std::ranges::move(told, std::back_inserter(all));
    add(BesideLlm::kAfter);
    return all;
  }

  void scan(std::string const& text, Step& step) {
    scanner.take(text, [&](std::string const& member) { judge_member(member, step); });
  }
};

AnswerGuard::AnswerGuard(Facts const& facts, WriterOptions const& options)
    : impl_(std::make_unique<Impl>(facts, options)) {}
AnswerGuard::~AnswerGuard() = default;

AnswerGuard::Step AnswerGuard::take(std::string_view text) {
  Step step;
  if (impl_->taken_bytes >= kMaxAnswerBytes) return step;
  impl_->taken_bytes += text.size();
  auto const visible = impl_->filter.take(text.substr(0, kMaxAnswerBytes));
  if (visible.restart) impl_->restart();
  impl_->scan(visible.text, step);
  return step;
}

GuardedProse AnswerGuard::finish() {
  Step step;
  impl_->scan(impl_->filter.finish(), step);
  impl_->prose.sources = cited_sources(impl_->prose.sections);
  return {std::move(impl_->prose), std::move(impl_->replaced)};
}

GuardedProse guard(std::string_view answer, Facts const& facts, WriterOptions const& options) {
  AnswerGuard judge(facts, options);
  static_cast<void>(judge.take(answer));
  return judge.finish();
}

}  // namespace nevus::narrative
