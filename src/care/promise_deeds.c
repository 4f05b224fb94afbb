/* SPDX-License-Identifier: Apache-2.0 */
/* Whose action a sentence speaks of: ours to come ("la richiamo", "I'll write"), or anybody else's and the
 * past. Word lists of Italian and English; a word unknown to them says nothing. */
#include "base/arena.h"
#include "care/promise_internal.h"

/* ---- Italian ---- */

static const char it_ours[] =
    "chiamo richiamo ricontatto contatto scrivo riscrivo mando rimando invio rinvio torno ritorno verifico "
    "controllo "
    "ricontrollo faccio rispondo aggiorno informo avviso avverto risolvo sistemo spedisco rispedisco "
    "rimborso procedo "
    "sento risento riferisco comunico recupero preparo provvedo occupo prometto garantisco assicuro cerco "
    "provo inoltro "
    "attivo sblocco annullo consegno porto passo telefono ritelefono prendo giro chiudo cambio sostituisco "
    "chiamiamo richiamiamo ricontattiamo contattiamo scriviamo riscriviamo mandiamo rimandiamo inviamo "
    "torniamo "
    "verifichiamo controlliamo facciamo rispondiamo aggiorniamo informiamo avvisiamo avvertiamo risolviamo "
    "sistemiamo "
    "spediamo rimborsiamo procediamo sentiamo risentiamo comunichiamo recuperiamo prepariamo provvediamo "
    "occupiamo "
    "impegniamo promettiamo garantiamo assicuriamo cerchiamo proviamo inoltriamo attiviamo sblocchiamo "
    "annulliamo "
    "consegniamo portiamo passiamo telefoniamo diamo sostituiamo cambiamo "
    "chiamero richiamero ricontattero contattero scrivero riscrivero mandero inviero tornero verifichero "
    "controllero "
    "rispondero aggiornero informero avvisero risolvero sistemero spediro rimborsero";
/* Also nouns: with an article in front they are. */
static const char it_nouns[] =
    "richiamo contatto invio rinvio controllo avviso rimborso recupero passo telefono giro "
    "ritorno cambio porto inoltro consegna parte";
static const char it_articles[] = "il un uno del al dal nel sul di in ogni questo quel primo prossimo suo tuo vostro "
                                  "nostro per con col la una della alla dalla nella sua tua vostra nostra da su";
static const char it_no_future[] =
    "saro avro potro dovro vorro pero saremo avremo potremo dovremo vorremo vedremo estremo "
    "supremo remo";
static const char it_other[] =
    "scriva riscriva mandi rimandi invii chiami richiami telefoni risponda provi riprovi attenda aspetti "
    "verifichi "
    "controlli passi venga torni legga clicchi segua acceda faccia dica prenda compili comunichi contatti "
    "ricontatti "
    "scriveteci scrivete scrivimi scrivici mandami mandaci mandate mandateci inviami inviaci inviate "
    "inviateci chiamami "
    "chiamaci chiamate chiamateci rispondi rispondimi rispondici rispondete riprova prova aspetta attendi "
    "fammi facci "
    "fateci fatemi dimmi dicci ditemi contattaci contattateci contattami scrivi manda invia chiama passa "
    "torna compila "
    "puo puoi potete deve devi dovete vuole vuoi volete posso possiamo dobbiamo devo voglio "
    "arriva arrivera arrivano arriveranno consegna consegnera consegnano parte partira scade scadra scadono "
    "apre "
    "chiude aprono chiudono apriamo chiudiamo passera ritirera ritira viene vengono va vanno "
    "sono sei siete siamo era erano ero ha hai ho hanno abbiamo avete aveva avevo avevamo sara saranno verra "
    "verranno "
    "sarete sarai saremo ricevera riceverai riceverete avra avrai avrete chiamera richiamera contattera "
    "ricontattera "
    "scrivera riscrivera rispondera telefonera aggiornera che arrivi consegni";
static const char it_contacted[] = "contattato contattata contattati ricontattato ricontattata ricontattati "
                                   "richiamato richiamata richiamati chiamato "
                                   "chiamata chiamati aggiornato aggiornata aggiornati informato informata "
                                   "informati avvisato avvisata avvisati";
static const char it_answer[] =
    "risposta risposte chiamata telefonata notizie aggiornamento aggiornamenti mail email "
    "messaggio riscontro nostre nostra";
static const char it_colleague_does[] = "chiamera richiamera contattera ricontattera scrivera riscrivera rispondera "
                                        "telefonera aggiornera chiama richiama ricontatta contatta scrive";
