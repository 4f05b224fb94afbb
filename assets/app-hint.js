/* SPDX-License-Identifier: Apache-2.0 */
/* Said once, after something went well here: the site can stand among one's apps. Whoever says no is not asked again. */
export function hint(words, install) {
  const aside = document.createElement('aside'), text = document.createElement('p'), row = document.createElement('p');
  const button = (label, className, act) => {
    const b = Object.assign(document.createElement('button'), { type: 'button', className, textContent: label });
    b.onclick = () => {
      aside.remove();
      act?.();
    };
    row.append(b);
  };
  Object.assign(aside, { className: 'sheet stack tight', id: 'hint', ariaLabel: words.hintTitle });
  text.textContent = install ? words.hint : words.hintIos;
  row.className = 'row';
  if (install) button(words.hintYes, 'btn', () => install.prompt());
  button(words.hintNo, 'plain');
  aside.append(text, row);
  document.querySelector('main').append(aside);
}
