/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox of the demo: a mail server on a free loopback port that takes whatever comes by SMTP, keeps the newest
 * letters in memory and shows them under /play/mail. Nothing leaves the machine. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct arena;
struct error;
struct http_request;
struct sim_mailbox;

#define SIM_LETTERS_MAX 50

struct sim_mailbox *sim_mailbox_open(struct error *e) MUST_USE;
/* "smtp://127.0.0.1:PORT?tls=none" */
struct str sim_mailbox_url(const struct sim_mailbox *box, struct arena *a);
/* Answers /play/mail; false for any other path. */
bool sim_mailbox_request(struct sim_mailbox *box, struct http_request *req) MUST_USE;
void sim_mailbox_close(struct sim_mailbox *box); /* NULL is accepted */
