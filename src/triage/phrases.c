/* SPDX-License-Identifier: Apache-2.0 */
/* Phrases that bring a message to a human at once, in Italian and English. Written narrow: "killing me" or "è
 * una bomba" must not be among them. A "*" stands for up to two words, a "~" for any ending. */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "triage/signs.h"

struct phrases {
    enum sign sign;
    const char *const *list; /* NULL-ended */
};

static const char *const threats[] = {"ti ammazzo",
                                      "vi ammazzo",
                                      "ti uccido",
                                      "vi uccido",
                                      "ti spacco",
                                      "vi spacco",
                                      "ti faccio a pezzi",
                                      "vi do fuoco",
                                      "ti do fuoco",
                                      "so dove abiti",
                                      "so dove abitate",
                                      "so dove lavorate",
                                      "so dove lavori",
                                      "metto una bomba",
                                      "mettero una bomba",
                                      "faccio saltare * aria",
                                      "ti aspetto sotto",
                                      "vi aspetto sotto",
                                      "vi brucio",
                                      "ti brucio",
                                      "ti sparo",
                                      "vi sparo",
                                      "spararvi",
                                      "ammazzarvi",
                                      "ammazzarti",
                                      "uccidervi",
                                      "ucciderti",
                                      "vi vengo a prendere",
                                      "ti vengo a prendere",
                                      "vi spezzo le",
                                      "ti spezzo le",
                                      "ti gonfio",
                                      "vi faccio fuori",
                                      "ti faccio fuori",
                                      "kill you all",
                                      "kill you and",
                                      "will kill you",
                                      "gonna kill you",
                                      "going to kill you",
                                      "want to kill you",
                                      "ill kill you",
                                      "kill you bitch",
                                      "kill u",
                                      "will hurt you",
                                      "ill hurt you",
                                      "gonna hurt you",
                                      "going to hurt you",
                                      "kill your family",
                                      "kill them all",
                                      "kill all of you",
                                      "hunt you down",
                                      "know where you live",
                                      "know where you work",
                                      "know where u live",
                                      "burn down your",
                                      "burn your * down",
                                      "burn the * down",
                                      "shoot you",
                                      "shoot up",
                                      "plant a bomb",
                                      "bomb your",
                                      "bomb the office",
                                      "beat you up",
                                      "break your legs",
                                      "break your neck",
                                      "slit your",
                                      "stab you",
                                      "deserve to die",
                                      "should die",
                                      "rape you",
                                      "put a bullet",
                                      "set fire to your",
                                      NULL};
static const char *const self_harms[] = {"mi ammazzo",
                                         "mi uccido",
                                         "suicid~",
                                         "farla finita",
                                         "voglio morire",
                                         "vorrei morire",
                                         "vorrei essere mort~",
                                         "non voglio piu vivere",
                                         "togliermi la vita",
                                         "mi tolgo la vita",
                                         "mi butto giu",
                                         "mi butto dal~",
                                         "mi butto sotto",
                                         "mi taglio le vene",
                                         "farmi del male",
                                         "ammazzarmi",
                                         "uccidermi",
                                         "impiccarmi",
                                         "non ha senso vivere",
                                         "kill myself",
                                         "killing myself",
                                         "end my life",
                                         "ending my life",
                                         "suicid~",
                                         "want to die",
                                         "wanna die",
                                         "hurt myself",
                                         "harm myself",
                                         "hurting myself",
                                         "self harm",
                                         "end it all",
                                         "cut myself",
                                         "better off dead",
                                         "no reason to live",
                                         "take my own life",
                                         "dont want to live",
                                         "do not want to live",
                                         "dont want to be alive",
                                         NULL};
