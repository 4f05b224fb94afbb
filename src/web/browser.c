/* SPDX-License-Identifier: Apache-2.0 */
#include "web/browser.h"

#include "base/compiler.h"
#include "base/unicode.h"

static bool has(struct str text, const char *word)
{
    return str_find(text, str_from(word)) >= 0;
}

struct str browser_words(struct arena *a, struct str agent)
{
    static const char *const browsers[][2] = {{"Edg", "Edge"},       {"OPR/", "Opera"},     {"Firefox/", "Firefox"},
                                              {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}};
    static const char *const systems[][2] = {{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
                                             {"Windows", "Windows"}, {"Mac OS", "Mac"},    {"Linux", "Linux"}};
    const char *browser = NULL, *system = NULL;
    for (size_t i = 0; i < COUNT_OF(browsers) && !browser; i++)
        browser = has(agent, browsers[i][0]) ? browsers[i][1] : NULL;
    for (size_t i = 0; i < COUNT_OF(systems) && !system; i++)
        system = has(agent, systems[i][0]) ? systems[i][1] : NULL;
    if (browser && system)
        return str_format(a, "%s, %s", browser, system);
    return browser ? str_from(browser) : system ? str_from(system) : text_shorten(a, agent, 40);
}
