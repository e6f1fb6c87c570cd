const LANGS = ["kk", "ru", "en"];
const LOCALES = { kk: "ru", ru: "ru", en: "en" }; // numbers are written alike, and Chromium holds no data for kk
// drawn from the last to the first, so that what is owed lies on top; colours of Okabe and Ito, one shape each
const LOOK = {
  build: { fill: "#d55e00", shape: [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]] },
  upgrade: { fill: "#e69f00", shape: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]] },
  board: { fill: "#cc79a7", shape: [[0, 1.3], [1.2, -0.9], [-1.2, -0.9]] },
  extend: { fill: "#009e73", shape: [[-0.6, -1.1], [0.6, -1.1], [1.2, 0], [0.6, 1.1], [-0.6, 1.1], [-1.2, 0]] },
  bus: { fill: "#0072b2" },
  no_data: { fill: "#ffffff", edge: "#555555", dash: "2 2" },
  keep: { fill: "#9db0b8" },
};
// a site stands beside its village or school, with a black edge
const SITES = {
  build: { fill: "#d55e00", shape: [[0, -1.3], [1.2, -0.3], [1.2, 1.2], [-1.2, 1.2], [-1.2, -0.3]] },
  replace: { fill: "#56b4e9", shape: [[-1.2, -1.2], [1.2, -1.2], [0.35, 0], [1.2, 1.2], [-1.2, 1.2], [-0.35, 0]] },
  extend: { fill: "#009e73", shape: [[-0.45, -1.3], [0.45, -1.3], [0.45, -0.45], [1.3, -0.45], [1.3, 0.45], [0.45, 0.45],
    [0.45, 1.3], [-0.45, 1.3], [-0.45, 0.45], [-1.3, 0.45], [-1.3, -0.45], [-0.45, -0.45]] },
  upgrade: { fill: "#e69f00", shape: [[0, -1.4], [1.3, 0], [0.5, 0], [0.5, 1.3], [-0.5, 1.3], [-0.5, 0], [-1.3, 0]] },
};
for (const look of Object.values(SITES)) look.edge = "#000000";
const SQUARE = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
const SCHOOL = { fill: "#2b2b2b", shape: SQUARE };
const FLAGGED = { fill: "#f0e442", edge: "#000000", shape: SQUARE };
const ROAD_WIDTHS = [2.6, 1.8, 1.2, 0.7];
const SCHOOLS_FROM_ZOOM = 9; // farther out the squares would hide the villages
const SITES_FROM_ZOOM = 8; // farther out the villages' own symbols say the same
const ALIKE = { a: "а", c: "с", e: "е", i: "и", h: "н", k: "к", m: "м", o: "о", p: "р", t: "т", x: "х", y: "у" };
const LETTERS = { ә: "а", ғ: "г", қ: "к", ң: "н", ө: "о", ұ: "у", ү: "у", һ: "х", і: "и", ё: "е" };

let data, map, lang, opened = null;
const hidden = new Set(); // layers that are not drawn
const settlements = new Map(), schools = new Map(), districts = new Map(), taught = new Map();
const beyond = new Map(); // schools over the border: somebody goes there, nothing is found in them
const sites = new Map(), standing = new Map();
const routes = new Map(), okrugs = new Map(), places = new Map();
const layers = {}, marks = [], waters = new Map();
const lively = {}; // drawn anew: the selection, the labels, the scale bar

// ---- words and numbers -------------------------------------------------------------------------------------

