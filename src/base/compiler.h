/* SPDX-License-Identifier: Apache-2.0 */
/* The GNU attributes Ascolto uses, in one place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define CLEANUP(fn)       __attribute__((cleanup(fn)))
#define FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN          __attribute__((noreturn))
#define UNUSED            __attribute__((unused))
/* A large variable of which only what was written is read: release builds do not clear it first. */
#define NOT_CLEARED __attribute__((uninitialized))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
