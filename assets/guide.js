/* SPDX-License-Identifier: Apache-2.0 */
/* The small tree of a guide with the keys of a tree: the arrows move, fold and unfold, Enter opens the step. Without it
 * the tree is a list of links. */
import { all, one } from './common.js';

const level = (node) => Number(node.dataset.level);

function below(nodes, at) {
  let end = at + 1;
  while (end < nodes.length && level(nodes[end]) > level(nodes[at])) end++;
  return nodes.slice(at + 1, end);
}

/* What a folded node hides; a folded one within it keeps what it hides. */
function show(nodes) {
  let hidden = Infinity;
  for (const node of nodes) {
    const within = level(node) > hidden;
    node.parentElement.hidden = within;
    if (!within) hidden = node.getAttribute('aria-expanded') === 'false' ? level(node) : Infinity;
  }
}

function parentOf(nodes, at) {
  for (let i = at - 1; i >= 0; i--) if (level(nodes[i]) < level(nodes[at])) return nodes[i];
  return null;
}

export function start() {
  const tree = one('[data-tree]');
  if (!tree) return;
  const nodes = all('a[data-level]', tree);
  let here = nodes.find((node) => node.hasAttribute('aria-current')) ?? nodes[0];
  const go = (node) => {
    if (!node) return;
    if (here) here.tabIndex = -1;
    here = node;
    here.tabIndex = 0;
    here.focus();
  };
  const fold = (node, open) => {
    node.setAttribute('aria-expanded', String(open));
    show(nodes);
  };
  tree.setAttribute('role', 'tree');
  for (const [i, node] of nodes.entries()) {
    node.parentElement.setAttribute('role', 'none');
    node.setAttribute('role', 'treeitem');
    node.setAttribute('aria-level', node.dataset.level);
    node.tabIndex = node === here ? 0 : -1;
    if (below(nodes, i).length) node.setAttribute('aria-expanded', 'true');
    node.addEventListener('focus', () => {
      if (here !== node) here.tabIndex = -1;
      here = node;
      node.tabIndex = 0;
    });
  }
  tree.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const seen = nodes.filter((node) => !node.parentElement.hidden), at = seen.indexOf(here), open = here?.getAttribute('aria-expanded');
    const keys = {
      ArrowDown: () => go(seen[at + 1]),
      ArrowUp: () => go(seen[at - 1]),
      Home: () => go(seen[0]),
      End: () => go(seen.at(-1)),
      ArrowRight: () => (open === 'false' ? fold(here, true) : open === 'true' && go(seen[at + 1])),
      ArrowLeft: () => (open === 'true' ? fold(here, false) : go(parentOf(nodes, nodes.indexOf(here)))),
      ' ': () => here.click(),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
}
