/* SPDX-License-Identifier: Apache-2.0 */
/* The desk works without scripts; these make it quicker to the hand. Each module stands alone. */
import { start as calls } from './call_desk.js';
import { start as composer } from './composer.js';
import { start as guide } from './guide.js';
import { start as hand } from './hand.js';
import { start as keys } from './keys.js';
import { start as list } from './list.js';
import { start as live } from './live.js';
import { start as palette } from './palette.js';
import { start as scheme } from './scheme.js';
import { start as select } from './select.js';
import { start as toast } from './toast.js';

document.documentElement.classList.add('js');
for (const start of [composer, hand, keys, list, palette, select, scheme, toast, guide, calls, live]) start();
