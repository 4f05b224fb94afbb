/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody wrote now, and what their program put under it: the message they answer, in whatever language it is
 * introduced, and a signature. Nothing is lost by a wrong guess: the mail is kept whole. */
#include "channels/channel_email.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/unicode.h"

#define LINES_MAX     20000
#define SIGNATURE_MAX 20 /* lines: what is longer is no signature */

struct lines {
    struct str *items;
    size_t count;
};

static struct lines lines_of(struct arena *a, struct str text)
{
    struct lines lines = {0};
    size_t cap = 1;
    struct str line;
    for (size_t i = 0; i < text.len; i++)
        cap += text.ptr[i] == '\n';
    lines.items = ARENA_ARRAY(a, struct str, cap < LINES_MAX ? cap : LINES_MAX);
    while (lines.count < LINES_MAX && str_split(&text, '\n', &line)) {
        while (line.len && str_find_char(STR(" \t\r"), line.ptr[line.len - 1]) >= 0)
            line.len--;
        lines.items[lines.count++] = line;
    }
    return lines;
}

static bool is_quote(struct str line)
{
    line = str_trim(line);
    return line.len && line.ptr[0] == '>';
}

static bool has(struct str line, const char *words)
{
    return str_find(line, str_from(words)) >= 0;
}

static bool has_any(struct str folded, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (has(folded, words[i]))
            return true;
    return false;
}

/* All words below are folded: small letters without accents. */
static bool is_rule(struct arena *a, struct str line)
{
    static const char *const words[] = {"original message",        "original appointment",  "originalnachricht",
                                        "ursprungliche nachricht", "messaggio originale",   "message d'origine",
                                        "message original",        "mensaje original",      "mensagem original",
                                        "oorspronkelijk bericht",  "oprindelig meddelelse", "ursprungligt meddelande",
                                        "opprinnelig melding",     "alkuperainen viesti",   "oryginalna wiadomosc",
                                        "wiadomosc oryginalna",    "исходное сообщение",    "原始邮件",
                                        "元のメッセージ",          "puvodni zprava",        "orijinal mesaj",
                                        "eredeti uzenet",          "reply message",         "mesaj original"};
    line = str_trim(line);
    if (line.len < 4 || line.len > 120 || !(str_starts(line, STR("--")) || str_starts(line, STR("__"))))
        return false;
    return has_any(text_fold(a, line), words, COUNT_OF(words));
}

/* "*Von:* Mina" begins a head of a quoted message when others of its kind follow. */
static bool is_head_line(struct arena *a, struct str line, bool first)
{
    static const char *const from[] = {"from",   "von",    "da",        "de",         "van",     "fran",
                                       "fra",    "od",     "lahettaja", "от",         "发件人",  "差出人",
                                       "送信者", "kimden", "felado",    "expediteur", "mittente"};
    static const char *const others[] = {
        "sent",       "date",       "to",      "subject", "cc",        "gesendet",
        "datum",      "an",         "betreff", "inviato", "data",      "a",
        "oggetto",    "envoye",     "objet",   "enviado", "fecha",     "para",
        "asunto",     "assunto",    "enviada", "em",      "verzonden", "aan",
        "onderwerp",  "skickat",    "till",    "amne",    "sendt",     "til",
        "emne",       "wyslano",    "do",      "temat",   "lahetetty", "vastaanottaja",
        "aihe",       "отправлено", "кому",    "тема",    "дата",      "发送时间",
        "收件人",     "主题",       "日時",    "宛先",    "件名",      "reply-to",
        "gonderilme", "kime",       "konu"};
    line = str_trim(line);
    if (line.len < 4 || line.len > 300)
        return false;
    struct str folded = text_fold(a, line);
    while (folded.len && folded.ptr[0] == '*')
        folded = str_slice(folded, 1, folded.len);
    ptrdiff_t colon = str_find_char(folded, ':');
    if (colon <= 0)
        return false;
    struct str name = str_trim(str_slice(folded, 0, (size_t)colon));
    while (name.len && name.ptr[name.len - 1] == '*')
        name.len--;
    const char *const *words = first ? from : others;
    for (size_t i = 0; i < (first ? COUNT_OF(from) : COUNT_OF(others)); i++)
        if (str_eq(name, str_from(words[i])))
            return true;
    return false;
}

static bool is_head(struct arena *a, const struct lines *lines, size_t at)
{
    int found = 0, looked = 0;
    if (!is_head_line(a, lines->items[at], true))
        return false;
    for (size_t i = at + 1; i < lines->count && looked < 6; i++) {
        if (!str_trim(lines->items[i]).len)
            continue;
        looked++;
        found += is_head_line(a, lines->items[i], false);
    }
    return found >= 2;
}

/* "On Monday Mina wrote:", told by the verb; where a quote follows, any language's is one. */
static bool says_wrote(struct arena *a, struct str line)
{
    static const char *const verbs[] = {
        " wrote:",  " schrieb",  " ha scritto:", " a ecrit",  "escribio",         " escreveu", " schreef",
        " skrev",   " napisal",  " пишет",       " написал",  " kirjoitti",       " yazdi",    "写道",
        " scrive:", " escrigue", " wrote on",    "のメール:", "さんは書きました", " έγραψε",   " εγραψε",
        " viet:",   " napsal",   " irta",        " a scris",  " wrote :"};
    struct str folded = text_fold(a, line);
    return has_any(folded, verbs, COUNT_OF(verbs));
}

