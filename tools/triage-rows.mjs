// SPDX-License-Identifier: Apache-2.0
// Prints the rows from which triage is trained (abuse TAB matter TAB weight TAB text; "-": unknown), out of a folder of
// openly licensed data (see models/README.md) and of our own sentences. The order and the choice are always the same.
import { execFileSync } from "node:child_process";
import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const sentences = process.argv[3];
const MULTIDOGO = ["airline", "fastfood", "finance", "insurance", "media", "software"];
const SMALL_TALK = new Set(["openinggreeting", "closinggreeting", "thankyou"]);
const NO_MATTER_TOLD = new Set(["contentonly", "confirmation", "rejection", "outofdomain", "", "intent"]);
const EXPANSIONS = 60; // of one sentence

let seed = 20261121;
function random(n) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % n;
}

function row(abuse, matter, weight, text) {
    const line = text.replace(/&amp;/g, "&").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&#\d+;/g, " ");
    process.stdout.write(`${abuse}\t${matter}\t${weight}\t${line.replace(/[\t\r\n]+/g, " ")}\n`);
}

function table(file) {
    const path = join(folder, file);
    if (!existsSync(path)) throw new Error(`${path} is not there`);
    return readFileSync(path, "utf8").split("\n").slice(1).filter(Boolean).map((line) => line.split("\t"));
}

// Tweets and talk with a bot say nothing about a customer's matter when they are harmless; hate has none.
for (const [source, , label, text] of table("en_abuse_train.tsv"))
    row(label, 0, source === "convabuse" ? 2 : 1, text);
for (const [, , label, text] of table("it_abuse_train.tsv")) row(label, 0, 1, text);
for (const [, , , text] of table("en_genuine_train.tsv")) row(0, 1, 4, text);

const seen = new Set();
for (const domain of MULTIDOGO) {
    const text = execFileSync("tar", ["xOzf", join(folder, "multidogo/multidogo_turn_level.tar.gz"), `${domain}/train.tsv`],
                              { encoding: "utf8", maxBuffer: 1 << 28 });
    for (const line of text.split("\n").slice(1)) {
        const [, , , utterance, , intent] = line.split("\t");
        const words = (utterance ?? "").split(/\s+/).length;
        if (!utterance || words < 3 || seen.has(utterance)) continue;
        seen.add(utterance);
        if (SMALL_TALK.has(intent)) row(0, 0, 1, utterance);
        else if (NO_MATTER_TOLD.has(intent ?? "")) random(3) === 0 && row(0, "-", 1, utterance);
        else row(0, 1, 1, utterance);
    }
}

const lists = new Map();
function expand(template) {
    const choose = () => template.replace(/\{(\w+)\}/g, (_, name) => {
        const list = lists.get(name);
        if (!list) throw new Error(`no list ${name}`);
        return list[random(list.length)];
    });
    if (!template.includes("{")) return [template];
    const out = new Set();
    for (let i = 0; i < EXPANSIONS; i++) out.add(choose());
    return [...out];
}
for (const line of readFileSync(sentences, "utf8").split("\n")) {
    const list = /^(\w+) = (.*)$/.exec(line), sentence = /^([01]) ([01]) (.*)$/.exec(line);
    if (list) lists.set(list[1], list[2].split("|"));
    else if (sentence) for (const text of expand(sentence[3])) row(sentence[1], sentence[2], sentence[3].includes("{") ? 1 : 10, text);
}
