/* SPDX-License-Identifier: Apache-2.0 */
/* A brand's account on a network: its row, its adapter and its settings with the secrets opened. */
#pragma once

#include "base/error.h"
#include "channels/channel.h"
#include "store/brand.h"
#include "store/channel.h"

struct house;
struct json;

struct account {
    struct brand brand;
    struct channel_row row;
    const struct channel *channel;
    struct settings settings; /* secrets included: never shown, never logged */
};

/* The account behind a webhook or an outgoing reply, from a cache that is at most two seconds old. Give it back with
 * account_release. NULL with ERR_NOT_FOUND when there is none or it was removed. Must not be called in a command. */
const struct account *account_get(struct house *house, int64_t channel_id, struct error *e) MUST_USE;
/* The same without reading: false when it would have to read. */
bool account_known(struct house *house, int64_t channel_id, const struct account **out, struct error *e) MUST_USE;
void account_release(struct house *house, const struct account *account);
/* After a change: the next account_get reads again. */
void account_forget(struct house *house, int64_t channel_id);

/* Adds an account. given: settings by name, checked against the descriptor. Fills row->id. */
bool account_add(struct tx *tx, const struct house *house, int64_t brand, struct str network, struct str name,
                 const struct pairs *given, int64_t actor, int64_t *id, struct error *e) MUST_USE;
/* The brand's own care site: its account is made when it is first written to (*id 0: nobody wrote yet). */
bool account_home_id(struct tx *tx, int64_t brand, int64_t *id, struct error *e) MUST_USE;
bool account_home(struct tx *tx, const struct house *house, int64_t brand, int64_t *id, struct error *e) MUST_USE;
/* Changes settings: those given replace, an empty secret keeps the old one. */
bool account_change(struct tx *tx, const struct house *house, int64_t brand, int64_t id, struct str name,
                    const struct pairs *given, int64_t actor, struct error *e) MUST_USE;
/* An administrator agreed at the network: the tokens it gave, and for how many seconds they last. */
bool account_consented(struct tx *tx, const struct house *house, int64_t brand, int64_t id,
                       const struct pairs *tokens, int seconds, int64_t actor, struct error *e) MUST_USE;
/* Access was renewed by the program with the settings asked, for so many seconds: what changed is kept, unless an
 * admin changed it meanwhile. */
bool account_renew(struct tx *tx, const struct house *house, int64_t brand, int64_t id, const struct settings *asked,
                   const struct pairs *changed, int seconds, struct error *e) MUST_USE;
bool account_remove(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e) MUST_USE;
/* The channel cannot send (token, permission): paused until an admin renews it; shown with the network's words. */
bool account_pause(struct tx *tx, int64_t brand, int64_t id, enum failure why, struct str words,
                   struct error *e) MUST_USE;
/* The network reached us with its handshake; worth a note when account_greets. */
bool account_greeted(struct tx *tx, const struct account *account, struct error *e) MUST_USE;
bool account_greets(const struct account *account, int64_t now);
/* Until when access can be renewed without a person (seconds since 1970); 0: not known. */
int64_t account_consent_until(struct arena *a, const struct channel_row *row);
/* Its network did not answer several times in a row: replies wait, then one is tried at a time. */
bool account_stumbles(const struct channel_row *row);
/* How a reply's call to it ended: no other is sent for so long; 0: the network answers. */
bool account_heard(struct tx *tx, int64_t brand, int64_t id, int64_t shut_us, struct str words,
                   struct error *e) MUST_USE;
bool account_resume(struct tx *tx, int64_t brand, int64_t id, int64_t actor, struct error *e) MUST_USE;
/* Settings for a form: [{name, label, help, value, secret, required, set}]; secrets have no value, only set. */
struct json *account_settings_view(struct arena *a, const struct house *house, const struct channel_row *row,
                                   struct error *e) MUST_USE;

void accounts_open(struct house *house);
void accounts_close(struct house *house);
