/* SPDX-License-Identifier: Apache-2.0 */
/* The demo: the brand Nuvola Mobile with its people, the simulated networks, and /play. */
#pragma once

#include "base/error.h"

struct demo;
struct house;
struct http_request;

#define DEMO_PASSWORD "ascolto-demo"

/* Fills the house with the demo brand when it is not there yet, and opens the simulated networks. */
struct demo *demo_open(struct house *house, struct error *e) MUST_USE;
/* Tells the networks where their webhooks go, once the server listens at base; wake: something is to be asked. */
void demo_connect(struct demo *demo, const char *base, void (*wake)(void *ctx), void *ctx);
/* For struct app: answers what lies under /play. */
bool demo_play(void *demo, struct http_request *req);
void demo_say(const char *base);
void demo_close(struct demo *demo); /* NULL is accepted */
