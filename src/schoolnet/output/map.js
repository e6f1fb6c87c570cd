/* The map page: draws the plan of #schoolnet-data on a Leaflet map, and the panel beside it.
   Names come from other people's files: they are only ever set as text, never as HTML. */
const schoolnet = (() => {
  "use strict";

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
  const LETTERS = { ә: "а", ғ: "г", қ: "к", ң: "н", ө: "о", ұ: "у", ү: "у", һ: "х", і: "и", ё: "е" };

  let data, map, lang, opened = null;
  const hidden = new Set();
  const settlements = new Map(), schools = new Map(), districts = new Map(), taught = new Map();
  const sites = new Map(), standing = new Map();
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
  const nameOf = (names) => [lang, ...LANGS, "name"].map((key) => names[key]).find(Boolean) ?? t("no_name");
  const word = (group, value) => (value === undefined ? t("unknown") : t(`${group}.${value}`));

  const action = (one) => {
    const text = t(`action.${one}`);
    return text[0].toLocaleUpperCase("kk") + text.slice(1);
  };

  const schoolName = (id) => {
    const school = schools.get(id);
    if (!school) return t("no_name");
    const place = settlements.get(school.settlement_id);
    return nameOf(school.names) + (place ? ` (${nameOf(place.names)})` : "");
  };
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
    school: schoolName,
    water: waterName,
    limit_m: km,
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
      else if (name === "saved_m") params.saved = km(value);
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
    const keys = [both ? "next_best" : "next_best_unpriced", facts.below ? "next_best_below" : ""].filter(Boolean);
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

  // ---- the map -----------------------------------------------------------------------------------------------

  // Leaflet's canvas draws circles only; the shape is put where it would draw one (Leaflet is pinned to 1.9.3)
  const Mark = L.CircleMarker.extend({
    _project() {
      const aside = this.options.aside ? this._radius * 2 : 0; // a site does not hide its village or school
      this._point = this._map.latLngToLayerPoint(this._latlng).add([aside, -aside]);
      this._updateBounds();
    },
    _updatePath() {
      const { _drawing, _ctx: pen } = this._renderer;
      const { shape } = this.options, { x, y } = this._point, r = this._radius;
      if (!shape) return L.CircleMarker.prototype._updatePath.call(this);
      if (!_drawing || this._empty()) return undefined;
      pen.beginPath();
      for (const [dx, dy] of shape) pen.lineTo(x + dx * r, y + dy * r);
      pen.closePath();
      return this._renderer._fillStroke(pen, this);
    },
  });
  const mark = (at, look, radius, open, title, aside = false) => {
    const style = { aside, shape: look.shape, fillColor: look.fill, fillOpacity: 1, dashArray: look.dash, pane: "marks" };
    const made = new Mark(at, { ...style, color: look.edge ?? "#ffffff", weight: 1, size: radius });
    marks.push(made);
    return made.on("click", open).bindTooltip(() => el("span", {}, title()), { direction: "top" });
  };

  const decoded = (steps) => {
    const line = [];
    let lat = 0, lon = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      line.push([lat / 10000, lon / 10000]);
    }
    return line;
  };
  const areas = (parts) => parts.map((rings) => rings.map(decoded));

  function drawBackdrop() {
    map.createPane("backdrop").style.zIndex = 250;
    const still = { interactive: false, renderer: L.canvas({ pane: "backdrop", padding: 0.5 }), pane: "backdrop" };
    L.polygon(areas(data.outline), { ...still, fillColor: "#fbfaf5", fillOpacity: 1, stroke: false }).addTo(map);
    for (const { parts } of data.districts)
      L.polygon(areas(parts), { ...still, fill: false, color: "#c9c3b2", weight: 1, dashArray: "4 3" }).addTo(map);
    for (const water of data.waters) {
      const area = Array.isArray(water.parts[0]?.[0]);
      const style = { ...still, color: "#86b6d6", weight: area ? 0.6 : 1.8, fillColor: "#bcdcee", fillOpacity: 1 };
      water.shape = area ? L.polygon(areas(water.parts), style) : L.polyline(water.parts.map(decoded), style);
      water.shape.addTo(map);
    }
    data.roads.forEach((lines, width) =>
      L.polyline(lines.map(decoded), { ...still, color: "#c3b69a", weight: ROAD_WIDTHS[width] }).addTo(map));
    L.polygon(areas(data.outline), { ...still, fill: false, color: "#6f6a5c", weight: 2 }).addTo(map);
  }

  function drawMarks() {
    map.createPane("marks").style.zIndex = 450;
    for (const verdict of Object.keys(LOOK).reverse()) layers[verdict] = L.layerGroup().addTo(map);
    for (const one of settlements.values()) {
      const radius = one.verdict === "keep" ? 3 : 3.5 + Math.min(5, Math.sqrt(one.children ?? 0) / 3);
      mark(one.at, LOOK[one.verdict], radius, () => open("s", one.id), () => nameOf(one.names)).addTo(layers[one.verdict]);
    }
    layers.schools = L.layerGroup();
    layers.flagged = L.layerGroup().addTo(map);
    for (const one of schools.values()) {
      const flagged = one.emergency || one.three_shift;
      if (one.at)
        mark(one.at, flagged ? FLAGGED : SCHOOL, flagged ? 4 : 2.5, () => open("school", one.id), () => schoolName(one.id))
          .addTo(layers[flagged ? "flagged" : "schools"]);
    }
    for (const action of Object.keys(SITES).reverse()) layers[`site_${action}`] = L.layerGroup();
    for (const one of [...sites.values()].reverse()) {
      const aside = one.where === "settlement" || one.where === "school"; // a cell or a plot is its own place
      mark(one.at, SITES[one.action], 4.5, () => open("site", one.id), () => siteTitle(one), aside)
        .addTo(layers[`site_${one.action}`]);
    }
  }

  function showLayers() {
    const room = Math.min(1, Math.max(0.65, map.getSize().x / 900));
    const growth = room * (1 + 0.2 * Math.max(0, map.getZoom() - map.getMinZoom() - 1));
    for (const one of marks) {
      one.setRadius(one.options.size * growth);
      if (one.options.aside && one._map) one._project();
    }
    const from = (key) => (key === "schools" ? SCHOOLS_FROM_ZOOM : key.startsWith("site_") ? SITES_FROM_ZOOM : 0);
    for (const [key, layer] of Object.entries(layers)) {
      if (!hidden.has(key) && map.getZoom() >= from(key)) layer.addTo(map);
      else layer.remove();
    }
  }

  // names are set from the most to the least important; one that would touch another is left out
  function drawLabels() {
    lively.labels.clearLayers();
    const taken = [];
    const put = (at, text, kind, room) => {
      const { x, y } = map.latLngToContainerPoint(at);
      const half = text.length * room / 2;
      const box = [x - half, y - 8, x + half, y + 22];
      if (taken.some(([l, u, r, d]) => box[0] < r && box[2] > l && box[1] < d && box[3] > u)) return;
      taken.push(box);
      const icon = L.divIcon({ html: el("span", {}, text), className: `label ${kind}`, iconSize: null });
      L.marker(at, { icon, interactive: false, keyboard: false }).addTo(lively.labels);
    };
    const view = map.getBounds(), zoom = map.getZoom();
    const seen = [...settlements.values()].filter((one) => view.contains(one.at) && !hidden.has(one.verdict));
    const size = (one) => one.population ?? 0;
    seen.sort((a, b) => size(b) - size(a));
    for (const one of seen.filter((one) => !one.is_rural)) put(one.at, nameOf(one.names), "town", 8);
    for (const one of districts.values()) if (zoom < 10) put(one.at, nameOf(one.names), "district", 9);
    if (zoom >= SCHOOLS_FROM_ZOOM)
      for (const one of seen.filter((one) => one.is_rural).slice(0, 300)) put(one.at, nameOf(one.names), "village", 7);
  }

  function drawSelection() {
    lively.selection.clearLayers();
    if (!opened) return;
    const one = opened.of;
    const ring = (at, radius) =>
      L.circleMarker(at, { radius, fill: false, color: "#000000", weight: 2.5, interactive: false }).addTo(lively.selection);
    if (one.at) ring(one.at, 15);
    const ids = (key) => new Set((one.ways ?? []).map((way) => way[key]).filter(Boolean));
    for (const id of ids("water_id")) {
      const { shape } = waters.get(id);
      const drawn = shape instanceof L.Polygon ? L.polygon : L.polyline;
      drawn(shape.getLatLngs(), { color: "#0072b2", weight: 4, fill: false, interactive: false }).addTo(lively.selection);
    }
    for (const { bridge } of one.ways ?? []) {
      if (bridge?.at) L.circleMarker(bridge.at, { radius: 7, color: "#009e73", weight: 4, fillColor: "#ffffff", fillOpacity: 1 })
        .bindTooltip(() => t("crossing.bridge"), { direction: "top" }).addTo(lively.selection);
    }
    for (const id of ids("school_id")) {
      const school = schools.get(id);
      if (!school?.at) continue;
      L.polyline([one.at, school.at], { color: "#000000", weight: 2, dashArray: "6 5", interactive: false })
        .addTo(lively.selection);
      ring(school.at, 8);
    }
  }

  function goTo() {
    const points = [opened.of.at, ...(opened.of.ways ?? []).map((way) => schools.get(way.school_id)?.at)].filter(Boolean);
    const still = { maxZoom: Math.max(map.getZoom(), 11), animate: false };
    if (points.length) map.fitBounds(L.latLngBounds(points).pad(0.3), still);
  }

  // ---- the panel ---------------------------------------------------------------------------------------------

  const open = (kind, id) => {
    const of = { s: settlements, school: schools, site: sites }[kind].get(id);
    if (!of) return;
    opened = { kind, of };
    document.body.classList.remove("folded");
    fillBody();
    goTo();
    drawSelection();
    document.querySelector(".card h2").focus();
  };
  const close = () => {
    opened = null;
    fillBody();
    drawSelection();
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
    const credits = [data.about.osm ? t("ui.osm") : "", "schoolnet", t("ui.norms_day", { day: date(data.about.day) })];
    document.getElementById("panel").replaceChildren(
      el("header", {}, languages(), el("h1", {}, t("ui.title", { region })), el("p", {}, t("ui.subtitle")), foldButton()),
      el("div", { id: "body" }),
      el("footer", {}, credits.filter(Boolean).join(" · ")),
    );
    fillBody();
    drawLabels();
    lively.scale._update();
  }

  function languages() {
    const names = { kk: "Қазақша", ru: "Русский", en: "English" };
    const choose = (code) => () => {
      lang = code;
      fillPanel();
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
      map.invalidateSize();
    };
    return el("button", { id: "fold", type: "button", "aria-label": title(), onclick: fold });
  }

  function fillBody() {
    const body = document.getElementById("body");
    const card = opened && { s: settlementCard, school: schoolCard, site: siteCard }[opened.kind](opened.of);
    body.replaceChildren(...(card ? [card] : [banner(), searchBox(), el("div", { id: "found" })]).filter(Boolean));
    if (!card) fillFound("");
    body.scrollTop = 0;
  }

  function banner() {
    const texts = data.about.caveats.map((key) => el("li", {}, t(`caveat.${key}`)));
    return texts.length ? el("div", { class: "banner", role: "note" }, el("b", {}, t("ui.warning")), el("ul", {}, texts)) : null;
  }

  function searchBox() {
    const attributes = { type: "search", id: "search", placeholder: t("ui.search_placeholder"), "aria-label": t("ui.search") };
    return el("input", { ...attributes, autocomplete: "off", oninput: (event) => fillFound(event.target.value) });
  }

  const plain = (text) => text.toLocaleLowerCase("kk").replace(/[әғқңөұүһіё]/g, (letter) => LETTERS[letter]);
  function fillFound(query) {
    const wanted = plain(query.trim());
    const found = document.getElementById("found");
    if (!wanted) {
      found.replaceChildren(tiles(), ...legend(), figures(), prices(), rules(), el("div", { id: "owed" }));
      return fillOwed();
    }
    const at = (one) => Math.min(...[...Object.values(one.names), one.kato ?? ""]
      .map((text) => plain(text).indexOf(wanted)).filter((place) => place >= 0));
    const fitting = (all, most) => [...all.values()].map((one) => [at(one), one]).filter(([place]) => place < Infinity)
      .sort(([a], [b]) => a - b).slice(0, most).map(([, one]) => one);
    const places = fitting(settlements, 30).map(row);
    const buildings = fitting(schools, 20).map((one) =>
      el("li", {}, el("button", { type: "button", onclick: () => open("school", one.id) },
        symbol(SCHOOL), el("span", { class: "name" }, schoolName(one.id)))));
    const rows = [...places, ...buildings];
    return found.replaceChildren(rows.length ? el("ol", { class: "rows" }, rows) : el("p", {}, t("ui.nothing_found")));
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

  function legend() {
    const count = (test, all) => [...all.values()].filter(test).length;
    const flagged = (one) => Boolean(one.emergency || one.three_shift);
    const entries = Object.entries(LOOK).map(([key, look]) =>
      [key, look, t(`verdict.${key}`), count((one) => one.verdict === key, settlements)]);
    entries.push(["schools", SCHOOL, t("ui.schools_near"), count((one) => !flagged(one), schools)]);
    entries.push(["flagged", FLAGGED, t("ui.school_flagged"), count(flagged, schools)]);
    const toggle = (key) => (event) => {
      if (event.target.checked) hidden.delete(key);
      else hidden.add(key);
      showLayers();
      drawLabels();
      fillOwed();
    };
    const field = (title, rows) => el("fieldset", {}, el("legend", {}, title), rows.map(([key, look, text, many]) =>
      el("label", {}, el("input", { type: "checkbox", checked: !hidden.has(key), onchange: toggle(key) }),
        symbol(look), el("span", {}, text), el("b", {}, number(many)))));
    const actions = Object.entries(SITES).map(([key, look]) =>
      [`site_${key}`, look, action(key), count((one) => one.action === key, sites)]);
    return [field(t("ui.legend"), entries), sites.size ? field(t("ui.sites_near"), actions) : null];
  }

  const row = (one) => el("li", {}, el("button", { type: "button", onclick: () => open("s", one.id) },
    symbol(LOOK[one.verdict]),
    el("span", { class: "name" }, `${one.rank ? `${one.rank}. ` : ""}${nameOf(one.names)}`,
      el("small", {}, districts.has(one.district_id) ? nameOf(districts.get(one.district_id).names) : "")),
    el("span", { class: "what" }, t(`verdict.${one.verdict}`),
      el("small", {}, t("ui.children", { count: number(one.children) })))));

  const siteName = (one) =>
    (settlements.has(one.settlement_id) ? nameOf(settlements.get(one.settlement_id).names) : t("card.at_plot"));
  const siteTitle = (one) => `${number(one.rank)}. ${siteName(one)}: ${t(`action.${one.action}`)}`;
  const siteRow = (one) => el("li", {}, el("button", { type: "button", onclick: () => open("site", one.id) },
    symbol(SITES[one.action]),
    el("span", { class: "name" }, `${one.rank}. ${siteName(one)}`, el("small", {}, t(`tier.${one.tier}`))),
    el("span", { class: "what wide" }, `${action(one.action)}: ${t(`level.${one.level}`)}`,
      el("small", {}, `${t("ui.pupils", { count: number(one.pupils ?? 0) })}; ${cost(one.cost_mkzt, one.price_basis)}`))));

  function fillOwed() {
    const built = [...sites.values()].filter((one) => !hidden.has(`site_${one.action}`));
    const owed = (one) => one.pupils_entitled_or ?? 0;
    const carried = [...settlements.values()].filter((one) => ["bus", "board"].includes(one.verdict) && !hidden.has(one.verdict))
      .sort((a, b) => owed(b) - owed(a));
    const part = (title, rows) =>
      [el("h2", {}, title), rows.length ? el("ol", { class: "rows" }, rows) : el("p", {}, t("ui.list_empty"))];
    document.getElementById("owed").replaceChildren(
      ...part(t("ui.list_sites"), built.map(siteRow)), ...part(t("ui.list_carry"), carried.map(row)));
  }

  function figures() {
    const rows = Object.entries(data.about.summary).filter(([key]) => `summary.${key}` in data.words[lang])
      .map(([key, value]) => [t(`summary.${key}`), key.endsWith("_share") ? number(value, 2, "percent") : number(value)]);
    return el("details", {}, el("summary", {}, t("ui.more")), list(rows));
  }

  function prices() {
    const rows = data.prices.map(([key, value, unit, basis]) =>
      [t(`price.${key}`), `${basis === "assumed" ? "≈ " : ""}${number(value, 4)} ${t(`price_unit.${unit}`)} – ${t(`price_basis.${basis}`)}`]);
    return el("details", { id: "prices" }, el("summary", {}, t("card.prices")), list(rows));
  }

  function rules() {
    const shown = (value) => {
      if (value === null) return t("choice.default");
      if (Array.isArray(value)) return value.map((one) => number(one, 4)).join(", ") || t("choice.default");
      if (typeof value === "object")
        return Object.entries(value).map(([key, one]) => `${key} ${number(one, 4)}`).join(", ") || t("choice.default");
      if (typeof value === "number") return number(value, 4);
      if (/^\d{4}-\d\d-\d\d$/.test(value)) return date(value);
      return [`choice.${value}`, `level.${value}`].filter((key) => key in data.words[lang]).map((key) => t(key))[0] ?? value;
    };
    const rows = Object.entries(data.about.options).map(([key, value]) => [t(`option.${key}`), shown(value)]);
    return el("details", {}, el("summary", {}, t("ui.rules")), list(rows));
  }

  // ---- the cards ---------------------------------------------------------------------------------------------

  const card = (title, ...parts) => el("article", { class: "card" },
    el("button", { type: "button", class: "back", onclick: close }, `← ${t("ui.back")}`),
    el("h2", { tabindex: "-1" }, title), parts);

  // what a reason or note rests on, in the norms of this plan; the same as norms_text.note in Python
  const basis = (key) => data.clauses[key]?.[lang] ?? "";
  const note = (key, facts) => sentence(key, facts) + (basis(key) ? ` ${t("card.clause")}: ${basis(key)}.` : "");

  function settlementCard(one) {
    const { facts } = one, clause = basis(one.reason);
    const head = t(data.targets.includes(one.reason) ? "card.target" : "card.clause");
    const stand = standing.get(one.id) ?? [], next = nextBest(one.next);
    const kind = t(`verdict.${one.verdict}`), todo = one.level ? t("named", { kind, name: t(`level.${one.level}`) }) : kind;
    const district = districts.get(one.district_id);
    const about = [t(`place.${one.place}`), one.is_rural ? t("card.rural") : "", district ? nameOf(district.names) : "", one.kato];
    const here = (taught.get(one.id) ?? []).map((school) => el("li", {}, link("school", school.id, nameOf(school.names)),
      ` – ${word("level", school.level)}`));
    const share = one.children === undefined ? "" : ` (${t(`basis.${one.children_basis}`)})`;
    return card(nameOf(one.names),
      el("p", { class: "sub" }, about.filter(Boolean).join(" · ")),
      el("div", { class: `verdict ${one.verdict}` }, symbol(LOOK[one.verdict]), todo),
      el("p", { class: "reason" }, sentence(one.reason, facts)),
      clause ? el("p", { class: "clause" }, el("b", {}, `${head}: `), clause) : null,
      next.length ? el("ul", { class: "next" }, next.map((text) => el("li", {}, text))) : null,
      one.notes ? el("ul", { class: "notes" }, one.notes.map((key) => el("li", {}, note(key, facts)))) : null,
      list([
        one.rank ? [t("card.rank"), place(one)] : null,
        [t("column.population"), number(one.population)],
        [t("column.children"), number(one.children) + share],
        one.is_rural ? [t("column.guaranteed"), word("level", one.guaranteed)] : null,
        [t("column.existing"), word("level", one.existing)],
        ...(one.pupils_entitled_or ? entitled(number(one.pupils_entitled_or), number(one.pupils_entitled_and)) : []),
      ].filter(Boolean)),
      el("h3", {}, t("card.here")),
      here.length ? el("ul", {}, here) : el("p", {}, t("card.no_school")),
      stand.length ? el("h3", {}, t("card.sites")) : null,
      stand.length ? el("ul", {}, stand.map((site) =>
        el("li", {}, link("site", site.id, action(site.action)), ` – ${siteSentence(site)}`))) : null,
      (one.ways ?? []).map(wayBlock));
  }

  const entitled = (or, and) =>
    [[t("card.entitled"), `${or} – ${t("card.entitled_or")}`], ["", `${and} – ${t("card.entitled_and")}`]];

  const minutes = (value) => (value === undefined ? t("unknown") : t("min", { value: number(value) }));
  const byBus = (way) => {
    if (way.bus_m === undefined) return t("card.no_bus");
    const ride = `${km(way.bus_m)}, ${minutes(way.bus_min)}`;
    return way.bus_school_id === way.school_id ? ride : [ride, " – ", link("school", way.bus_school_id, schoolName(way.bus_school_id))];
  };

  function wayBlock(way) {
    const around = way.approx ? "≈ " : "", asked = way.pupils || way.entitled_or;
    const answer = (holds) => t(`choice.${holds ? "yes" : "no"}`);
    return el("section", {}, el("h3", {}, t(`band.${way.band}`)),
      list([
        [t("card.nearest"), way.school_id ? link("school", way.school_id, schoolName(way.school_id)) : t("card.no_road")],
        [t("card.by_road"), `${around}${km(way.road_m)} – ${t("card.on_foot").toLowerCase()} ${minutes(way.walk_min)}`],
        [t("card.straight"), km(way.straight_m)],
        [t("card.by_bus"), byBus(way)],
        way.water_id ? [t("card.water"), waterName(way.water_id)] : null,
        way.water_id ? [t("card.crossing"), word("crossing", way.crossing)] : null,
        way.bridge ? [t("card.bridge"), overBridge(way.bridge)] : null,
        asked ? [t("card.pupils"), number(way.pupils)] : null,
        ...(asked ? entitled(answer(way.entitled_or), answer(way.entitled_and)) : []),
        ...(asked ? [["", `${answer(way.entitled_flood)} – ${t("card.entitled_flood")}`]] : []),
      ].filter(Boolean)));
  }

  const place = ({ rank, rank_best, rank_worst }) =>
    rank_best === rank_worst ? number(rank)
      : t("card.rank_range", { rank: number(rank), best: number(rank_best), worst: number(rank_worst) });

  function siteCard(one) {
    const home = settlements.get(one.settlement_id), school = schools.get(one.school_id);
    const counts = ["from_emergency", "from_third_shift", "from_shortage", "moved"].filter((key) => one[key])
      .map((key) => [t(`card.${key}`), number(one[key])]);
    const also = (one.also ?? "").split(", ").filter(Boolean).map((tier) => t(`tier.${tier}`)).join(", ");
    return card(siteName(one),
      el("p", { class: "sub" }, t("card.site"), one.where === "cell" || one.where === "plot" ? ` · ${t(`card.at_${one.where}`)}` : "",
        home ? [" · ", link("s", home.id, nameOf(home.names))] : "",
        school ? [" · ", link("school", school.id, nameOf(school.names))] : ""),
      el("div", { class: `verdict site_${one.action}` }, symbol(SITES[one.action]),
        t("named", { kind: action(one.action), name: t(`level.${one.level}`) })),
      el("p", { class: "reason" }, siteSentence(one)),
      list([
        [t("card.rank"), place(one)],
        [t("card.tier"), t(`tier.${one.tier}`)],
        also ? [t("card.also"), also] : null,
        [t("card.served"), number(one.pupils ?? 0)],
        ...counts,
        [t("card.seats"), number(one.seats ?? 0)],
        one.seats ? [t("card.shifts"), number(one.shifts)] : null,
        [t("card.cost"), cost(one.cost_mkzt, one.price_basis)],
        one.cost_pupil_mkzt ? [t("card.cost_pupil"), cost(one.cost_pupil_mkzt, one.price_basis)] : null,
        one.saved_m ? [t("card.saved"), km(one.saved_m)] : null,
        one.unbused ? [t("card.unbused"), number(one.unbused)] : null,
      ].filter(Boolean)),
      one.cost_mkzt ? el("p", { class: "clause" }, t("card.price_note")) : null);
  }

  function schoolCard(one) {
    const place = settlements.get(one.settlement_id);
    const found = ["emergency", "three_shift", "at_risk", "protected", "shortage_official"].filter((key) => one[key]);
    const said = { shortage_official: number(one.shortage_official), protected: one.protected };
    const groups = { level: "level", seat_basis: "seat_basis", condition: "condition", ownership: "ownership", kind: "kind",
      language: "teaching" };
    const always = ["level", "seats", "enrolment", "shifts"];
    const rows = ["level", "seats", "seat_basis", "enrolment", "shifts", "condition", "ownership", "kind", "language"]
      .filter((key) => key in one || always.includes(key))
      .map((key) => [t(`column.${key}`), groups[key] ? word(groups[key], one[key]) : number(one[key])]);
    return card(nameOf(one.names),
      el("p", { class: "sub" }, t("card.school"), place ? [" · ", link("s", place.id, nameOf(place.names))] : ""),
      one.at ? null : el("p", {}, t("card.no_place")),
      list(rows),
      el("h3", {}, t("card.findings")),
      found.length
        ? el("ul", { class: "notes" }, found.map((key) => el("li", {}, t(`finding.${key}`), said[key] ? `: ${said[key]}` : "")))
        : el("p", {}, t("card.no_findings")));
  }

  // ---- start -------------------------------------------------------------------------------------------------

  function addScale() {
    const Scale = L.Control.Scale.extend({
      _updateMetric(most) {
        const metres = this._getRoundNum(most);
        const text = metres < 1000 ? t("m", { value: number(metres) }) : km(metres);
        this._updateScale(this._mScale, text, metres / most);
      },
    });
    return new Scale({ imperial: false }).addTo(map);
  }

  return (leaflet) => {
    map = leaflet;
    data = JSON.parse(document.getElementById("schoolnet-data").textContent);
    const hash = new URLSearchParams(location.hash.slice(1));
    lang = LANGS.includes(hash.get("lang")) ? hash.get("lang") : data.lang;
    for (const one of data.settlements) settlements.set(one.id, one);
    for (const one of data.schools) {
      schools.set(one.id, one);
      taught.set(one.settlement_id, [...(taught.get(one.settlement_id) ?? []), one]);
    }
    for (const one of data.sites) {
      sites.set(one.id, one);
      standing.set(one.settlement_id, [...(standing.get(one.settlement_id) ?? []), one]);
    }
    for (const one of data.districts) districts.set(one.id, one);
    for (const one of data.waters) waters.set(one.id, one);
    map.invalidateSize();
    map.fitBounds(data.bounds, { animate: false });
    map.setMinZoom(map.getZoom() - 1);
    drawBackdrop();
    drawMarks();
    lively.selection = L.layerGroup().addTo(map);
    lively.labels = L.layerGroup().addTo(map);
    lively.scale = addScale();
    fillPanel();
    map.on("zoomend", showLayers).on("moveend", drawLabels);
    showLayers();
    if (hash.get("s")) open("s", hash.get("s"));
    if (hash.get("school")) open("school", hash.get("school"));
    if (hash.get("site")) open("site", hash.get("site"));
    document.body.dataset.ready = "1";
  };
})();
