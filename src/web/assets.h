/* SPDX-License-Identifier: Apache-2.0 */
/* Style sheets, scripts and drawings that are inside the program, under addresses that carry the hash of
 * their bytes and may therefore be kept for ever. With ASCOLTO_DEV=1 they are read from ./assets at each
 * request. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct http_request;

/* "/assets/3f2a…/ascolto.css" for "ascolto.css" (also "vendor/x.js"); lives as long as the program. An asset
 * that does not exist gives an address that answers 404. */
struct str assets_url(struct str name);
/* The bytes themselves (a service worker is served from the root); empty when there is none. */
struct str assets_bytes(struct str name);
/* Answers a request below /assets/: also /assets/hue/N.css, a brand's one number (0-359). */
void assets_respond(struct http_request *req);