static const char *const safeties[] = {"preso fuoco",
                                       "prende fuoco",
                                       "in fiamme",
                                       "andato a fuoco",
                                       "andata a fuoco",
                                       "incendio",
                                       "esplos~",
                                       "esplode",
                                       "preso la scossa",
                                       "presa la scossa",
                                       "da la scossa",
                                       "dato la scossa",
                                       "dato una scossa",
                                       "preso una scossa",
                                       "prende la scossa",
                                       "e in pericolo",
                                       "ha ingoiato",
                                       "ha ingerito",
                                       "mi ha minacciato",
                                       "mi ha minacciata",
                                       "minacciato mi~",
                                       "minacciato di",
                                       "mi hanno aggredit~",
                                       "mi ha aggredit~",
                                       "scossa elettrica",
                                       "folgorat~",
                                       "fuga di gas",
                                       "odore di gas",
                                       "puzza di gas",
                                       "perdita di gas",
                                       "monossido",
                                       "ustion~",
                                       "ferito",
                                       "ferita",
                                       "feriti",
                                       "mi sono fatto male",
                                       "pronto soccorso",
                                       "ospedale",
                                       "ambulanza",
                                       "reazione allergica",
                                       "shock anafilattico",
                                       "anafila~",
                                       "soffoca~",
                                       "intossicat~",
                                       "avvelenat~",
                                       "insulina",
                                       "salvavita",
                                       "pericolo di vita",
                                       "svenut~",
                                       "infarto",
                                       "sanguina~",
                                       "dialisi",
                                       "avuto un incidente",
                                       "esce fumo",
                                       "esce del fumo",
                                       "pezzi di vetro",
                                       "vetro nel~",
                                       "chiusi in ascensore",
                                       "bloccat~ in ascensore",
                                       "bloccat~ nell ascensore",
                                       "caught fire",
                                       "catches fire",
                                       "catch fire",
                                       "catching fire",
                                       "burst into flames",
                                       "in flames",
                                       "battery * on fire",
                                       "charger * on fire",
                                       "phone * on fire",
                                       "laptop * on fire",
                                       "router * on fire",
                                       "house * on fire",
                                       "oven * on fire",
                                       "smoke coming",
                                       "smell * gas",
                                       "smelling gas",
                                       "gas leak",
                                       "carbon monoxide",
                                       "electric shock",
                                       "electrocut~",
                                       "battery exploded",
                                       "phone exploded",
                                       "charger exploded",
                                       "bottle exploded",
                                       "it exploded",
                                       "just exploded",
                                       "burned my hand~",
                                       "burnt my hand~",
                                       "burned my face",
                                       "burned my finger~",
                                       "burns on my",
                                       "ambulance",
                                       "hospital",
                                       "hospitals",
                                       "hospitalised",
                                       "hospitalized",
                                       "oxygen tank~",
                                       "oxygen supply",
                                       "oxygen mask~",
                                       "oxygen concentrator",
                                       "bombola di ossigeno",
                                       "bombole di ossigeno",
                                       "was injured",
                                       "got injured",
                                       "is injured",
                                       "been injured",
                                       "injured my",
                                       "serious injur~",
                                       "life in danger",
                                       "lives in danger",
                                       "serious danger",
                                       "vita in pericolo",
                                       "vite in pericolo",
                                       "sono in pericolo",
                                       "siamo in pericolo",
                                       "trapped inside",
                                       "trapped in the elevator",
                                       "trapped in the lift",
                                       "trapped in the car",
                                       "emergency room",
                                       "paramedic~",
                                       "allergic reaction",
                                       "anaphyla~",
                                       "choked on",
                                       "choking on",
                                       "was choking",
                                       "food poisoning",
                                       "poisoned",
                                       "is bleeding",
                                       "was bleeding",
                                       "unconscious",
                                       "heart attack",
                                       "swallowed",
                                       "threatened me",
                                       "threatened my",
                                       "attacked me",
                                       "assaulted",
                                       "insulin",
                                       "overdos~",
                                       "seizure~",
                                       "glass in my",
                                       "piece of glass",
                                       "stuck in the elevator",
                                       "stuck in the lift",
                                       "medical device",
                                       NULL};
static const char *const emergencies[] = {"diffida",
                                          "messa in mora",
                                          "atto di citazione",
                                          "furto d identita",
                                          "furto di identita",
                                          "carta clonata",
                                          "rubato la carta",
                                          "carta rubata",
                                          "rubato il telefono",
                                          "rubato il cellulare",
                                          "rubato lo smartphone",
                                          "telefono rubato",
                                          "rubato la sim",
                                          "rubato l identita",
                                          "prelievi non autorizzati",
                                          "addebiti non autorizzati",
                                          "addebito non autorizzato",
                                          "prelievo non autorizzato",
                                          "hanno svuotato il conto",
                                          "violazione dei dati",
                                          "cease and desist",
                                          "court order",
                                          "subpoena",
                                          "identity theft",
                                          "stolen identity",
                                          "stole my identity",
                                          "unauthorised charge~",
                                          "unauthorized charge~",
                                          "unauthorised transaction~",
                                          "unauthorized transaction~",
                                          "card * stolen",
                                          "stolen card",
                                          "stole my phone",
                                          "phone was stolen",
                                          "phone got stolen",
                                          "phone has been stolen",
                                          "stole my card",
                                          "cloned card",
                                          "card * cloned",
                                          "emptied my account",
                                          "data breach",
                                          NULL};
