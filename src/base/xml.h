/* SPDX-License-Identifier: Apache-2.0 */
/* XML as a network sends it (WeChat): small, flat, from a stranger. libxml2 reads it without DTD, entities or
 * network. */
#pragma once

#include "base/compiler.h"
#include "base/str.h"
#include "base/url.h"

struct arena;
struct error;

#define XML_BYTES_MAX ((size_t)1 << 20)
#define XML_DEPTH_MAX 8
#define XML_PARTS_MAX 200

/* The leaves below the root as name and text, in their order; a leaf further down is named by its way:
 * "SendPicsInfo/PicList/item/PicMd5Sum". ERR_MALFORMED when it is no such document: no XML, larger, deeper or with
 * more parts than these, or with a DTD in it. */
bool xml_leaves(struct arena *a, struct str bytes, struct pairs *out, struct error *e) MUST_USE;
