// ---- the panel ---------------------------------------------------------------------------------------------

const open = (kind, id, how = "pushState") => {
  const of = KINDS[kind][0].get(id);
  if (!of) return;
  opened = { kind, of };
  document.body.classList.remove("folded");
  fillBody();
  goTo();
  drawSelection();
  fillTrial();
  remember(how);
  document.querySelector(".card h2").focus();
};
const close = () => {
  opened = null;
  remember("pushState"); // before the list is filled, which remembers too
  fillBody();
  drawSelection();
  document.getElementById("search").focus();
};
const link = (kind, id, text) => el("button", { class: "link", type: "button", onclick: () => open(kind, id) }, text);

function fillPanel() {
  const region = Object.keys(data.about.names).length ? nameOf(data.about.names) : data.about.code;
  document.documentElement.lang = lang;
  document.title = t("ui.title", { region });
  map.getContainer().setAttribute("aria-label", t("ui.map"));
  for (const way of ["in", "out"]) {
    const button = map.getContainer().querySelector(`.leaflet-control-zoom-${way}`);
    button.title = t(`ui.zoom_${way}`);
    button.setAttribute("aria-label", button.title);
  }
  const credits = [data.tiles ? tilesText() : "", data.tiles?.attribution, data.about.osm ? t("ui.osm") : "", "schoolnet", t("ui.norms_day", { day: date(data.about.made.on) })];
  document.getElementById("heading").textContent = document.title;
  document.getElementById("panel").replaceChildren(
    el("header", {}, languages(), el("h1", {}, t("ui.title", { region })), el("p", {}, t("ui.subtitle")), foldButton()),
    el("div", { id: "body" }),
    el("footer", {}, credits.filter(Boolean).join(" · ")),
    el("p", { class: "printed stamp" }, `${t("ui.made")}: ${stamp().join("; ")}`),
  );
  toLegend.textContent = t("ui.to_legend");
  fillBody();
  drawLabels();
  lively.scale._update();
}

// on a phone, where the legend lies under the map and the list
const toLegend = el("button", { id: "to-legend", type: "button", onclick: () => {
  document.body.classList.remove("folded");
  folds.set("branch-todo", true);
  if (opened) close();
  else fillFound("");
  document.getElementById("layers").scrollIntoView();
} });

function languages() {
  const names = { kk: "Қазақша", ru: "Русский", en: "English" };
  const choose = (code) => () => {
    lang = code;
    fillPanel();
    remember();
    document.querySelector(`#panel [lang="${code}"]`).focus();
  };
  return el("nav", { "aria-label": t("ui.language") }, LANGS.map((code) =>
    el("button", { type: "button", lang: code, "aria-pressed": String(code === lang), onclick: choose(code) }, names[code])));
}

function foldButton() {
  const title = () => t(document.body.classList.contains("folded") ? "ui.show_panel" : "ui.hide_panel");
  const fold = (event) => {
    document.body.classList.toggle("folded");
    event.currentTarget.setAttribute("aria-label", title());
    event.currentTarget.setAttribute("aria-expanded", String(!document.body.classList.contains("folded")));
    map.invalidateSize();
  };
  return el("button", { id: "fold", type: "button", "aria-label": title(), "aria-expanded": String(!document.body.classList.contains("folded")), onclick: fold });
}

function fillBody() {
  const body = document.getElementById("body");
  const card = opened && KINDS[opened.kind][1](opened.of);
  document.body.classList.toggle("carded", Boolean(card));
  body.replaceChildren(...(card ? [card] : [searchBox(), el("div", { id: "found", "aria-live": "polite" })]).filter(Boolean));
  if (!card) fillFound("");
  body.scrollTop = 0;
}

