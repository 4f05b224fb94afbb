/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the program. */
#pragma once

#ifndef ASCOLTO_VERSION
#define ASCOLTO_VERSION "0.1.0"
#endif
