/* SPDX-License-Identifier: Apache-2.0 */
/* The length of a text in the unit of a network. The server counts again; this is what the writer sees. */
const segmenter = window.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;
const graphemes = (text) => (segmenter ? [...segmenter.segment(text)].map((s) => s.segment) : [...text]);
const ADDRESS = /https?:\/\/(?:[\p{L}\p{N}-]+\.)+(?!(?:example|test|local|localhost|invalid|internal)\b)\p{L}{2,}(?::\d+)?(?:[/?#](?:[^\s<>"'()[\]{}]*[^\s<>"'()[\]{}.,;:!?])?)?|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|org|net|it|eu|io|co|uk|de|fr|es|info|app|dev)(?:\/[^\s]*)?(?![\w@])/giu;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\uFE0F?\u20E3/u;
const X_ADDRESS = 23;

/* twitter-text, version 3: Latin and its neighbours weigh one, all else two, an emoji two, an address 23. */
function weighted(text) {
  let sum = 0;
  const rest = text.normalize('NFC').replace(ADDRESS, () => ((sum += X_ADDRESS), ''));
  for (const cluster of graphemes(rest)) {
    if (EMOJI.test(cluster) && !/^[0-9#*]$/.test(cluster) && !/^[\u00A9\u00AE\u2122]$/.test(cluster)) {
      sum += 2;
      continue;
    }
    for (const letter of cluster) {
      const c = letter.codePointAt(0);
      sum += c <= 4351 || (c >= 8192 && c <= 8205) || (c >= 8208 && c <= 8223) || (c >= 8242 && c <= 8247) ? 1 : 2;
    }
  }
  return sum;
}

/* Threads: an emoji is as long as its bytes, all else one. */
function emojiBytes(text) {
  let sum = 0;
  for (const cluster of graphemes(text)) {
    const emoji = EMOJI.test(cluster) && !/^[\u00A9\u00AE\u2122]$/.test(cluster);
    sum += emoji ? new TextEncoder().encode(cluster).length : [...cluster].length;
  }
  return sum;
}

/* Short messages: 7 bits where all signs are of the GSM alphabet (those of its extension count two), else UTF-16. Long ones
 * go in parts, and no sign is cut in two. */
const GSM = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const GSM_MORE = new Set('\f^{}\\[~]|€');
function shortMessages(text) {
  const letters = [...text], gsm = letters.every((c) => GSM.has(c) || GSM_MORE.has(c));
  const [whole, part] = gsm ? [160, 153] : [70, 67];
  let units = 0, here = 0, parts = letters.length ? 1 : 0;
  for (const c of letters) {
    const size = gsm ? (GSM_MORE.has(c) ? 2 : 1) : c.length;
    if (here + size > part) {
      parts += 1;
      here = 0;
    }
    here += size;
    units += size;
  }
  return { units, parts: units <= whole ? Math.min(parts, 1) : parts };
}

/* As how many messages the network sends and counts it; 0 where it has no such parts. */
export function parts(text, unit) {
  return unit === 'sms' ? shortMessages(text).parts : 0;
}

export function length(text, unit, addressWeight = 0) {
  if (unit === 'x_weighted') return weighted(text);
  if (unit === 'emoji_bytes') return emojiBytes(text);
  if (unit === 'sms') return shortMessages(text).units;
  let extra = 0;
  if (addressWeight) text = text.replace(ADDRESS, () => ((extra += addressWeight), ''));
  if (unit === 'bytes') return extra + new TextEncoder().encode(text).length;
  if (unit === 'utf16') return extra + text.length;
  if (unit === 'graphemes') return extra + graphemes(text).length;
  if (unit === 'graphemes_ten') return extra + Math.max(graphemes(text).length, Math.ceil(new TextEncoder().encode(text).length / 10));
  return extra + [...text].length;
}
