/* SPDX-License-Identifier: Apache-2.0 */
/* Light: the style sheet follows the radio buttons at once; this keeps the choice with the colleague. */
import { all, page, send } from './common.js';

export function start() {
  document.addEventListener('change', (event) => {
    if (event.target.name !== 'scheme') return;
    document.documentElement.dataset.scheme = event.target.value;
    for (const other of all(`[name="scheme"][value="${event.target.value}"]`)) other.checked = true;
    if (page.csrf) send('/desk/me/scheme', { scheme: event.target.value });
  });
}
