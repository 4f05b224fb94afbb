/* SPDX-License-Identifier: Apache-2.0 */
/* Beside the phone: the drawer that makes the network misbehave, and the clock. */
#include "base/arena.h"
#include "base/clock.h"
#include "sim/sim_play.h"

static void write_faults(struct play *p)
{
    int n;

    play_raw(p, "<p class=\"field\"><label for=\"kind\">");
    play_say(p, W_WHAT_HAPPENS);
    play_raw(p, "</label><select class=\"in\" id=\"kind\" name=\"kind\">");
    for (n = 0; n < SIM_FAULTS; n++) {
        play_raw(p, "<option value=\"");
        play_raw(p, sim_fault_name((enum sim_fault)n));
        play_raw(p, "\">");
        play_say(p, (enum play_word)(W_F_TOKEN + n));
        play_raw(p, "</option>");
    }
    play_raw(p, "</select></p>\n");
}

static struct str label_of(const struct play *p, int network)
{
    const struct sim_driver *driver = sim_drivers[network];

    return play_words_of(p, driver->label.en != NULL ? &driver->label : &driver->places->label);
}

static void write_networks(struct play *p)
{
    int n;

    play_raw(p, "<p class=\"field\"><label for=\"network\">");
    play_say(p, W_WHICH_NETWORK);
    play_raw(p, "</label><select class=\"in\" id=\"network\" name=\"network\">");
    for (n = 0; n < SIM_NETWORKS; n++) {
        play_raw(p, "<option value=\"");
        play_raw(p, sim_network_name((enum sim_network)n));
        play_raw(p, p->on->network == (enum sim_network)n ? "\" selected>" : "\">");
        play_text(p, label_of(p, n));
        play_raw(p, "</option>");
    }
    play_raw(p, "</select></p>\n");
}

static void write_times(struct play *p)
{
    static const char *const values[] = {"1", "3", "-1"};
    int n;

    play_raw(p, "<fieldset class=\"field\"><legend>");
    play_say(p, W_HOW_LONG);
    play_raw(p, "</legend><div class=\"seg\">");
    for (n = 0; n < 3; n++) {
        play_raw(p, "<label><input type=\"radio\" name=\"times\" value=\"");
        play_raw(p, values[n]);
        play_raw(p, n == 0 ? "\" checked>" : "\">");
        play_say(p, (enum play_word)(W_ONCE + n));
        play_raw(p, "</label>");
    }
    play_raw(p, "</div></fieldset>\n");
}

static void write_one(struct play *p, int network, int fault)
{
    int times = p->sim->faults[network][fault].times;

    play_raw(p, "<li><span>");
    play_text(p, play_words_of(p, &sim_drivers[network]->places->label));
    play_raw(p, ": ");
    play_say(p, (enum play_word)(W_F_TOKEN + fault));
    if (times > 0) {
        play_raw(p, ", ");
        play_say_of(p, W_TIMES_LEFT, str_format(p->a, "%d", times));
    }
    play_raw(p, "</span><form method=\"post\" action=\"/play/fault\">");
    play_hidden(p, NULL, STR_EMPTY);
    play_raw(p, "<input type=\"hidden\" name=\"network\" value=\"");
    play_raw(p, sim_network_name((enum sim_network)network));
    play_raw(p, "\"><input type=\"hidden\" name=\"times\" value=\"0\"><input type=\"hidden\" name=\"kind\" value=\"");
    play_raw(p, sim_fault_name((enum sim_fault)fault));
    play_raw(p, "\"><button class=\"btn\" aria-label=\"");
    play_say_of(p, W_STOP_WHAT, play_word(p, (enum play_word)(W_F_TOKEN + fault)));
    play_raw(p, "\">");
    play_say(p, W_STOP);
    play_raw(p, "</button></form></li>");
}

static void write_active(struct play *p)
{
    int network, fault;
    bool any = false;

    for (network = 0; network < SIM_NETWORKS; network++)
        for (fault = 0; fault < SIM_FAULTS; fault++) {
            if (p->sim->faults[network][fault].times == 0)
                continue;
            if (!any) {
                play_raw(p, "<h3>");
                play_say(p, W_NOW_ON);
                play_raw(p, "</h3><ul class=\"going-on\">");
            }
            any = true;
            write_one(p, network, fault);
        }
    if (any)
        play_raw(p, "</ul>\n");
}

static void write_waiting(struct play *p)
{
    const struct sim_hook *hook;
    int64_t now = clock_monotonic();
    int waiting = 0;

    for (hook = p->sim->hooks; hook != NULL; hook = hook->next)
        waiting += !hook->orphan && (hook->tries > 0 || hook->due < now - SECOND_US);
    if (waiting == 0)
        return;
    play_raw(p, "<p class=\"aside-note small\">");
    play_say_of(p, W_WAITING_HOOKS, str_format(p->a, "%d", waiting));
    play_raw(p, "</p>\n");
}

static void write_clock_form(struct play *p, const char *hours, enum play_word word)
{
    play_raw(p, "<form method=\"post\" action=\"/play/clock\">");
    play_hidden(p, NULL, STR_EMPTY);
    play_raw(p, "<input type=\"hidden\" name=\"hours\" value=\"");
    play_raw(p, hours);
    play_raw(p, "\"><button class=\"btn\">");
    play_say(p, word);
    play_raw(p, "</button></form>");
}

static void write_clock(struct play *p)
{
    int64_t hours = (p->sim->offset + HOUR_US / 2) / HOUR_US;

    play_raw(p, "<h3>");
    play_say(p, W_TIME);
    play_raw(p, "</h3><p class=\"small soft\">");
    play_say(p, W_TIME_INTRO);
    if (hours != 0) {
        play_raw(p, " <b>");
        play_say_of(p, W_AHEAD, str_format(p->a, "%lld", (long long)hours));
        play_raw(p, "</b>");
    }
    play_raw(p, "</p><div class=\"row\">");
    write_clock_form(p, "25", W_PASS_HOURS);
    if (hours != 0)
        write_clock_form(p, "0", W_BACK_NOW);
    play_raw(p, "</div>\n");
}

void play_drawer(struct play *p)
{
    play_raw(p, "<aside class=\"caprices\" data-part=\"drawer\"><details class=\"drawer\" id=\"drawer\"");
    play_raw(p, http_query(p->req, "drawer").len > 0 ? " open>" : ">");
    play_raw(p, "<summary>");
    play_icon(p, "turn");
    play_say(p, W_DRAWER);
    play_raw(p, "</summary><div class=\"stack\"><p class=\"small soft\">");
    play_say(p, W_DRAWER_INTRO);
    play_raw(p, "</p>\n<div class=\"stack\" data-live=\"now\">");
    write_active(p);
    write_waiting(p);
    play_raw(p, "</div>\n<form class=\"stack\" method=\"post\" action=\"/play/fault\">");
    play_hidden(p, NULL, STR_EMPTY);
    write_networks(p);
    write_faults(p);
    write_times(p);
    play_raw(p, "<p><button class=\"key\">");
    play_say(p, W_MISBEHAVE);
    play_raw(p, "</button></p></form>\n<div class=\"stack tight\" data-live=\"clock\">");
    write_clock(p);
    play_raw(p, "</div></div></details></aside>\n");
}
