// ---- the layers as a tree: groups, in them the themes (one of settlements, one of schools) and what lies over them --

const BRANCHES = {
  todo: { settlements: ["verdict"], sites: true },
  law: { settlements: ["owed", "missing", "transport", "barrier"] },
  people: { settlements: ["children"] },
  buildings: { schools: ["flagged", "condition", "equipment", "modernised", "rooms"] },
  seats: { schools: ["shifts", "seats", "level"] },
  ways: { over: ["catchments", "routes"] },
  network: { settlements: ["okrug"], over: ["okrugs", "places"] },
};
const folds = new Map(); // what the reader opened or closed, over the first state of each
const narrow = () => window.matchMedia("(max-width: 760px)").matches;
const rowsOf = (kind) => [...(kind === "schools" ? schools : settlements).values()].filter(passes[kind]);

const folding = (attributes, title, ...inside) => el("details", { ...attributes, open: folds.get(attributes.id) ?? attributes.open },
  el("summary", { onclick: ({ currentTarget }) => folds.set(attributes.id, !currentTarget.parentElement.open) }, title), inside);

// how many are told to do something, by why; the same as planning.verdicts.parts in Python
function told(verdict, counts) {
  const parts = Object.keys(counts).filter((why) => counts[why])
    .map((why) => t(`ui.told_${why}`, { count: number(counts[why]) })).join(", ");
  const total = number(Object.values(counts).reduce((sum, many) => sum + many, 0));
  return counts.emergency || counts.more ? t("ui.told", { verdict: t(`verdict.${verdict}`), total, parts }) : "";
}
const whyOf = ({ reason }) => (reason.includes("_owed") ? "owed" : reason.endsWith("_emergency") ? "emergency" : "more");
function whyCounts(rows) {
  const counts = { owed: 0, emergency: 0, more: 0 };
  for (const one of rows) counts[whyOf(one)] += 1;
  return counts;
}
const whyParts = (counts, word) => (Object.values(counts).filter(Boolean).length > 1 || counts.emergency || counts.more
  ? Object.keys(counts).filter((why) => counts[why]).map((why) => word(why, number(counts[why]))).join(", ") : "");

function classEntries(kind) {
  const { classes, of } = themeOf(kind), found = {};
  for (const one of rowsOf(kind)) (found[of(one)] ??= []).push(one);
  const judged = kind === "settlements" && theme.settlements === "verdict";
  return Object.keys(classes).filter((key) => found[key]).map((key) => ({
    key: `${kind}:${theme[kind]}:${key}`, look: classes[key], text: classWord(kind, key), many: found[key].length,
    more: judged && ["build", "upgrade"].includes(key) ? whyParts(whyCounts(found[key]), (why, count) => t(`ui.told_${why}`, { count })) : "",
  }));
}

function siteEntries() {
  return Object.entries(SITES).map(([key, look]) => {
    const counts = {};
    for (const one of sites.values()) if (one.action === key && passes.sites(one)) counts[one.tier] = (counts[one.tier] ?? 0) + 1;
    const tiers = Object.keys(counts), many = tiers.reduce((sum, tier) => sum + counts[tier], 0);
    return { key: `site_${key}`, look, text: action(key), many, more: tiers.length > 1
      ? tiers.map((tier) => `${t(`tier.${tier}`)} – ${number(counts[tier])}`).join(", ") : "" };
  });
}

// tiles are asked of the network: said where they are switched off
const tilesEntry = () => ({ key: "tiles", look: { fill: "#bcdcee", edge: "#555555", shape: SQUARE }, text: tilesText() });
const tilesText = () => t("ui.tiles_asked", { host: new URL(data.tiles.url).host });
const overEntries = ({ sites: built, over = [] }) => [...(data.tiles && over.includes("routes") ? [tilesEntry()] : []), ...(built && sites.size ? siteEntries() : []),
  ...sharedEntries().filter(([key]) => over.includes(key)).map(([key, look, text, many]) => ({ key, look, text, many }))];

