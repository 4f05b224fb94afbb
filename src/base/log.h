/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log: one JSON object a line on stderr. Called by main, cli, web and jobs only.
 * Never pass a token, a password, a cookie or a whole URL of a network call. */
#pragma once

#include "base/compiler.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);
/* area: the part of the program ("http", "outbox", …). */
void log_write(enum log_level level, const char *area, const char *format, ...) FORMAT(3, 4);

#define log_debug(area, ...) log_write(LOG_DEBUG, (area), __VA_ARGS__)
#define log_info(area, ...)  log_write(LOG_INFO, (area), __VA_ARGS__)
#define log_warn(area, ...)  log_write(LOG_WARN, (area), __VA_ARGS__)
#define log_error(area, ...) log_write(LOG_ERROR, (area), __VA_ARGS__)
