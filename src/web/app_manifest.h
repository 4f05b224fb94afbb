/* SPDX-License-Identifier: Apache-2.0 */
/* The care site and the desk as apps: manifest, service worker, and the page without a line (docs/site.md, The app).
 */
#pragma once

#include "base/str.h"

struct arena;
struct visit;

/* "#006362": an OKLCH colour of the style sheet as a manifest says it. */
struct str app_colour(struct arena *a, double lightness, double chroma, double hue);
/* Answers with the manifest of the care site, or of the desk. */
void app_manifest(struct visit *v, bool desk);
/* Answers with the service worker of the brand's pages. */
void app_worker(struct visit *v);