const t = (key, params = {}) =>
  (data.words[lang][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => params[name] ?? t("unknown"));
const number = (value, digits = 0, style = "decimal") =>
  value === undefined || value === null
    ? t("unknown")
    : new Intl.NumberFormat(LOCALES[lang], { style, maximumFractionDigits: digits }).format(value);
const digits = (metres) => {
  if (metres >= 10000) return 1;
  const tens = Math.floor(metres / 10 + 0.5) * 10;
  return tens % 1000 === 0 && tens !== metres ? 4 : 2; // 3.0001 km is more than 3 km, and must be seen to be
};
const km = (metres) =>
  metres === undefined ? t("unknown") : t("km", { value: number(metres / 1000, digits(metres)) });
const date = (day) => day.split("-").reverse().join(".");
const nameOf = (names) => [lang, ...LANGS, "name"].map((key) => names?.[key]).find(Boolean) ?? t("no_name");
const word = (group, value) => (value === undefined ? t("unknown") : t(`${group}.${value}`));

const large = (text) => text[0].toLocaleUpperCase("kk") + text.slice(1);
const action = (one) => large(t(`action.${one}`));

const schoolAt = (id) => schools.get(id) ?? beyond.get(id);
const regionOf = ({ region }) => (Object.keys(region).length ? t("other_region", { region: nameOf(region) }) : t("other_region_unknown"));
const schoolName = (id) => {
  const school = schoolAt(id);
  if (!school) return t("no_name");
  if (school.region) return `${nameOf(school.names)} (${regionOf(school)})`;
  const place = settlements.get(school.settlement_id);
  return nameOf(school.names) + (place ? ` (${toldApart(place)})` : "");
};
// villages of one name are told apart by their districts, those of one district by their codes
const namesakes = {};
const sharing = (one) => {
  return (namesakes[lang] ??= grouped([...settlements.values()])).get(nameOf(one.names)) ?? [];
};
const grouped = (rows) => {
  const out = new Map();
  for (const one of rows) out.set(nameOf(one.names), [...(out.get(nameOf(one.names)) ?? []), one]);
  return out;
};
const districtOf = (one) => (districts.has(one.district_id) ? nameOf(districts.get(one.district_id).names) : "");
const codeOf = (one) => (sharing(one).filter((other) => other.district_id === one.district_id).length > 1 ? one.kato ?? one.id : "");
const toldApart = (one) => [nameOf(one.names), sharing(one).length > 1 ? codeOf(one) || districtOf(one) : ""].filter(Boolean).join(", ");
const whereabouts = (one) => [districtOf(one), codeOf(one)].filter(Boolean).join(" · ");
const waterName = (id) => {
  const water = waters.get(id);
  const kind = t(`water.${water.kind}`);
  return Object.keys(water.names).length ? t("named", { kind, name: nameOf(water.names) }) : kind;
};

// the same rules as Words.sentence in Python
const overBridge = ({ m, to, round_m }) => {
  const params = { km: km(m), direction: t(`direction.${to}`), round: km(round_m) };
  if (m !== undefined) return t(round_m === undefined ? "bridge_lone" : "bridge_round", params);
  return t(round_m === undefined ? "bridge_none" : "bridge_other", params);
};
const over = (crossing, bridge) => t(`crossing_how.${crossing}`) + (bridge ? `; ${overBridge(bridge)}` : "");
const SHOWN = {
  level: (value) => t(`level_owed.${value}`),
  level_then: (value) => t(`level_owed.${value}`),
  year: (value) => value,
  year_end: (value) => value,
  existing: (value) => t(`level.${value}`),
  assumed: (value) => t(`level.${value}`),
  crossing: (value, facts) => over(value, facts.bridge),
  divided_by: (value) => waterName(value),
  band: (value) => value.replace("-", "–"),
  bands: (value) => value.replaceAll("-", "–"),
  bands_long: (value) => value.replaceAll("-", "–"),
  bands_after: (value) => value.replaceAll("-", "–"),
  school: schoolName,
  water: waterName,
  limit_m: km,
  after: (value) => value,
  site_level: (value) => t(`level.${value}`),
  tier: (value) => t(`tier.${value}`),
  whose: (value) => t(`whose.${value}`),
  other: (value) => t(`verdict.${value}`),
  chosen: (value) => t(`verdict.${value}`),
};
const cost = (mkzt, basis) => {
  if (mkzt === undefined || (basis === "none" && !mkzt)) return t(basis === "none" ? "cost.none" : "unknown");
  const shown = mkzt >= 100 ? 0 : mkzt >= 10 ? 1 : 2, whole = 10 ** shown;
  return t(`cost.${basis}`, { value: number(Math.floor(mkzt * whole + 0.5) / whole, shown) });
};
const sentence = (key, facts) => {
  const params = { limit: km(facts.limit_m), distance: t(`distance_${facts.basis}`, { km: km(facts.metres), factor: number(facts.factor, 2) }) };
  for (const [name, value] of Object.entries(facts)) {
    if (name.endsWith("_mkzt")) params[name.slice(0, -5)] = cost(value, facts[`${name.slice(0, -5)}_basis`]);
    else if (name === "saved_m" || name === "change_m") params[name.slice(0, -2)] = km(value);
    else if (typeof value !== "object") params[name] = SHOWN[name] ? SHOWN[name](value, facts) : number(value, 2);
  }
  return t(key, params);
};

// the same rules as site_text.sentence and costing.sentences in Python
const siteSentence = (one) => {
  const { rank, tier, pupils = 0, seats = 0, moved = 0, saved_m = 0, unbused = 0 } = one;
  const facts = { of: sites.size, site_level: one.level, cost_basis: one.price_basis, cost_mkzt: one.cost_mkzt,
    rank, tier, pupils, seats, moved, saved_m, unbused };
  const parts = [one.action === "upgrade" && !seats ? "site_raise" : `site_${one.action}`,
    moved && saved_m ? "site_saved" : "", unbused ? "site_unbused" : ""].filter(Boolean);
  return `${sentence("site_place", facts)} ${parts.map((key) => sentence(key, facts)).join("; ")}.`;
};
const nextBest = (facts) => {
  if (!facts) return [];
  const both = facts.cost_mkzt !== undefined && facts.other_cost_mkzt !== undefined;
  const first = facts.other === "keep" ? "next_best_keep" : "next_best";
  const keys = [both ? first : "next_best_unpriced", facts.staff ? "next_best_staff" : "", facts.below ? "next_best_below" : "",
    facts.order ? "next_best_order" : "", facts.bands_after ? "next_best_still" : ""].filter(Boolean);
  return keys.map((key) => sentence(key, facts));
};

// ---- elements ----------------------------------------------------------------------------------------------

const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true || typeof value === "string") node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};
const list = (rows) => el("dl", {}, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

const symbol = (look) => {
  const svg = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const root = svg("svg", { viewBox: "-1.6 -1.6 3.2 3.2", class: "symbol", "aria-hidden": "true" });
  const paint = { fill: look.fill, stroke: look.edge ?? "none", "stroke-width": 0.3 };
  const points = look.shape?.map((point) => point.join()).join(" ");
  root.append(points ? svg("polygon", { points, ...paint }) : svg("circle", { r: 1.1, ...paint }));
  return root;
};
