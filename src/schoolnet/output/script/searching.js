// ---- search: villages, districts and schools by the words of their names ------------------------------------------

const MOST = { districts: 10, settlements: 30, schools: 20 }; // rows of one kind
// Latin letters that slipped into a Cyrillic word are taken for those they look like
const plain = (text) => text.toLocaleLowerCase("kk").replace(/[әғқңөұүһіё]/g, (letter) => LETTERS[letter])
  .replace(/\S*[а-я]\S*/g, (word) => word.replace(/[aceihkmoptxy]/g, (letter) => ALIKE[letter]));
const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

// how well a word is met: whole, at the start of a word, inside one; a number is never met inside another
function met(wanted, all) {
  if (all.includes(wanted)) return 0;
  if (all.some((one) => one.startsWith(wanted))) return 1;
  return /^\p{N}+$/u.test(wanted) || !all.some((one) => one.includes(wanted)) ? Infinity : 2;
}
const spelled = (one) => [...Object.values(one.names ?? {}), one.kato ?? ""];
const searched = { districts: spelled, settlements: spelled, schools: (one) => [...spelled(one), ...spelled(settlements.get(one.settlement_id) ?? {})] };

function fitting(kind, all, wanted) {
  const own = (one) => wordsOf(spelled(one).join(" ")), more = (one) => wordsOf(searched[kind](one).join(" "));
  const score = (one) => wanted.reduce((sum, word) => sum + Math.min(met(word, own(one)), 3 + met(word, more(one))), 0);
  return [...all.values()].map((one) => [score(one), one]).filter(([value]) => value < Infinity).sort(([a], [b]) => a - b).map(([, one]) => one);
}

function results(query) {
  const wanted = wordsOf(query);
  const found = wanted.length ? { settlements: fitting("settlements", settlements, wanted), districts: fitting("districts", districts, wanted),
    schools: fitting("schools", schools, wanted) } : { settlements: [], districts: [], schools: [] };
  const rows = { districts: districtRow, settlements: row, schools: schoolRow };
  const kinds = Object.keys(found), left = kinds.reduce((sum, kind) => sum + Math.max(0, found[kind].length - MOST[kind]), 0);
  const shown = kinds.flatMap((kind) => found[kind].slice(0, MOST[kind]).map(rows[kind]));
  return [shown.length ? el("ol", { class: "rows" }, shown) : el("p", {}, t("ui.nothing_found")),
    left ? el("p", { class: "clause", id: "left" }, t("ui.found_more", { count: number(left) })) : null].filter(Boolean);
}

const districtRow = (one) => el("li", {}, el("button", { type: "button", onclick: () => open("district", one.id) },
  el("span", { class: "name" }, nameOf(one.names), el("small", {}, t("card.district")))));
function schoolRow(one) {
  const home = settlements.get(one.settlement_id), district = districts.get(home?.district_id), name = schoolName(one.id);
  const same = [...(taught.get(one.settlement_id) ?? [])].filter((other) => schoolName(other.id) === name).length > 1;
  return el("li", {}, el("button", { type: "button", onclick: () => open("school", one.id) }, symbol(lookOf("schools", one)),
    el("span", { class: "name" }, name, el("small", {}, [district ? nameOf(district.names) : "", same ? one.id : ""].filter(Boolean).join(" · ")))));
}