/* Marks of the direction of writing around a line. */
static struct str without_marks(struct str line)
{
    static const char *const marks[] = {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
                                        "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"};
    line = str_trim(line);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < COUNT_OF(marks); i++)
            if (str_ends(line, str_from(marks[i]))) {
                line = str_trim(str_slice(line, 0, line.len - strlen(marks[i])));
                again = true;
            }
    }
    return line;
}

static bool ends_with_colon(struct str line)
{
    line = without_marks(line);
    return line.len && (line.ptr[line.len - 1] == ':' || str_ends(line, STR("：")) || str_ends(line, STR(":*")));
}

/* How many lines, from `at` on, introduce a quote; 0: none do. */
static size_t introduction(struct arena *a, const struct lines *lines, size_t at)
{
    struct str joined = STR_EMPTY;
    for (size_t n = 1; n <= 4 && at + n <= lines->count; n++) {
        struct str line = str_trim(lines->items[at + n - 1]);
        if (!line.len || is_quote(line) || line.len > 300)
            return 0;
        joined = n == 1 ? line : str_format(a, "%.*s %.*s", STR_ARGS(joined), STR_ARGS(line));
        if (!ends_with_colon(line))
            continue;
        size_t next = at + n;
        while (next < lines->count && !str_trim(lines->items[next]).len)
            next++;
        bool quoted = next < lines->count && is_quote(lines->items[next]);
        bool names = has(joined, "@") || says_wrote(a, joined);
        bool dated = false;
        for (size_t i = 0; i < joined.len; i++)
            dated |= joined.ptr[i] >= '0' && joined.ptr[i] <= '9';
        if ((quoted && (names || dated)) || (says_wrote(a, joined) && dated && next < lines->count))
            return n;
        return 0;
    }
    return 0;
}

static bool is_device(struct arena *a, struct str line)
{
    static const char *const words[] = {"sent from my ",
                                        "sent from yahoo",
                                        "sent from mail for",
                                        "sent from outlook",
                                        "sent with ",
                                        "sent via ",
                                        "get outlook for",
                                        "von meinem ",
                                        "gesendet von m",
                                        "inviato da",
                                        "envoye de mon",
                                        "envoye depuis",
                                        "enviado desde mi",
                                        "enviado do meu",
                                        "verzonden vanaf",
                                        "skickat fran min",
                                        "sendt fra min",
                                        "lahetetty ",
                                        "wyslane z",
                                        "отправлено с",
                                        "发自我的",
                                        "sent by ",
                                        "sent on the new sprint",
                                        "odeslano z"};
    line = str_trim(line);
    if (!line.len || line.len > 120)
        return false;
    struct str folded = text_fold(a, line);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_starts(folded, str_from(words[i])))
            return true;
    return false;
}

/* Where the signature begins, or the end. */
static size_t signature_begin(struct arena *a, const struct lines *lines, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        struct str line = str_trim(lines->items[i]);
        bool mark = str_eq(line, STR("--")) || str_eq(line, STR("—")) || str_eq(line, STR("__"));
        if (mark && end - i <= SIGNATURE_MAX)
            return i;
        if (is_device(a, line) && end - i <= 4)
            return i;
    }
    return end;
}

static bool has_digit(struct str line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] >= '0' && line.ptr[i] <= '9')
            return true;
    return false;
}

/* A line of theirs right above one that says when is not part of it. */
static bool introduces(struct arena *a, const struct lines *lines, size_t at)
{
    size_t n = introduction(a, lines, at);
    bool later = n > 1 && !has_digit(lines->items[at]) && has_digit(lines->items[at + 1]);
    return n && !(later && introduction(a, lines, at + 1));
}

/* Only dashes or only underscores: drawn above what was cut off. */
static bool is_line_drawn(struct str line)
{
    line = str_trim(line);
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] != line.ptr[0] || (line.ptr[0] != '-' && line.ptr[0] != '_'))
            return false;
    return line.len > 4;
}

/* What programs put under everything: a signature, a device, the foot of a list. */
static bool is_close(struct arena *a, const struct lines *lines, size_t at)
{
    struct str line = str_trim(lines->items[at]);
    size_t left = lines->count - at;
    bool mark = str_eq(line, STR("--")) || str_eq(line, STR("—")) || (is_line_drawn(line) && line.ptr[0] == '_');
    return (mark && left <= SIGNATURE_MAX) || (left <= 4 && is_device(a, line));
}