static const char it_colleagues[] = "collega colleghi team collaboratore collaboratrice responsabile ufficio reparto "
                                    "operatore operatrice nostro nostra assistenza";
static const char it_clitics[] = "la le lo li l gli vi ti ci mi ve te me glielo gliela glieli gliele ne ve io noi si";

static bool is_near(const struct words *s, ptrdiff_t from, ptrdiff_t to, const char *list)
{
    for (ptrdiff_t i = from; i <= to; i++)
        if (word_in(word_at(s, i), list))
            return true;
    return false;
}

static bool it_negated(const struct words *s, ptrdiff_t i)
{
    for (i--; word_in(word_at(s, i), it_clitics); i--)
        ;
    return word_in(word_at(s, i), "non mai");
}

static bool it_is_future(const struct word *w)
{
    if (word_in(w, it_no_future))
        return false;
    bool ours = w->key.len >= 4 && w->accent && str_ends(w->key, STR("ro"));
    return ours || (w->key.len >= 6 && str_ends(w->key, STR("remo")));
}

static enum deed it_deed(const struct words *s, ptrdiff_t i)
{
    const struct word *w = word_at(s, i), *before = word_at(s, i - 1);
    if (word_in(w, "e") && w->accent)
        return DEED_OTHER;
    if (word_in(w, it_nouns) && word_in(before, it_articles) && !(word_in(before, "la") && word_in(w, it_ours)))
        return DEED_NONE;
    if (word_in(w, it_colleague_does) && is_near(s, i - 8, i - 1, it_colleagues))
        return DEED_OURS;
    if (word_in(w, "sara saranno verra verranno sarete sarai verrete verrai") &&
        is_near(s, i + 1, i + 2, it_contacted))
        return DEED_OURS;
    if (word_in(w, "ricevera riceverai riceverete avra avrai avrete") && is_near(s, i + 1, i + 4, it_answer))
        return DEED_OURS;
    if (word_in(w, "impegno") && word_in(before, "mi m ci"))
        return DEED_OURS;
    if (word_in(w, "do") && word_in(before, "le ti vi gli ve te"))
        return DEED_OURS;
    if (word_in(w, "promessa") && word_in(before, "una"))
        return DEED_OURS;
    if (word_in(w, it_ours) || it_is_future(w))
        return it_negated(s, i) ? DEED_OTHER : DEED_OURS;
    return word_in(w, it_other) ? DEED_OTHER : DEED_NONE;
}

/* ---- English ---- */

static const char en_acts[] = "call phone ring write send get check come reply update let answer email message text "
                              "contact look follow ask find try do reach refund ship fix return give chase";
static const char en_not_acts[] = "need want wait assume not never expect require be know have see understand never";
static const char en_other[] = "was were is are has have had did does can could should must may might arrive "
                               "arrives arrived deliver delivers "
                               "delivered expire expires open opens close closes leaves ships shipped please "
                               "called wrote sent received asked told "
                               "said won isn wasn aren happened goes go";
static const char en_asks[] = "call write send reply contact tell give reach ring text email message get phone";
static const char en_answer[] = "me us call reply answer news email update response from hear message refund";
static const char en_colleagues[] = "colleague colleagues team manager supervisor specialist someone somebody agent "
                                    "technician department";

/* How many words say that we shall do something, from i on; 0: none. "be back" and "be in touch" count, "be
 * out" not. */
static ptrdiff_t en_will(const struct words *s, ptrdiff_t i)
{
    const struct word *act = word_at(s, i);
    if (word_in(act, "definitely personally also then now certainly surely gladly just"))
        return en_will(s, i + 1) ? 1 + en_will(s, i + 1) : 0;
    if (word_in(act, "be"))
        return word_in(word_at(s, i + 1), "back calling sending writing checking") ||
                       (word_in(word_at(s, i + 1), "in") && word_in(word_at(s, i + 2), "touch"))
                   ? 3
                   : 0;
    if (word_in(act, "have"))
        return is_near(s, i + 1, i + 4, "answer call colleague update news team reply someone") ? 1 : 0;
    return act && act->kind == WORD_TEXT && !word_in(act, en_not_acts) ? 1 : 0;
}

/* "I'll …", "we are going to …": the words taken when we shall act, with the deed; 0: no such words here. */
static ptrdiff_t en_first_person(const struct words *s, ptrdiff_t i, enum deed *deed)
{
    const struct word *next = word_at(s, i + 1), *then = word_at(s, i + 2);
    ptrdiff_t lead = 0;
    if (word_in(next, "ll will shall"))
        lead = 2;
    else if (word_in(next, "m am re are") && word_in(then, "going") && word_in(word_at(s, i + 3), "to"))
        lead = 4;
    if (lead) {
        ptrdiff_t more = en_will(s, i + lead);
        *deed = more ? DEED_OURS : DEED_OTHER;
        return lead + (more ? more : 1);
    }
    bool act_now = word_in(next, en_acts) || word_in(next, "promise");
    bool going = word_in(next, "m am re are") && word_in(then, "calling sending getting coming");
    *deed = act_now || going ? DEED_OURS : DEED_NONE;
    return act_now ? 2 : going ? 3 : 0;
}

