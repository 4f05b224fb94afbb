/* SPDX-License-Identifier: Apache-2.0 */
/* The invented people and what they write. */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"

#define VOCABULARY 50000

static const char *const common[] = {
    "il",       "la",      "di",       "che",       "non",       "un",       "per",      "con",        "mi",
    "ho",       "da",      "ma",       "ancora",    "questo",    "anche",    "grazie",   "buongiorno", "salve",
    "vorrei",   "sapere",  "quando",   "arriva",    "ordine",    "pacco",    "spedito",  "consegna",   "corriere",
    "bolletta", "fattura", "numero",   "telefono",  "linea",     "internet", "lento",    "guasto",     "tecnico",
    "ieri",     "oggi",    "domani",   "settimana", "contratto", "disdire",  "rimborso", "soldi",      "conto",
    "pagato",   "due",     "volte",    "nessuno",   "risponde",  "aspetto",  "giorni",   "ore",        "assurdo",
    "gentile",  "aiuto",   "problema", "funziona",  "codice",    "cliente",
};
static const char *const syllables[] = {"ba", "ce", "di", "fo", "gu", "la", "me",  "ni",
                                        "po", "ru", "sa", "te", "vi", "zo", "qua", "stra"};

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

int64_t workload_person(int64_t i)
{
    uint64_t people = (uint64_t)i / WORKLOAD_PERSON_EVERY + 1;
    uint64_t one = i % WORKLOAD_PERSON_EVERY == 0 ? people - 1 : mix((uint64_t)i) % people;
    return (int64_t)one * WORKLOAD_PERSON_EVERY;
}

bool workload_on_whatsapp(int64_t i)
{
    return workload_person(i) / WORKLOAD_PERSON_EVERY % 2 == 0;
}

uint64_t workload_random(uint64_t seed)
{
    return mix(seed);
}

/* A made-up word: the same number, the same word. */
static size_t word_write(uint64_t n, char *out, size_t room)
{
    size_t len = 0;
    for (int i = 0; i < 4; i++, n /= COUNT_OF(syllables))
        len += (size_t)snprintf(out + len, room - len, "%s", syllables[n % COUNT_OF(syllables)]);
    return len;
}

void workload_name(int64_t person, char out[static WORKLOAD_NAME])
{
    char first[32], last[32];
    word_write(mix((uint64_t)person) >> 8, first, sizeof first);
    word_write(mix((uint64_t)person) >> 32, last, sizeof last);
    snprintf(out, WORKLOAD_NAME, "%s %s", first, last);
}

size_t workload_text(int64_t i, char out[static WORKLOAD_TEXT])
{
    uint64_t seed = mix((uint64_t)i * 7919);
    size_t words = 8 + seed % 23, len = 0;
    for (size_t w = 0; w < words; w++) {
        uint64_t r = mix(seed + w);
        double u = (double)(r >> 11) / 9007199254740992.0;
        if (w)
            out[len++] = ' ';
        if (r % 3) /* squared: the first of the list are said most */
            len += (size_t)snprintf(out + len, WORKLOAD_TEXT - len, "%s", common[(size_t)(u * u * COUNT_OF(common))]);
        else
            len += word_write((uint64_t)(u * u * u * VOCABULARY), out + len, WORKLOAD_TEXT - len);
    }
    return len;
}

/* When it was written, in milliseconds: a minute ago, and each after the one before it. What is sent is made before
 * the first is sent: by the clock alone, those of whole seconds would seem to come late, and be sorted in. */
static long long written_at(int64_t i)
{
    return ((long long)time(NULL) - 60) * 1000 + i % 50000;
}

static size_t whatsapp_body(const char *tag, int64_t i, const char *name, const char *text, char *out)
{
    long long person = workload_person(i);
    return (size_t)snprintf(
        out, WORKLOAD_BODY,
        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"440200000000088\",\"changes\":[{\"field\":"
        "\"messages\",\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":"
        "\"390612345678\",\"phone_number_id\":\"330100000000077\"},\"contacts\":[{\"profile\":{\"name\":\"%s\"},"
        "\"wa_id\":\"39%010lld\"}],\"messages\":[{\"from\":\"39%010lld\",\"id\":\"wamid.HBgMMzkz%s%012lld\","
        "\"timestamp\":\"%lld\",\"type\":\"text\",\"text\":{\"body\":\"%s\"}}]}}]}]}",
        name, person, person, tag, (long long)i, written_at(i) / 1000, text);
}

static size_t messenger_body(const char *tag, int64_t i, const char *text, char *out)
{
    long long at = written_at(i);
    return (size_t)snprintf(
        out, WORKLOAD_BODY,
        "{\"object\":\"page\",\"entry\":[{\"id\":\"108900000000041\",\"time\":%lld,\"messaging\":[{\"sender\":{"
        "\"id\":"
        "\"61%014lld\"},\"recipient\":{\"id\":\"108900000000041\"},\"timestamp\":%lld,\"message\":{\"mid\":"
        "\"m_%s%012lld\",\"text\":\"%s\"}}]}]}",
        at, (long long)workload_person(i), at, tag, (long long)i, text);
}

size_t workload_body(const char *network, const char *tag, int64_t i, char out[static WORKLOAD_BODY])
{
    char text[WORKLOAD_TEXT], name[WORKLOAD_NAME];
    workload_text(i, text);
    workload_name(workload_person(i), name);
    return strcmp(network, "whatsapp") == 0 ? whatsapp_body(tag, i, name, text, out)
                                            : messenger_body(tag, i, text, out);
}

void workload_sign(struct str secret, struct str body, char out[static 72])
{
    unsigned char digest[SHA256_BYTES];
    size_t len = (size_t)snprintf(out, 72, "sha256=");
    hmac_sha256(secret, body, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        len += (size_t)snprintf(out + len, 72 - len, "%02x", digest[i]);
}

struct workload_row *workload_rows(const char *tag, int64_t from, int64_t count)
{
    struct workload_row *rows = calloc((size_t)count, sizeof *rows);
    for (int64_t i = 0; rows && i < count; i++) {
        struct workload_row *row = &rows[i];
        bool whatsapp = workload_on_whatsapp(from + i);
        row->text_len = workload_text(from + i, row->text);
        row->body_len = workload_body(whatsapp ? "whatsapp" : "facebook", tag, from + i, row->body);
        snprintf(row->external_id, sizeof row->external_id, "%s%s%012lld", whatsapp ? "wamid.HBgMMzkz" : "m_", tag,
                 (long long)(from + i));
        snprintf(row->author, sizeof row->author, whatsapp ? "39%010lld" : "61%014lld",
                 (long long)workload_person(from + i));
    }
    return rows;
}

double workload_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

void workload_report(int64_t count, int64_t began, double cpu)
{
    double seconds = (double)(clock_monotonic() - began) / 1e6;
    cpu = workload_cpu() - cpu;
    printf("{\"n\":%lld,\"seconds\":%.3f,\"rate\":%.1f,\"cpu_us\":%.2f}\n", (long long)count, seconds,
           (double)count / seconds, cpu * 1e6 / (double)count);
}
