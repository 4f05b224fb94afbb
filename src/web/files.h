/* SPDX-License-Identifier: Apache-2.0 */
/* Files that people attached, served so that nothing in them can run here. */
#pragma once

#include "web/router.h"

/* Answers with the file: pictures, sound and film are shown, anything else is only offered to be saved. */
void file_respond(struct visit *v, struct str mime, struct str name, struct str bytes);
