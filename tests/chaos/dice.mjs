// SPDX-License-Identifier: Apache-2.0
// Choices that a seed decides. Everybody who chooses has dice of their own, so that the choices of one do not depend on
// how fast another was.
export class Dice {
  constructor(seed) { this.state = seed >>> 0; }
  // Dice of somebody else, by name.
  of(name) {
    let hash = this.state ^ 0x811c9dc5;
    for (const c of name) hash = Math.imul(hash ^ c.codePointAt(0), 0x01000193);
    return new Dice(hash);
  }
  number() { // mulberry32
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) { return Math.floor(this.number() * n); }
  between(least, most) { return least + this.number() * (most - least); }
  pick(list) { return list[this.below(list.length)]; }
  chance(share) { return this.number() < share; }
  shuffled(list) {
    const all = [...list];
    for (let i = all.length - 1; i > 0; i--) { const k = this.below(i + 1); [all[i], all[k]] = [all[k], all[i]]; }
    return all;
  }
  // One of [[thing, weight], …].
  weighted(list) {
    let at = this.number() * list.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [thing, weight] of list) if ((at -= weight) < 0) return thing;
    return list.at(-1)[0];
  }
}
