/* SPDX-License-Identifier: Apache-2.0 */
/* The chat on the care site's own page. */
import { start } from './chat_talk.js';

document.documentElement.classList.add('js');
start();