static const char *const legals[] = {"vi denuncio",
                                     "sporgo denuncia",
                                     "sporgere denuncia",
                                     "sporgero denuncia",
                                     "vie legali",
                                     "faccio causa",
                                     "faro causa",
                                     "faremo causa",
                                     "in tribunale",
                                     "per vie legali",
                                     "azione legale",
                                     "azioni legali",
                                     "mio legale",
                                     "miei legali",
                                     "nostro legale",
                                     "ufficio legale",
                                     "studio legale",
                                     "class action",
                                     "small claims",
                                     "legal action",
                                     "legal proceedings",
                                     "take you to court",
                                     "see you in court",
                                     "sue you",
                                     "sue u",
                                     "better business bureau",
                                     "trading standards",
                                     "consumer protection",
                                     "small claims",
                                     NULL};
static const struct phrases all[] = {{SIGN_THREAT, threats},
                                     {SIGN_SELF_HARM, self_harms},
                                     {SIGN_SAFETY, safeties},
                                     {SIGN_EMERGENCY, emergencies},
                                     {SIGN_LEGAL, legals}};

/* Does one word match the beginning of the pattern? *next: behind it. */
static bool word_matches(struct str key, const char *pattern, const char **next)
{
    size_t i = 0;
    while (i < key.len && pattern[i] == key.ptr[i])
        i++;
    *next = pattern + i;
    if (*next[0] == '~') {
        (*next)++;
        return true;
    }
    return i == key.len && (*next[0] == ' ' || *next[0] == '\0');
}

/* The last token of the phrase that begins at token i; false when it does not. */
static bool phrase_at(const struct reading *r, size_t i, const char *pattern, size_t *last)
{
    size_t may_skip = 0;
    for (const char *next; i < r->count; i++) {
        if (!word_matches(r->tokens[i].key, pattern, &next)) {
            if (may_skip-- == 0)
                return false;
            continue;
        }
        *last = i;
        if (*next != '\0' && r->tokens[i].pause)
            return false;
        if (*next == '\0')
            return true;
        pattern = next + 1;
        may_skip = 0;
        if (pattern[0] == '*') {
            may_skip = 2;
            pattern += 2;
        }
    }
    return false;
}

/* "mi ammazzo dalle risate", "laughing so hard I want to die" */
static bool is_laughter(const struct reading *r, size_t first, size_t last)
{
    static const char *const laughs[] = {"ridere", "risate", "laughing", "laugh", "lol", "lmao", "haha", "hahaha"};
    size_t from = first > 5 ? first - 5 : 0, to = last + 4 < r->count ? last + 4 : r->count;
    for (size_t i = from; i < to; i++)
        for (size_t k = 0; k < COUNT_OF(laughs); k++)
            if (str_eq(r->tokens[i].key, str_from(laughs[k])))
                return true;
    return false;
}

/* All phrases by their first letter, in the order above: most words begin none of them. */
enum { LETTERS = 26, PHRASES_MOST = 512 };
static struct {
    enum sign sign;
    const char *words;
} sorted[PHRASES_MOST];
static size_t letter_from[LETTERS + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void sort(void)
{
    size_t n = 0;
    for (int letter = 0; letter < LETTERS; letter++) {
        letter_from[letter] = n;
        for (size_t k = 0; k < COUNT_OF(all); k++)
            for (const char *const *phrase = all[k].list; *phrase; phrase++)
                if ((*phrase)[0] == 'a' + letter) {
                    assert(n < PHRASES_MOST);
                    sorted[n].sign = all[k].sign;
                    sorted[n++].words = *phrase;
                }
    }
    letter_from[LETTERS] = n;
}

void phrases_read(const struct reading *r, struct signs *out)
{
    pthread_once(&once, sort);
    for (size_t i = 0; i < r->count; i++) {
        int letter = r->tokens[i].key.len ? r->tokens[i].key.ptr[0] - 'a' : -1;
        if (letter < 0 || letter >= LETTERS)
            continue;
        for (size_t k = letter_from[letter]; k < letter_from[letter + 1]; k++) {
            size_t last;
            if (phrase_at(r, i, sorted[k].words, &last) && !is_laughter(r, i, last))
                sign_add(out, sorted[k].sign, token_span(r, i, last));
        }
    }
}
