/* SPDX-License-Identifier: Apache-2.0 */
/* Guides as Markdown files, LANGUAGE/NAME.md, with the same lines in front as help articles (care/article_files.h);
 * then their steps (care/guide_tree.h). Files of one name are one guide in several languages. */
#pragma once

#include "care/article_files.h"
#include "care/guides.h"

struct guide_file {
    struct article_file front; /* front.words.body: the steps as text */
    struct guide_tree *tree;
};
bool guide_file_read(struct arena *a, struct str language, struct str bytes, struct guide_file *out,
                     struct error *e) MUST_USE;

/* Keeps the file as the draft of the guide with this name, where it differs from that, and publishes it where it says
 * so. agent: who imports; 0: nobody. */
bool guide_import(struct tx *tx, int64_t brand, int64_t agent, struct str name, const struct guide_file *file,
                  enum article_change *change, struct error *e) MUST_USE;
/* The draft of each text. */
bool guide_export(struct tx *tx, struct arena *a, int64_t brand,
                  bool (*write)(void *ctx, struct str language, struct str name, struct str bytes, struct error *e),
                  void *ctx, struct error *e) MUST_USE;