function banner() {
  const texts = data.about.caveats.map((key) => el("li", {}, t(`caveat.${key}`)));
  const first = texts.length ? t(`caveat.${data.about.caveats[0]}`) : "";
  return texts.length ? [folding({ id: "banner", class: "banner", role: "note" }, [`${t("ui.warning")}: `, el("span", {}, first)], el("ul", {}, texts)),
    el("p", { class: "printed banner" }, data.about.caveats.map((key) => t(`caveat.${key}`)).join(" "))] : [];
}

function searchBox() {
  const attributes = { type: "search", id: "search", placeholder: t("ui.search_placeholder"), "aria-label": t("ui.search") };
  return el("input", { ...attributes, autocomplete: "off", oninput: (event) => fillFound(event.target.value) });
}

function fillFound(query) {
  const found = document.getElementById("found");
  if (!query.trim()) {
    found.replaceChildren(...[filtered() ? el("p", { class: "clause" }, t("ui.tiles_region")) : null, banner(), tiles(), el("section", { id: "first" }), tree(),
      el("div", { id: "legend", class: "printed" }), chooser(), whatIf(), ...sharedLists(), plots(), figures(), prices(), rules(), made(),
      el("div", { id: "owed" })].flat().filter(Boolean));
    fillTrial();
    fillOwed();
    fillLegend();
    return remember();
  }
  return found.replaceChildren(...results(query));
}

function tiles() {
  const sum = data.about.summary, rule = data.about.options.transport_rule, other = rule === "or" ? "and" : "or";
  const tile = (value, text, more) => el("div", {}, el("b", {}, value), el("span", {}, text), more ? el("small", {}, more) : null);
  return el("div", { class: "tiles" },
    tile(number(sum.owed_build), t("summary.owed_build")),
    tile(number(sum.owed_upgrade), t("summary.owed_upgrade")),
    tile(number(sum[`pupils_entitled_${rule}`]), t("ui.tile_bus"),
      `${t(`choice.${rule}`)}; ${t(`ui.tile_bus_${other}`, { count: number(sum[`pupils_entitled_${other}`]) })}`),
    tile(`${number(sum.emergency)} / ${number(sum.three_shift)}`, t("ui.tile_schools")));
}

const row = (one) => el("li", {}, el("button", { type: "button", onclick: () => open("s", one.id) },
  symbol(lookOf("settlements", one)),
  el("span", { class: "name" }, `${one.rank ? `${one.rank}. ` : ""}${nameOf(one.names)}`,
    el("small", {}, whereabouts(one))),
  el("span", { class: "what" }, t(`verdict.${one.verdict}`),
    el("small", {}, t("ui.children", { count: number(one.children) })))));

// the same rule as site_text.counted in Python
const siteCount = (rows) => {
  const raised = rows.filter((one) => !one.seats).length;
  return number(rows.length) + (raised ? `, ${t("ui.without_building", { count: number(raised) })}` : "");
};
const siteName = (one) =>
  (settlements.has(one.settlement_id) ? toldApart(settlements.get(one.settlement_id)) : t("card.at_plot"));
const siteTitle = (one) => `${number(one.rank)}. ${siteName(one)}: ${t(`action.${one.action}`)}`;
const siteRow = (one, brief = false) => el("li", {}, el("button", { type: "button", onclick: () => open("site", one.id) },
  symbol(SITES[one.action]),
  el("span", { class: "name" }, `${one.rank}. ${siteName(one)}`, brief ? null : el("small", {}, t(`tier.${one.tier}`))),
  el("span", { class: "what wide" }, `${action(one.action)}: ${t(`level.${one.level}`)}`,
    el("small", {}, t("ui.pupils", { count: number(one.pupils ?? 0) }), brief ? null : `; ${cost(one.cost_mkzt, one.price_basis)}`))));

