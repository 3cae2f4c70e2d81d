// SPDX-License-Identifier: MIT
#include "nevus/narrative/phrases.h"

#include <array>
#include <regex>
#include <utility>
#include <vector>

namespace nevus::narrative {
namespace {

struct Phrase {
  char const* pattern;
  char const* why;
};

// Careful ways of saying it that the patterns below would take for the contrary; looked over before them.
constexpr auto kAllowed = std::to_array<char const*>({
    "\\b(cannot|can not|can't|could not|does not|do not|not|never)( be| been)?( fully| completely| safely)? rule[sd]? "
    "out",
    "\\b(does not|do not|did not|can not|cannot|could not|has not been|have not been|never) (confirm|prove)[a-z]*",
    "\\bonly [a-z ,-]{0,60}(can|could|will)( then)? (confirm|prove|rule out)( or rule out)?",
    "\\b(doctors?|dermatologists?|specialists?|biopsy|histology|histopathology|examination|pathologist|tissue)[a-z "
    "]{0,40} (can|could|may|must|should|will|would|needed to)( then)? (confirm|rule out)( or rule out)?",
    "\\b(if|when|in case|should|once) you have (any|further|more|questions|concerns|doubts|noticed|seen|had|already|"
    "other|similar|many)\\b",
    "\\b(doctor|dermatologist|physician|specialist|clinic)[^a-z ]{0,4}s?[^a-z ]{0,4} instructions?",
    "\\b(nur|erst) [^.]{0,80}(best\xC3\xA4tig|beweis|ausschlie)[a-z\xC3\x9F]*",
    "\\bnicht (sicher )?(best\xC3\xA4tigt|bewiesen|diagnostiziert)",
    "\\b(solo|s\xC3\xB3lo|\xC3\xBAnicamente|solamente) [^.]{0,80}(confirmar|demostrar)[a-z]*",
    "\\bno (se |lo )?(confirma|demuestra|diagnostica)[a-z]*",
});

constexpr auto kForbidden = std::to_array<Phrase>({
    {"\\b(it|this|that|the (lesion|spot)) (must|has to|can only|could only) be\\b|\\bthere is (a |an |clearly "
     ")*(melanoma|"
     "cancer|carcinoma|tumou?r)|(melanoma|cancer|carcinoma|tumou?r) (is|was) (present|here|detected|visible)|\\b(photo|"
     "image|picture|spot|lesion) (clearly |probably )?(shows?|is showing|contains) (a |an |clear )*(melanoma|cancer|"
     "carcinoma|basal|actinic|mole|nevus|tumou?r|benign)|\\bis (almost |quite |fairly |very )?(certain|sure|definite|"
     "clear)\\b",
     "makes a diagnosis"},
    {"handelt (es )?sich [a-z ]{0,20}um (ein|eine|einen)\\b|\\bliegt (ein|eine) [^.]{0,60} vor\\b|(foto|bild|aufnahme) "
     "zeigt (ein|eine|einen)\\b|\\b(muss|kann nur) [^.]{0,20}sein\\b|\\bist (fast |ganz |sehr "
     ")?(sicher|gewiss|klar)\\b",
     "makes a diagnosis"},
    {"se trata de (un|una)\\b|\\bhay (un|una) |(foto|imagen) muestra (un|una)\\b|\\b(tiene que|debe) ser\\b|\\bes "
     "(casi "
     "|muy )?(seguro|segura|cierto|cierta)\\b",
     "makes a diagnosis"},
    {"(skin|area|region) (here )?(clearly |probably )?(has|have|shows?|contains) (a |an |clear )*(melanoma|cancer|"
     "carcinoma|basal|actinic|mole|nevus|tumou?r)|(krebs|melanom|karzinom) [^.]{0,30}liegt [^.]{0,30}vor\\b|(krebs|"
     "melanom|karzinom) liegt [^.]{0,30}vor\\b|\\bliegt [^.]{0,30}(krebs|melanom|karzinom) [^.]{0,30}vor\\b|\\bhay "
     "(melanoma|c\xC3\xA1ncer|carcinoma)|(mancha|lesi\xC3\xB3n|piel|zona) (muestra|tiene|presenta|contiene) (un |una "
     ")?(melanoma|c\xC3\xA1ncer|carcinoma|tumor|lunar)",
     "makes a diagnosis"},
    {"\\bnext (week|month|year)|\\bhalf a year|\\b(n\xC3\xA4"
     "chste[nrs]?) (tag|woche|monat|jahr)|\\bque viene\\b",
     "sets a time, which is the offline writer's"},
    {"\\bnot? (very |so |that |really |great |real |further "
     ")?(important|needed|necessary|required|recommended|concern|risk|"
     "danger)\\b|n't (need|require|have to)|\\bnot (need|require|have to)|\\bnever needs?\\b|nicht "
     "(n\xC3\xB6tig|notwendig|wichtig)|\\bno (es )?(necesari[oa] (ir|ver|acudir)|hace falta|necesita (ir|ver|acudir|un "
     "m|al m)|importante)",
     "belittles"},
    {"need not|\\ball is (well|good|fine)|alles (ist |sei )?(gut|in ordnung)|todo (est\xC3\xA1 |esta |va )?bien|better "
     "than "
     "(most|average|expected)|\\b(no|without) urgency|keine dringlichkeit|(sin|ninguna) urgencia",
     "belittles"},
    {"lymph nodes? (are|is|were|seem)|lymphknoten sind|ganglios est", "speaks of a test that nobody made"},
    {"[a-z]\\.[a-z]|[][*#_=@~^&+$]", "holds markup, an address or an instruction"},
    {"you (most |very |almost |quite )?(probably |likely |certainly |definitely |clearly |surely )?(have|suffer|are "
     "suffering|do not have|don't have|are (healthy|fine|safe))|your (melanoma|cancer|carcinoma)|"
     "diagnos(ed|is is|is of)|(this|it|that|the (lesion|spot|mole|photo shows)) (is |are |looks |appears |seems |was "
     ")?(to be )?(is )?(most |very |almost |quite )?(a |an |clearly |definitely |certainly |probably |likely |surely "
     "|not |completely |entirely |perfectly )*(melanoma|cancer|carcinoma|benign|harmless|malignant|basal|actinic|mole|"
     "nevus|healthy|normal)\\b|(confirms?|proves?|rules? out)",
     "makes a diagnosis"},
    {"\\b(sie|du) (haben|hast|leiden|leidest|sind gesund)|diagnostiziert|(dies|das|es|die (stelle|hautstelle)|der "
     "fleck) ist (ein|eine|kein|keine|klar|sicher|eindeutig|wahrscheinlich|sehr|ganz|h\xC3\xB6"
     "chst| )*(melanom|krebs|karzinom|basalz|gutartig|harmlos|b\xC3\xB6sartig|muttermal|n\xC3\xA4vus|gesund)|beweist|"
     "best\xC3\xA4tigt",
     "makes a diagnosis"},
    {"(usted|ud\\.) (tiene|padece|sufre)|\\b(tienes|padeces)\\b|diagnosticad|(esto|esta|la (lesi\xC3\xB3n|mancha)) es "
     "(un |una |claramente |probablemente |muy |casi "
     ")*(melanoma|c\xC3\xA1ncer|carcinoma|benign|malign|inofensiv|lunar)|confirma|demuestra",
     "makes a diagnosis"},
    {"[0-9] ?(mg|g|ml|mcg|gy|j/cm|iu|i\\.e\\.)\\b|times (a|per) (day|week)|(daily|twice) |mal (am tag|t\xC3\xA4glich)|"
     "veces (al|por) d\xC3\xAD|dos(age|is|e of)\\b",
     "names a dose"},
    {"imiquimod|fluorouracil|5-fu|diclofenac|vismodegib|nivolumab|pembrolizumab|ipilimumab|ibuprofen|cortison|"
     "hydrocortis|methotrexat|metotrex|antibioti|herbal|homeopath|hom\xC3\xB6opath|turmeric|vinegar|black salve|tea "
     "tree|essig|vinagre",
     "names a drug"},
    {"\\b(you|sie|usted)( will)? (must|should|need to|have to|m\xC3\xBCssen|sollten|debe) (be treated|have "
     "(it|this|the "
     "(spot|lesion)) (removed|treated|excised|cut)|undergo|take|apply|use a|start|stop)|\\b(take|apply|use|rub|put) "
     "(a|an|the|this|some|any)? ?(cream|ointment|medic|drug|pill|tablet|remed|lotion|acid)|(creme|salbe) "
     "auftragen|apli(que|car) (una|la) (crema|pomada)",
     "orders a treatment"},
    {"biops(y|ie|ia) (shows|showed|zeigt|ergab|mostr|revel)|(blood|lab) "
     "(test|count|sample)|blut(test|bild|probe|unters)|lisis de sangre|\\b(mri|mrt|ct|pet|rmn)\\b|x-ray|"
     "r\xC3\xB6ntgen|ultras(ound|chall)|ecograf|(test|exam)s? (show|confirm|found)|histolog[a-z]+ "
     "(show|confirm|zeigt|ergab|mostr)",
     "speaks of a test that nobody made"},
    {"no need (to|for)|need not (see|worry)|nothing to worry|don't worry|do not worry|no doctor|no (reason|cause) "
     "(for|to) (concern|worry|alarm)|kein(en|e)? (arzt|grund zur sorge)|keine sorge|unbesorgt|no hace falta|no se "
     "preocupe|sin necesidad|no hay (motivo|raz\xC3\xB3n)|tranquil",
     "belittles"},
    {"\\bwithin [^.]{0,24}(hour|day|week|month|year)|\\bwait [^.]{0,30}(day|week|month|year)|\\bin (a|an|one|two|three|"
     "four|six|twelve|[0-9]+|few|a few|some|several) (more )?(day|week|month)s?|\\b(innerhalb|binnen) "
     "[^.]{0,30}(tag|woche|monat|jahr)|\\bin (ein|zwei|drei|vier|sechs|wenigen|einigen|[0-9]+)[a-z]* "
     "(tag|woche|monat)|\\bdentro de|\\ben (un|dos|tres|seis|pocos|unos|[0-9]+) "
     "(d\xC3\xAD|semana|mes)|\\bespere\\b|\\bwarten sie",
     "sets a time, which is the offline writer's"},
    {"[a-z]{2,}[ -](per ?cent|percent|prozent|por ciento)|\\b(one|two|three|four|five|six|seven|eight|nine|ten) "
     "(in|out "
     "of) (two|three|four|five|ten|twenty|a hundred|[0-9])|\\b(half|two thirds|three quarters|most|all) of (the "
     ")?(such "
     ")?(people|patients|cases)",
     "gives a figure in words"},
    {"https?:|www\\.|[<>`|\\\\]|\\{|ignore|ignorier|ignora |instruction|anweisung|instrucci|system prompt|as an ai|"
     "language model|sprachmodell|modelo de lenguaje",
     "holds markup, an address or an instruction"},
});

/// Words with which a class can be spoken of without saying that it is there or is not.
constexpr char const* kHedge =
    "probab|likel|possib|cannot|can not|suspect|\\bif\\b|when|only|whether|confidence|rank|\\bleads?\\b|classes|policy|"
    "question|settled|heat "
    "map|grad-cam|wahrscheinlich|m\xC3\xB6glich|ausschlie|verdacht|wenn|\\bob\\b|\\bnur\\b|klassen|"
    "f\xC3\xBChrt|gesichert|frage|w\xC3\xA4rmekarte|posib|descartar|sospech|\\bsi\\b|cuando|\\bsolo\\b|s\xC3\xB3lo|"
    "clases|"
    "encabez|asegur|\\bduda\\b|mapa de calor";

/// Words that turn what holds in general into something about the person who reads.
constexpr char const* kThisPhoto =
    "\\b(here|yours?|hier|ihr(e[mnrs]?)?|sus?|mancha)\\b|\\baqu\xC3\xAD|\\b(this|these|diese?[mnrs]?|est[ae]) (spot|"
    "lesion|mole|skin|area|region|photo|picture|image|patch|growth|stelle|haut|fleck|foto|bild|aufnahme|l\xC3\xA4sion|"
    "lesi\xC3\xB3n|piel|zona|imagen|lunar)";
/// What anybody should do is not about this skin.
constexpr char const* kGeneralAdvice =
    "\\b(protect|check) your skin|\\bsch\xC3\xBCtzen sie ihre haut|\\bproteja su piel";

constexpr auto kSoothing = std::to_array<Phrase>({
    {"\\bnot (an )?(urgent|serious|dangerous|emergency)|\\bcan wait|\\blow risk|\\breassur|no hurry|no rush|nicht "
     "(dringend|gef\xC3\xA4hrlich|ernst)|kann warten|ungef\xC3\xA4hrlich|keine eile|no es "
     "(urgente|grave|peligros)|puede esperar|sin prisa",
     "belittles an urgent answer"},
});

using Patterns = std::vector<std::pair<std::regex, char const*>>;
template <std::size_t kCount>
Patterns compiled(std::array<Phrase, kCount> const& phrases) {
  Patterns patterns;
  for (auto const& [pattern, why] : phrases)
    patterns.emplace_back(std::regex(pattern, std::regex::icase | std::regex::optimize), why);
  return patterns;
}

std::optional<std::string> first_match(std::string const& text, Patterns const& patterns) {
  for (auto const& [pattern, why] : patterns) {
    if (std::regex_search(text, pattern)) return why;
  }
  return std::nullopt;
}

std::string without_allowed(std::string text) {
  static auto const allowed = [] {
    std::vector<std::regex> patterns;
    for (auto const* const pattern : kAllowed) patterns.emplace_back(pattern, std::regex::icase | std::regex::optimize);
    return patterns;
  }();
  for (auto const& pattern : allowed) text = std::regex_replace(text, pattern, " ");
  return text;
}

}  // namespace

std::optional<std::string> forbidden_phrase(std::string const& text) {
  static auto const patterns = compiled(kForbidden);
  return first_match(without_allowed(text), patterns);
}

bool speaks_of_this_photo(std::string const& text) {
  static std::regex const pattern(kThisPhoto, std::regex::optimize);
  static std::regex const advice(kGeneralAdvice, std::regex::optimize);
  return std::regex_search(std::regex_replace(text, advice, " "), pattern);
}

bool hedges(std::string const& text) {
  static std::regex const pattern(kHedge, std::regex::optimize);
  return std::regex_search(text, pattern);
}

std::optional<std::string> soothing_phrase(std::string const& text) {
  static auto const patterns = compiled(kSoothing);
  return first_match(text, patterns);
}

}  // namespace nevus::narrative