function boxes(entries, name, more = {}) {
  const toggle = (key) => (event) => {
    if (event.target.checked) hidden.delete(key);
    else hidden.add(key);
    showLayers();
    drawLabels();
    fillOwed();
    remember();
  };
  return entries.length ? el("div", { class: "classes", role: "group", "aria-label": name, ...more }, entries.map(({ key, look, text, many, more: parts }) =>
    el("label", { class: parts ? "wide" : "" }, el("input", { type: "checkbox", "data-layer": key, checked: !hidden.has(key), onchange: toggle(key) }),
      symbol(look), el("span", {}, text, parts ? el("small", {}, parts) : null), many === undefined ? null : el("b", {}, number(many))))) : null;
}

function themeItem(kind, key) {
  const on = theme[kind] === key, name = large(t(`theme.${key}`));
  const choose = () => {
    theme[kind] = key;
    drawTheme(kind);
    showLayers();
    drawLabels();
    fillFound("");
    remember();
    document.getElementById(`theme-${kind}-${key}`).focus();
  };
  return [el("label", { class: "theme" },
    el("input", { type: "radio", name: `theme-${kind}`, value: key, id: `theme-${kind}-${key}`, checked: on, onchange: choose }), el("span", {}, name)),
  on ? boxes(classEntries(kind), name, { "data-kind": kind }) : null];
}

// a theme of what the register says nothing about is not offered, unless a link has asked for it
const telling = (key) => key === "flagged" || theme.schools === key || [...schools.values()].some((one) => THEMES.schools[key].of(one) !== "unknown");

function branch(name) {
  const of = BRANCHES[name], over = overEntries(of);
  const themes = ["settlements", "schools"].flatMap((kind) => (kind === "settlements" || schools.size ? of[kind] ?? [] : [])
    .filter((key) => (key !== "okrug" || okrugs.size) && (kind !== "schools" || telling(key))).map((key) => [kind, key]));
  if (!themes.length && !over.length) return null;
  const lit = themes.some(([kind, key]) => theme[kind] === key) || over.some(({ key }) => !hidden.has(key));
  const title = over.length ? t(over[0].key.startsWith("site_") ? "ui.sites_near" : "ui.overlays") : "";
  return folding({ id: `branch-${name}`, class: "branch", open: lit && (name === "todo" || !narrow()) },
    el("span", {}, t(`branch.${name}`), lit ? el("b", { "aria-hidden": "true" }, " ●") : ""),
    themes.map(([kind, key]) => themeItem(kind, key)), over.length ? [el("p", { class: "over" }, title), boxes(over, title)] : null);
}

// arrows lead up and down the tree, and open and close its groups; inside a choice of themes they choose, as the browser has it
function walk(event) {
  const { key, target } = event, heading = target.tagName === "SUMMARY";
  if (heading && ["ArrowLeft", "ArrowRight"].includes(key)) {
    target.parentElement.open = key === "ArrowRight";
    folds.set(target.parentElement.id, target.parentElement.open);
  } else if (["ArrowUp", "ArrowDown"].includes(key) && (heading || target.type === "checkbox")) {
    const stops = [...event.currentTarget.querySelectorAll("summary, input")].filter((one) => one.checkVisibility?.() ?? one.offsetParent);
    stops[stops.indexOf(target) + (key === "ArrowDown" ? 1 : -1)]?.focus();
  } else return;
  event.preventDefault();
}

const tree = () => el("section", { id: "layers", "aria-label": t("ui.layers"), onkeydown: walk },
  el("h2", {}, t("ui.layers")), Object.keys(BRANCHES).map(branch));

// the legend of what is drawn, for paper
function fillLegend() {
  const legend = document.getElementById("legend");
  if (!legend) return;
  const all = [...classEntries("settlements"), ...(schools.size ? classEntries("schools") : []), ...Object.values(BRANCHES).flatMap(overEntries)];
  legend.replaceChildren(...all.filter(({ key, many }) => many && layers[key] && map.hasLayer(layers[key]))
    .map(({ look, text, many }) => el("span", {}, symbol(look), `${text} – ${number(many)}`)));
}