function fillOwed() {
  const built = [...sites.values()].filter((one) => !hidden.has(`site_${one.action}`) && passes.sites(one)).sort(SORTS[chosen.sort]);
  const owed = (one) => one.pupils_entitled_or ?? 0;
  const asked = (one) => (chosen.verdict ? passes.settlements(one) : ["bus", "board"].includes(one.verdict) && passes.settlements(one));
  const homes = [...settlements.values()].filter((one) => asked(one) && shown("settlements", one)).sort((a, b) => owed(b) - owed(a));
  const part = (title, rows, make, count = number(rows.length)) => el("section", {}, el("h2", {}, `${title} (${count})`),
    rows.length ? [el("ol", { class: "rows" }, clipped(rows.map((one) => make(one)), LISTED)), moreListed(rows, LISTED)] : el("p", {}, t("ui.list_empty")));
  const wholeList = () => document.getElementById("owed").scrollIntoView();
  document.getElementById("first").replaceChildren(...(built.length ? [el("h2", {}, t("ui.list_first")), el("ol", { class: "rows" }, built.slice(0, FIRST).map((one) => siteRow(one, true))),
    el("button", { type: "button", class: "link", onclick: wholeList }, `${t("ui.list_whole")} (${siteCount(built)})`)] : []));
  document.getElementById("owed").replaceChildren(part(t("ui.list_sites"), built, siteRow, siteCount(built)),
    part(chosen.verdict ? t(`verdict.${chosen.verdict}`) : t("ui.list_carry"), homes, row));
}

// on paper the first rows stand, and how many more there are; on the screen all
const PRINTED = 8, LISTED = 6, FIRST = 5; // of a card, of the map on one sheet, above the lists
const clipped = (rows, most) => {
  for (const one of rows.slice(most)) one.classList.add("beyond");
  return rows;
};
const moreListed = (rows, most) => (rows.length > most ? el("p", { class: "printed" }, t("ui.print_more", { count: number(rows.length - most) })) : null);

function figures() {
  const rows = Object.entries(data.about.summary).filter(([key]) => `summary.${key}` in data.words[lang])
    .map(([key, value]) => [t(`summary.${key}`), key.endsWith("_share") ? number(value, 2, "percent") : number(value)]);
  return folding({ id: "figures" }, t("ui.more"), list(rows));
}

// a drawing as a picture: whatever stands in it, nothing of it runs
function plots() {
  const pictures = data.plots[lang].map((svg) => el("img", { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`,
    alt: new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("title")?.textContent ?? "" }));
  return folding({ id: "plots" }, t("ui.plots"), pictures);
}

function prices() {
  const rows = data.prices.map(([key, value, unit, basis]) =>
    [t(`price.${key}`), `${basis === "assumed" ? "≈ " : ""}${number(value, 4)} ${t(`price_unit.${unit}`)} – ${t(`price_basis.${basis}`)}`]);
  return folding({ id: "prices" }, t("card.prices"), list(rows));
}

function rules() {
  const shown = (value) => {
    if (value === null) return t("choice.default");
    if (Array.isArray(value)) return value.map((one) => number(one, 4)).join(", ") || t("choice.default");
    if (typeof value === "object")
      return Object.entries(value).map(([key, one]) => `${data.words[lang][`weight.${key}`] ?? key} – ${number(one, 4)}`).join(", ") || t("choice.default");
    if (typeof value === "number") return number(value, 4);
    if (/^\d{4}-\d\d-\d\d$/.test(value)) return date(value);
    return [`choice.${value}`, `level.${value}`].filter((key) => key in data.words[lang]).map((key) => t(key))[0] ?? value;
  };
  const rows = Object.entries(data.about.options).map(([key, value]) => [t(`option.${key}`), shown(value)]);
  return folding({ id: "rules" }, t("ui.rules"), list(rows));
}

// what the map was made from, as the record of the plan has it
function stamp() {
  const { inputs, on, version } = data.about.made;
  return [...inputs.map(({ name, sha256 }) => `${name} – SHA-256 ${sha256.slice(0, 8)}`), t("ui.norms_day", { day: date(on) }), `schoolnet ${version}`];
}
const made = () => folding({ id: "made" }, t("ui.made"), el("ul", {}, stamp().map((text) => el("li", {}, text))));
