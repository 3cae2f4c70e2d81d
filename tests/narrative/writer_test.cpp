// SPDX-License-Identifier: MIT
#include "nevus/narrative/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "narrative/generated_facts.h"
#include "nevus/narrative/wording.h"

namespace nevus::test {
namespace {

constexpr int kGenerated = 2000;
constexpr std::array kReaders{Register::kPatient, Register::kClinician};

std::string all_text(Prose const& prose) {
  std::string text;
  for (auto const& section : prose.sections) {
    for (auto const& sentence : section.sentences) text += sentence.text + "\n";
  }
  return text;
}

std::string text_of(Prose const& prose, SectionId id) {
  std::string text;
  for (auto const& sentence : prose.sections[static_cast<std::size_t>(id)].sentences) text += sentence.text + " ";
  return text;
}

std::set<std::string> ids_of(std::vector<Fact> const& facts) {
  std::set<std::string> ids;
  for (auto const& fact : facts) ids.insert(fact.id);
  return ids;
}

/// `check(facts, prose)` for thousands of facts, in every language, for both readers.
template <typename Check>
void for_all(Check const& check) {
  FactsGenerator generator(20261124);
  for (int i = 0; i < kGenerated && !::testing::Test::HasFailure(); ++i) {
    auto const facts = generator.next();
    for (auto const language : kLanguages) {
      for (auto const reader : kReaders) check(facts, narrative::write(facts, {language, reader}));
    }
  }
}

TEST(OfflineWriter, EverySectionSaysSomethingAndNothingIsLeftUnfilled) {
  for_all([](Facts const&, Prose const& prose) {
    ASSERT_EQ(prose.sections.size(), kSectionCount);
    for (auto const& section : prose.sections) {
      EXPECT_FALSE(section.title.empty());
      EXPECT_FALSE(section.sentences.empty()) << section.title;
    }
    EXPECT_EQ(all_text(prose).find_first_of("{}"), std::string::npos) << all_text(prose);
  });
}

TEST(OfflineWriter, EverySentenceRestsOnFactsThatAreThere) {
  for_all([](Facts const& facts, Prose const& prose) {
    auto const known = ids_of(narrative::list(facts));
    for (auto const& section : prose.sections) {
      for (auto const& sentence : section.sentences) {
        EXPECT_FALSE(sentence.facts.empty()) << sentence.id;
        for (auto const& id : sentence.facts) EXPECT_TRUE(known.contains(id)) << sentence.id << " rests on " << id;
      }
    }
  });
}

TEST(OfflineWriter, ToldNobodyWhatTheyHaveNorAnyDose) {
  std::regex const forbidden(
      "you have|you are suffering|you suffer|sie haben|sie leiden|du hast|usted tiene|usted padece|tienes|"
      "\\b\\d+ ?(mg|ml|g|mcg|gy)\\b|times (a|per) day|mal t\xC3\xA4glich|veces al d\xC3\xAD"
      "a",
      std::regex::icase);
  for (auto const language : kLanguages) {
    for (auto const& [key, text] : narrative::wording(language))
      EXPECT_FALSE(std::regex_search(text, forbidden)) << code(language) << " " << key << ": " << text;
  }
}

TEST(OfflineWriter, EveryUrgentCaseSaysWhoAndWhen) {
  std::regex const who("dermat|doctor|specialist|especialista|medical|médic|arzt|ärzt|Ärzt", std::regex::icase);
  std::regex const when("days|weeks|tagen|wochen|días|semanas", std::regex::icase);
  for_all([&](Facts const& facts, Prose const& prose) {
    if (!facts.assessment || facts.assessment->urgency.urgency == Urgency::kLow) return;
    auto const text = text_of(prose, SectionId::kConsult);
    EXPECT_TRUE(std::regex_search(text, who) && std::regex_search(text, when)) << text;
  });
}

TEST(OfflineWriter, NamesTheLikeliestClassAndItsProbability) {
  for_all([](Facts const& facts, Prose const& prose) {
    if (!facts.assessment) return;
    auto const text = text_of(prose, SectionId::kOverview);
    auto const& predicted = info(facts.assessment->predicted);
    EXPECT_NE(text.find(narrative::words(prose.language, "inline." + std::string(predicted.id))), std::string::npos);
    WriterOptions const options{prose.language, prose.reader};
    EXPECT_NE(text.find(narrative::percent(facts.assessment->confidence, options)), std::string::npos) << text;
    EXPECT_NE(text.find(narrative::percent(facts.assessment->malignant_prob, options)), std::string::npos) << text;
  });
}

TEST(OfflineWriter, SaysOfNoBenignAnswerThatItIsSettledWhileMelanomaIsOpen) {
  for_all([](Facts const& facts, Prose const& prose) {
    if (!facts.assessment || info(facts.assessment->predicted).malignant) return;
    if (facts.assessment->calibrated_prob[static_cast<std::size_t>(LesionClass::kMel)] < .10) return;
    std::set<std::string> said;
    for (auto const& section : prose.sections) {
      for (auto const& sentence : section.sentences) said.insert(sentence.id);
    }
    for (auto const* id : {"overview-melanoma-open", "severity-benign-not-settled", "severity-mel", "treatment-mel"})
      EXPECT_TRUE(said.contains(id)) << id;
  });
}

std::set<std::string> ids_said(Prose const& prose) {
  std::set<std::string> said;
  for (auto const& section : prose.sections) {
    for (auto const& sentence : section.sentences) said.insert(sentence.id);
  }
  return said;
}

Facts with_set(PerClass<double> const& prob, PerClass<double> const& limits) {
  auto facts = facts_of(prob);
  facts.assessment = risk::assess(prob, RiskLimits{{{.90, limits, {}}}, std::nullopt});
  return facts;
}

TEST(OfflineWriter, SaysThatTheAnswerChangesOnlyWhereItDoes) {
  auto facts = facts_of({.01, .02, .05, 0, .83, .08, .01});
  facts.stability = Stability{8, .42, 0, 8, 0, .7};
  auto said = ids_said(narrative::write(facts));
  EXPECT_FALSE(said.contains("overview-changing")) << "every view has the same class";
  EXPECT_TRUE(said.contains("overview-spreading"));
  facts.stability = Stability{8, .05, .25, 8, 0, .7};
  for (auto const reader : kReaders) {
    auto const prose = narrative::write(facts, {Language::kEnglish, reader});
    said = ids_said(prose);
    EXPECT_TRUE(said.contains("overview-changing"));
    EXPECT_FALSE(said.contains("overview-spreading"));
    auto const text = text_of(prose, SectionId::kOverview);
    EXPECT_NE(text.find("in 2 of 8"), std::string::npos) << text;
    EXPECT_NE(text.find("in 0 of 8 slightly altered"), std::string::npos) << text;
  }
  facts.stability = Stability{8, .05, .125, 8, .125, .7};
  said = ids_said(narrative::write(facts));
  EXPECT_FALSE(said.contains("overview-changing") || said.contains("overview-spreading"));
}

TEST(OfflineWriter, ADifferenceOfSharesIsInPercentagePoints) {
  EXPECT_EQ(narrative::points(.42, {Language::kEnglish, Register::kClinician}), "42.0\u00A0percentage points");
  EXPECT_EQ(narrative::points(.42, {Language::kGerman, Register::kPatient}), "42\u00A0Prozentpunkte");
}

TEST(OfflineWriter, SaysThatTheLikeliestClassIsNotInItsOwnSet) {
  auto const facts = with_set({.2, 0, 0, 0, .16, .64, 0}, {.2, .2, .2, .2, .1, .7, .2});
  for (auto const language : kLanguages) {
    for (auto const reader : kReaders) {
      auto const prose = narrative::write(facts, {language, reader});
      auto const said = ids_said(prose);
      for (auto const* id :
           {"overview-top-excluded", "overview-top-excluded-cannot-tell", "severity-benign-not-settled"})
        EXPECT_TRUE(said.contains(id)) << id;
      EXPECT_FALSE(said.contains("overview-cannot-tell") || said.contains("overview-several"));
      auto const text = text_of(prose, SectionId::kOverview);
      EXPECT_NE(text.find(narrative::words(language, "inline.akiec")), std::string::npos) << text;
    }
  }
}

TEST(OfflineWriter, WhereBenignAndMalignantCannotBeToldApartLowIsNoAllClear) {
  auto const facts = with_set({.05, 0, 0, 0, .02, .03, .9}, {.04, .2, .2, .2, .1, .2, .2});
  ASSERT_EQ(facts.assessment->urgency.urgency, Urgency::kLow);
  ASSERT_TRUE(facts.assessment->cannot_tell);
  for (auto const reader : kReaders) {
    auto const said = ids_said(narrative::write(facts, {Language::kEnglish, reader}));
    EXPECT_TRUE(said.contains("precautions-leave-alone"));
    EXPECT_TRUE(said.contains("consult-low-cannot-tell"));
    EXPECT_FALSE(said.contains("consult-low"));
  }
  auto const settled = ids_said(narrative::write(facts_of({.01, 0, 0, 0, .02, .97, 0})));
  EXPECT_TRUE(settled.contains("consult-low"));
  EXPECT_FALSE(settled.contains("precautions-leave-alone") || settled.contains("consult-low-cannot-tell"));
}

TEST(OfflineWriter, EveryMalignantClassInTheSetIsDescribed) {
  for_all([](Facts const& facts, Prose const& prose) {
    if (!facts.assessment || facts.assessment->prediction_sets.empty()) return;
    auto const said = ids_said(prose);
    for (auto const lesion_class : facts.assessment->prediction_sets.front().classes) {
      if (!info(lesion_class).malignant) continue;
      for (auto const* section : {"severity-", "characteristics-", "treatment-", "prognosis-"})
        EXPECT_TRUE(said.contains(section + std::string(info(lesion_class).id))) << section << info(lesion_class).id;
    }
  });
}

TEST(OfflineWriter, AGoodPhotoThatIsFarFromTheTrainingIsNotCalledNone) {
  Facts facts;
  facts.status = AnalysisStatus::kNotDermoscopy;
  facts.ood = OodReport{OodState::kRejected, 1.67, 1.45, 1.65, "It is too unlike.", "distance"};
  auto said = ids_said(narrative::write(facts));
  EXPECT_TRUE(said.contains("overview-too-unlike") && said.contains("consult-declined"));
  EXPECT_FALSE(said.contains("overview-not-dermoscopy"));
  facts.ood = OodReport{.state = OodState::kRejected, .reason = "It is a drawing.", .cause = "flat"};
  said = ids_said(narrative::write(facts));
  EXPECT_TRUE(said.contains("overview-not-dermoscopy"));
  EXPECT_FALSE(said.contains("overview-too-unlike"));
}

TEST(OfflineWriter, SpanishSharesHaveAnArticle) {
  std::regex const share("[0-9]+(,[0-9])?\u00A0%");
  for_all([&](Facts const& facts, Prose const& prose) {
    if (prose.language != Language::kSpanish || !facts.assessment) return;
    for (auto const& section : prose.sections) {
      for (auto const& sentence : section.sentences) {
        if (!sentence.sources.empty()) continue;
        auto const& text = sentence.text;
        for (std::sregex_iterator at(text.begin(), text.end(), share), end; at != end; ++at) {
          auto const before = text.substr(0, static_cast<std::size_t>(at->position()));
          EXPECT_TRUE(before.ends_with(" un ") || before.ends_with(" del ") || before.ends_with(" el ")) << text;
        }
      }
    }
  });
}

TEST(Wording, OneWordForOneThing) {
  std::map<Language, std::vector<std::string>> const banned{{Language::kGerman, {"Wärme", "Konfidenz", "Glanz"}},
                                                            {Language::kSpanish, {"punto de trabajo"}}};
  for (auto const& [language, words] : banned) {
    for (auto const& [key, text] : narrative::wording(language)) {
      for (auto const& word : words) EXPECT_EQ(text.find(word), std::string::npos) << key << ": " << text;
    }
  }
  EXPECT_EQ(narrative::words(Language::kSpanish, "class.nv"), "Nevo melanocítico");
  EXPECT_EQ(narrative::words(Language::kGerman, "label.glare"), "Spiegelung");
  for (auto const& [band, word] :
       std::map<std::string, std::string>{{"high", "hoch"}, {"medium", "mittel"}, {"low", "gering"}})
    EXPECT_EQ(narrative::words(Language::kGerman, "band." + band), word);
}

TEST(OfflineWriter, SaysNothingOfAnyClassForADeclinedPhoto) {
  for_all([](Facts const& facts, Prose const& prose) {
    if (facts.assessment) return;
    auto const text = all_text(prose);
    EXPECT_EQ(text.find('%'), std::string::npos) << text;
    for (auto const& lesion_class : kLesionClasses) {
      for (auto const* kind : {"inline.", "class."}) {
        auto const& called = narrative::words(prose.language, kind + std::string(lesion_class.id));
        EXPECT_EQ(text.find(called), std::string::npos) << text;
      }
    }
  });
}

TEST(OfflineWriter, TakesNothingThatAPersonTyped) {
  for_all([](Facts const& facts, Prose const& prose) {
    auto without = facts;
    without.notes = {};
    EXPECT_EQ(all_text(prose), all_text(narrative::write(without, {prose.language, prose.reader})));
  });
}

TEST(OfflineWriter, AFortyFivePercentMelanomaDoesNotReadLikeANinetyFivePercentOne) {
  for (auto const language : kLanguages) {
    for (auto const reader : kReaders) {
      auto const open = narrative::write(facts_of({.05, .05, .1, 0, .45, .35, 0}), {language, reader});
      auto const clear = narrative::write(facts_of({.01, .01, .01, 0, .95, .02, 0}), {language, reader});
      EXPECT_EQ(open.sections[0].sentences[0].id, "overview-unsure");
      EXPECT_EQ(clear.sections[0].sentences[0].id, "overview-sure");
      EXPECT_NE(open.sections[0].sentences[0].text.find("45"), std::string::npos);
      EXPECT_NE(clear.sections[0].sentences[0].text.find("95"), std::string::npos);
    }
  }
}

TEST(OfflineWriter, NeverCallsAnythingImpossibleOrCertain) {
  for (auto const language : kLanguages) {
    for (auto const reader : kReaders) {
      EXPECT_EQ(narrative::percent(0, {language, reader}).find("0\u00A0%"), std::string::npos);
      EXPECT_EQ(narrative::percent(1, {language, reader}).find("100"), std::string::npos);
    }
  }
  EXPECT_EQ(narrative::percent(0, {}), "less than 1\u00A0%");
  EXPECT_EQ(narrative::percent(.4549, {}), "45\u00A0%");
  EXPECT_EQ(narrative::percent(.4549, {Language::kGerman, Register::kClinician}), "45,5\u00A0%");
}

TEST(Wording, EveryLanguageSaysTheSameThings) {
  auto const& english = narrative::wording(Language::kEnglish);
  for (auto const language : kLanguages) {
    for (auto const& [key, text] : narrative::wording(language)) {
      EXPECT_TRUE(english.contains(key)) << code(language) << " has " << key << ", English has not";
      EXPECT_FALSE(text.empty()) << code(language) << " " << key;
    }
    for (auto const& [key, text] : english) {
      ASSERT_TRUE(narrative::wording(language).contains(key)) << code(language) << " has no " << key;
      auto const& other = narrative::words(language, key);
      std::regex const placeholder("\\{[a-z_]+\\}");
      auto const names_in = [&](std::string const& from) {
        return std::set<std::string>(std::sregex_token_iterator(from.begin(), from.end(), placeholder), {});
      };
      EXPECT_EQ(names_in(text), names_in(other)) << code(language) << " " << key;
    }
  }
}

TEST(Wording, EveryPlannedSentenceHasWordsAndEverySetOfWordsAPlan) {
  std::set<std::string> planned;
  for (auto const& sentence : narrative::plan().sentences) {
    EXPECT_TRUE(planned.insert(sentence.id).second) << sentence.id << " is planned twice";
    for (auto const language : kLanguages)
      EXPECT_FALSE(
          narrative::sentence_text(language, sentence.reader.value_or(Register::kPatient), sentence.id).empty());
  }
  for (auto const& [key, text] : narrative::wording(Language::kEnglish)) {
    for (std::string_view const reader : {"patient.", "clinician."}) {
      bool const said = !key.starts_with(reader) || planned.contains(key.substr(reader.size()));
      EXPECT_TRUE(said) << key << " is never said";
    }
  }
}

TEST(Wording, EveryStatementAboutAClassHasASourceThatIsListed) {
  std::set<std::string> listed;
  std::set<std::string> used;
  for (auto const& source : narrative::medical_sources()) EXPECT_TRUE(listed.insert(source.id).second) << source.id;
  for (auto const& sentence : narrative::plan().sentences) {
    auto const dash = sentence.id.find('-');
    bool const medical = sentence.section != SectionId::kOverview && dash != std::string::npos &&
                         lesion_class_from_id(sentence.id.substr(dash + 1));
    EXPECT_TRUE(!medical || !sentence.sources.empty()) << sentence.id;
    for (auto const& id : sentence.sources) {
      EXPECT_TRUE(listed.contains(id)) << sentence.id << " rests on " << id;
      used.insert(id);
    }
  }
  EXPECT_EQ(used, listed) << "a source that nothing rests on";
}

TEST(Wording, EveryRuleOfThePolicyHasItsReason) {
  for (auto const& rule : risk::policy().rules) {
    for (auto const language : kLanguages) EXPECT_FALSE(narrative::words(language, "reason." + rule.id).empty());
  }
}

TEST(Wording, EnglishUrgencyIsSaidInThePolicysWords) {
  for (std::size_t i = 0; i < kUrgencyCount; ++i) {
    auto const level = std::string(name(static_cast<Urgency>(i)));
    EXPECT_EQ(narrative::words(Language::kEnglish, "urgency." + level), level + ": " + risk::policy().levels[i].words);
  }
}

}  // namespace
}  // namespace nevus::test