static ptrdiff_t en_let(const struct words *s, ptrdiff_t i, enum deed *deed)
{
    if (word_in(word_at(s, i + 1), "me us")) {
        *deed = word_in(word_at(s, i + 2), "know have") ? DEED_OTHER : DEED_OURS;
        return 3;
    }
    if (word_in(word_at(s, i + 1), "you") && word_in(word_at(s, i + 2), "know")) {
        *deed = DEED_OURS;
        return 3;
    }
    return 0;
}

static ptrdiff_t en_second_person(const struct words *s, ptrdiff_t i, enum deed *deed)
{
    const struct word *next = word_at(s, i + 1);
    if (word_in(next, "ll will") && word_in(word_at(s, i + 2), "hear get receive have") &&
        is_near(s, i + 3, i + 6, en_answer)) {
        *deed = DEED_OURS;
        return 3;
    }
    *deed = word_in(next, "can could should must may need have ve d would are re will ll send call write reply want")
                ? DEED_OTHER
                : DEED_NONE;
    return *deed ? 2 : 0;
}

/* "call me", "write back to us"; not "a call from us" */
static bool en_asked(const struct words *s, ptrdiff_t i)
{
    ptrdiff_t next = i + 1;
    while (next < i + 3 && word_in(word_at(s, next), "to back"))
        next++;
    return word_in(word_at(s, i), en_asks) && word_in(word_at(s, next), "me us");
}

static bool opens_clause(const struct words *s, ptrdiff_t i)
{
    const struct word *before = word_at(s, i - 1);
    return !before || before->pause || word_in(before, "and then but so");
}

static enum deed en_will_alone(const struct words *s, ptrdiff_t i)
{
    bool act = word_in(word_at(s, i + 1), en_acts);
    if (act && (opens_clause(s, i) || is_near(s, i - 4, i - 1, en_colleagues)))
        return DEED_OURS;
    return DEED_OTHER;
}

/* "… and get back to you": still the one who spoke before. */
static bool en_goes_on(const struct words *s, ptrdiff_t i, bool ours_before)
{
    if (!ours_before || !opens_clause(s, i) || !word_in(word_at(s, i), en_acts))
        return false;
    return is_near(s, i + 1, i + 3, "you");
}

static bool en_that_clause(const struct words *s, ptrdiff_t i)
{
    return word_in(word_at(s, i), "that") &&
           word_in(word_at(s, i + 1), "the your our it we they a an this everything you there");
}

/* Words taken (at least one), and their deed. */
static ptrdiff_t en_deed(const struct words *s, ptrdiff_t i, bool ours_before, enum deed *deed)
{
    const struct word *w = word_at(s, i);
    ptrdiff_t taken = 0;
    *deed = DEED_NONE;
    if (word_in(w, "i we"))
        taken = en_first_person(s, i, deed);
    else if (word_in(w, "let"))
        taken = en_let(s, i, deed);
    else if (word_in(w, "you"))
        taken = en_second_person(s, i, deed);
    if (taken)
        return taken;
    if (word_in(w, "will ll"))
        *deed = en_will_alone(s, i);
    else if (word_in(w, "expect talk speak") &&
             is_near(s, i + 1, i + 4, "call reply answer email update you from soon"))
        *deed = DEED_OURS;
    else if (en_asked(s, i))
        *deed = DEED_OTHER;
    else if (en_goes_on(s, i, ours_before))
        *deed = DEED_OURS;
    else if (word_in(w, en_other) || en_that_clause(s, i))
        *deed = DEED_OTHER;
    return 1;
}

enum deed *promise_deeds(struct arena *a, const struct words *sentence)
{
    enum deed *deeds = ARENA_ARRAY(a, enum deed, sentence->count + 1);
    bool ours = false;
    for (ptrdiff_t i = 0; (size_t)i < sentence->count;) {
        ptrdiff_t taken = 1;
        deeds[i] = it_deed(sentence, i);
        if (deeds[i] == DEED_NONE)
            taken = en_deed(sentence, i, ours, &deeds[i]);
        ours |= deeds[i] == DEED_OURS;
        i += taken;
    }
    return deeds;
}