/* "---------- Forwarded message ----------": what follows they hand on to us. */
static bool hands_on(struct arena *a, struct str line)
{
    static const char *const words[] = {"forwarded message",
                                        "forwarded by",
                                        "messaggio inoltrato",
                                        "weitergeleitete nachricht",
                                        "weitergeleiteten nachricht",
                                        "message transfere",
                                        "message reexpedie",
                                        "mensaje reenviado",
                                        "mensagem encaminhada",
                                        "doorgestuurd bericht",
                                        "vidarebefordrat",
                                        "videresendt",
                                        "przekazana wiadomosc",
                                        "пересланное",
                                        "пересылаемое",
                                        "转发",
                                        "転送",
                                        "iletilen ileti"};
    static const char *const begins[] = {"--", "begin", "inizio", "anfang", "debut", "inicio", "start"};
    line = str_trim(line);
    struct str folded = line.len < 4 || line.len > 120 ? STR_EMPTY : text_fold(a, line);
    for (size_t i = 0; i < COUNT_OF(begins); i++)
        if (str_starts(folded, str_from(begins[i])))
            return has_any(folded, words, COUNT_OF(words));
    return false;
}

/* A quote that is introduced and after which they go on writing belongs to what they say. */
static bool ends_in_quote(struct arena *a, const struct lines *lines, size_t from)
{
    bool quoted = false;
    for (size_t i = from; i < lines->count; i++) {
        if (is_quote(lines->items[i]))
            quoted = true;
        else if (quoted && str_trim(lines->items[i]).len)
            return is_close(a, lines, i);
    }
    return true;
}

static size_t cut_of(struct arena *a, const struct lines *lines, size_t from)
{
    for (size_t i = from; i < lines->count; i++) {
        if (hands_on(a, lines->items[i]))
            return lines->count;
        if (is_rule(a, lines->items[i]) || is_head(a, lines, i))
            return i;
        if (introduces(a, lines, i) && ends_in_quote(a, lines, i))
            return i;
    }
    size_t end = lines->count;
    while (end > from && (!str_trim(lines->items[end - 1]).len || is_quote(lines->items[end - 1])))
        end--;
    return end;
}

/* They answer under the quote: it stands at the top, and nowhere else. */
static size_t top_quote(struct arena *a, const struct lines *lines)
{
    size_t i = 0, n;
    while (i < lines->count && !str_trim(lines->items[i]).len)
        i++;
    n = i < lines->count ? introduction(a, lines, i) : 0;
    if (!n && !(i < lines->count && is_quote(lines->items[i])))
        return 0;
    for (i += n; i < lines->count && (!str_trim(lines->items[i]).len || is_quote(lines->items[i]));)
        i++;
    for (size_t k = i; k < lines->count; k++)
        if (is_quote(lines->items[k]))
            return 0;
    return i < lines->count ? i : 0;
}

struct str email_own_words(struct arena *a, struct str text, bool forwarded)
{
    if (forwarded)
        return str_trim(text);
    struct lines lines = lines_of(a, text);
    struct buf out;
    size_t from = top_quote(a, &lines), end = cut_of(a, &lines, from);
    end = signature_begin(a, &lines, from, end);
    while (end > from && (!str_trim(lines.items[end - 1]).len || is_line_drawn(lines.items[end - 1])))
        end--;
    buf_init(&out, a, text.len + 1);
    for (size_t i = from; i < end; i++) {
        buf_str(&out, lines.items[i]);
        buf_char(&out, '\n');
    }
    struct str own = str_trim(buf_view(&out));
    return own.len ? own : str_trim(text);
}

struct str email_subject(struct str subject)
{
    static const char *const words[] = {"re",
                                        "aw",
                                        "wg",
                                        "fwd",
                                        "fw",
                                        "r",
                                        "i",
                                        "rif",
                                        "sv",
                                        "vs",
                                        "antw",
                                        "tr",
                                        "rv",
                                        "enc",
                                        "odp",
                                        "ynt",
                                        "posta certificata",
                                        "ref",
                                        "res",
                                        "vb",
                                        "doorst",
                                        "pd",
                                        "回复",
                                        "答复",
                                        "转发",
                                        "轉寄",
                                        "返信"};
    for (bool again = true; again;) {
        again = false;
        subject = str_trim(subject);
        for (size_t i = 0; !again && i < COUNT_OF(words); i++) {
            struct str word = str_from(words[i]);
            if (subject.len <= word.len || !str_eq_nocase(str_slice(subject, 0, word.len), word))
                continue;
            struct str rest = str_slice(subject, word.len, subject.len);
            if (str_starts(rest, STR("[")))
                rest = str_slice(rest, (size_t)(str_find_char(rest, ']') + 1), rest.len);
            bool narrow = str_starts(rest, STR(":"));
            again = narrow || str_starts(rest, STR("："));
            if (again)
                subject = str_slice(rest, narrow ? 1 : strlen("："), rest.len);
        }
    }
    return subject;
}

bool email_subject_forwards(struct str subject)
{
    static const char *const words[] = {"fwd", "fw", "wg", "i",      "tr",   "rv",
                                        "enc", "pd", "vb", "doorst", "转发", "轉寄"};
    subject = str_trim(subject);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t len = strlen(words[i]);
        struct str rest = str_trim(str_slice(subject, len, subject.len));
        if (str_eq_nocase(str_slice(subject, 0, len), str_from(words[i])) &&
            (str_starts(rest, STR(":")) || str_starts(rest, STR("："))))
            return true;
    }
    return false;
}
