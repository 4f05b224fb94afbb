/* SPDX-License-Identifier: Apache-2.0 */
/* What has just been done stays in sight for a while; Ctrl or Command with Z takes it back while it can be. */
import { inField, one } from './common.js';

const STAYS = 8000;

export function start() {
  const toast = one('#toast');
  if (!toast) return;
  const undo = one('form', toast);
  const seconds = Number(toast.dataset.seconds) * 1000;
  /* what can be taken back for five seconds says so for five seconds */
  setTimeout(() => toast.contains(document.activeElement) || toast.remove(), seconds || STAYS);
  one('[data-close]', toast)?.addEventListener('click', () => toast.remove());
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    const writing = inField(document.activeElement) && document.activeElement.value;
    if (!undo || writing || !toast.isConnected) return;
    event.preventDefault();
    undo.requestSubmit();
  });
}
