/* The map of network schools: draws #schoolnet-data on a Leaflet map, and the panel beside it.
   Names come from other people's files: they are only ever set as text, never as HTML. */
const schoolnet = (() => {
  "use strict";

  const LANGS = ["kk", "ru", "en"];
  const LOCALES = { kk: "ru", ru: "ru", en: "en" }; // numbers are written alike, and Chromium holds no data for kk
  // one colour (Okabe and Ito) and one shape for each profile, round again where there are more
  const LOOKS = [
    { fill: "#d55e00", shape: [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]] },
    { fill: "#0072b2", shape: [[-1, -1], [1, -1], [1, 1], [-1, 1]] },
    { fill: "#009e73", shape: [[0, -1.4], [1.3, 0], [0, 1.4], [-1.3, 0]] },
    { fill: "#cc79a7", shape: [[0, 1.3], [1.2, -0.9], [-1.2, -0.9]] },
    { fill: "#f0e442", shape: [[-0.6, -1.1], [0.6, -1.1], [1.2, 0], [0.6, 1.1], [-0.6, 1.1], [-1.2, 0]] },
    { fill: "#56b4e9", shape: [[-1.2, -1.2], [1.2, -1.2], [0.35, 0], [1.2, 1.2], [-1.2, 1.2], [-0.35, 0]] },
  ];

  // colours of minutes as on the map of a plan: the nearer, the darker; dashed, for they are no roads
  const REACH = {
    60: { color: "#5b4a8a", weight: 1.4, dashArray: "6 4", fillColor: "#5b4a8a", fillOpacity: 0.07 },
    90: { color: "#9a8cc0", weight: 1.2, dashArray: "2 5", fillColor: "#9a8cc0", fillOpacity: 0.04 },
  };

  let data, map, lang, still, opened = null;
  const hidden = new Set(), circles = new Set(["60", "90"]), looks = new Map(), places = new Map(), regions = new Map(), unfolded = new Set();
  const marks = [], lively = {};

  // ---- words and numbers -------------------------------------------------------------------------------------

  const t = (key, params = {}) =>
    (data.words[lang][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => params[name] ?? t("unknown"));
  const number = (value, digits = 0, style = "decimal") =>
    value === undefined || value === null
      ? t("unknown")
      : new Intl.NumberFormat(LOCALES[lang], { style, maximumFractionDigits: digits }).format(value);
  const date = (day) => day.split("-").reverse().join(".");
  const nameOf = (names) => [lang, ...LANGS, "name"].map((key) => names?.[key]).find(Boolean) ?? t("no_name");
  const profileOf = (key) => data.profiles.find((one) => one.key === key);
  const rankOf = ({ rank, rank_best, rank_worst }) =>
    rank_best === rank_worst ? number(rank)
      : t("network.rank_range", { rank: number(rank), best: number(rank_best), worst: number(rank_worst) });

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
    const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    for (const [key, value] of [["viewBox", "-1.6 -1.6 3.2 3.2"], ["class", "symbol"], ["aria-hidden", "true"]])
      root.setAttribute(key, value);
    shape.setAttribute("points", look.shape.map((point) => point.join()).join(" "));
    shape.setAttribute("fill", look.fill);
    root.append(shape);
    return root;
  };

  const ring = ({ color, dashArray }) => {
    const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [key, value] of [["viewBox", "0 0 16 16"], ["class", "symbol"], ["aria-hidden", "true"]]) root.setAttribute(key, value);
    for (const [key, value] of [["cx", 8], ["cy", 8], ["r", 6.5], ["fill", "none"], ["stroke", color], ["stroke-width", 1.6], ["stroke-dasharray", dashArray]])
      circle.setAttribute(key, value);
    root.append(circle);
    return root;
  };

  // ---- the map -----------------------------------------------------------------------------------------------

  // Leaflet's canvas draws circles only; the shape is put where it would draw one (Leaflet is pinned to 1.9.3)
  const Mark = L.CircleMarker.extend({
    _project() {
      this._point = this._map.latLngToLayerPoint(this._latlng).add(this.options.aside.map((by) => by * this._radius));
      this._updateBounds();
    },
    _updatePath() {
      const { _drawing, _ctx: pen } = this._renderer;
      const { x, y } = this._point, r = this._radius;
      if (!_drawing || this._empty()) return undefined;
      pen.beginPath();
      for (const [dx, dy] of this.options.shape) pen.lineTo(x + dx * r, y + dy * r);
      pen.closePath();
      return this._renderer._fillStroke(pen, this);
    },
  });

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

  function drawBackdrop() {
    map.createPane("backdrop").style.zIndex = 250;
    still = { interactive: false, renderer: L.canvas({ pane: "backdrop", padding: 0.5 }), pane: "backdrop" };
    for (const { outline } of data.regions) {
      const rings = (outline ?? []).map((part) => part.map(decoded));
      L.polygon(rings, { ...still, fillColor: "#fbfaf5", fillOpacity: 1, color: "#a9a28e", weight: 1.2 }).addTo(map);
    }
    for (const [lat, lon, pupils] of data.homes) {
      const radius = 1 + Math.min(4, Math.sqrt(pupils) / 60);
      L.circleMarker([lat, lon], { ...still, radius, stroke: false, fillColor: "#8a8f93", fillOpacity: 0.7 }).addTo(map);
    }
  }

  // the profiles of one place stand round it, so that each is seen
  function drawMarks() {
    map.createPane("marks").style.zIndex = 450;
    const chosen = data.candidates.filter((one) => one.opened);
    const most = Math.max(1, ...chosen.map((one) => one.pupils_60));
    const here = new Map();
    for (const one of chosen) here.set(`${one.at}`, [...(here.get(`${one.at}`) ?? []), one]);
    for (const one of [...chosen].sort((a, b) => b.pupils_60 - a.pupils_60)) {
      const group = here.get(`${one.at}`), turn = 2 * Math.PI * group.indexOf(one) / group.length - Math.PI / 2;
      const away = group.length > 1 ? 1.25 : 0, look = looks.get(one.profile);
      const size = 4.5 + 6 * Math.sqrt(one.pupils_60 / most);
      const style = { shape: look.shape, aside: [away * Math.cos(turn), away * Math.sin(turn)], fillColor: look.fill,
        fillOpacity: 1, color: "#ffffff", weight: 1, pane: "marks", radius: size, size };
      const mark = new Mark(one.at, style).on("click", () => open(one.id))
        .bindTooltip(() => el("span", {}, `${nameOf(one.names)} – ${nameOf(profileOf(one.profile).names)}`), { direction: "top" });
      marks.push([one, mark.addTo(map)]);
    }
  }

  // how far a straight line leads: only where no roads are given
  function drawReach() {
    lively.reach.clearLayers();
    for (const [minutes, radius] of Object.entries(data.reach)) {
      if (!circles.has(minutes)) continue;
      const seen = new Set();
      for (const [one] of marks) {
        if (hidden.has(one.profile) || seen.has(`${one.at}`)) continue;
        seen.add(`${one.at}`);
        L.circle(one.at, { ...still, radius, ...REACH[minutes] }).addTo(lively.reach);
      }
    }
  }

  function showMarks() {
    drawReach();
    const growth = Math.min(1, Math.max(0.62, map.getSize().x / 900)) * (1 + 0.15 * Math.max(0, map.getZoom() - map.getMinZoom() - 1));
    for (const [one, mark] of marks) {
      if (hidden.has(one.profile)) mark.remove();
      else {
        mark.addTo(map).setRadius(mark.options.size * growth);
        mark._project();
        mark.redraw();
      }
    }
  }

  function drawLabels() {
    lively.labels.clearLayers();
    const taken = [], seen = new Set();
    const rows = marks.map(([one]) => one).filter((one) => !hidden.has(one.profile) && map.getBounds().contains(one.at));
    for (const one of rows.sort((a, b) => b.pupils_own - a.pupils_own)) {
      if (seen.has(`${one.at}`)) continue;
      seen.add(`${one.at}`);
      const { x, y } = map.latLngToContainerPoint(one.at), half = nameOf(one.names).length * 4;
      const box = [x - half, y + 6, x + half, y + 28];
      if (taken.some(([l, u, r, d]) => box[0] < r && box[2] > l && box[1] < d && box[3] > u)) continue;
      taken.push(box);
      const icon = L.divIcon({ html: el("span", { style: "margin-top: 8px" }, nameOf(one.names)), className: "label town", iconSize: null });
      L.marker(one.at, { icon, interactive: false, keyboard: false }).addTo(lively.labels);
    }
  }

  function drawSelection() {
    lively.selection.clearLayers();
    if (opened) L.circleMarker(opened.at, { radius: 22, fill: false, color: "#000000", weight: 2.5, interactive: false }).addTo(lively.selection);
  }

  // ---- the panel ---------------------------------------------------------------------------------------------

  const open = (id) => {
    opened = places.get(id) ?? null;
    if (!opened) return;
    document.body.classList.remove("folded");
    fillBody();
    drawSelection();
    if (!map.getBounds().pad(-0.1).contains(opened.at)) map.panTo(opened.at, { animate: false });
    document.querySelector(".card h2").focus();
  };
  const close = () => {
    opened = null;
    fillBody();
    drawSelection();
  };

  function fillPanel() {
    document.documentElement.lang = lang;
    document.title = t("network.title");
    const buttons = LANGS.map((code) =>
      el("button", { type: "button", lang: code, "aria-pressed": String(code === lang), onclick: () => speak(code) },
        { kk: "Қазақша", ru: "Русский", en: "English" }[code]));
    const fold = el("button", { id: "fold", type: "button", "aria-label": t("ui.hide_panel"), onclick: () => {
      const folded = document.body.classList.toggle("folded");
      document.getElementById("fold").setAttribute("aria-label", t(folded ? "ui.show_panel" : "ui.hide_panel"));
      map.invalidateSize();
    } });
    const sources = [...data.about.attributions.map((source) => t("network.attribution", { source })), data.about.osm ? t("ui.osm") : ""];
    document.getElementById("panel").replaceChildren(
      el("header", {}, el("nav", { "aria-label": t("ui.language") }, buttons), fold,
        el("h1", {}, t("network.title")), el("p", {}, t("network.subtitle"))),
      el("div", { id: "body" }),
      el("footer", {}, [...sources, t("ui.norms_day", { day: date(data.about.day) })].filter(Boolean).join(" · ")));
    fillBody();
  }

  function fillBody() {
    const body = document.getElementById("body");
    body.replaceChildren(...(opened ? card(opened) : home()));
    body.scrollTop = 0;
  }

  const banners = (caveats) => caveats.map((key) =>
    el("div", { class: key === "straight_reach" ? "banner approx" : "banner", role: "note" }, t(`caveat.${key}`)));

  function home() {
    const boxes = data.profiles.map((one) => {
      const box = el("input", { type: "checkbox", checked: !hidden.has(one.key), onchange: () => {
        if (hidden.has(one.key)) hidden.delete(one.key);
        else hidden.add(one.key);
        showMarks();
        drawLabels();
      } });
      return el("label", { title: nameOf(one.fields) }, box, symbol(looks.get(one.key)), nameOf(one.names));
    });
    const reach = Object.keys(data.reach).map((minutes) => {
      const box = el("input", { type: "checkbox", checked: circles.has(minutes), onchange: () => {
        if (!circles.delete(minutes)) circles.add(minutes);
        drawReach();
      } });
      return el("label", {}, box, ring(REACH[minutes]), t(minutes === "60" ? "network.reach_60" : "network.reach_90"));
    });
    const shown = [...banners(data.about.caveats),
      el("fieldset", {}, el("legend", {}, t("network.legend")), boxes),
      reach.length ? el("fieldset", {}, el("legend", {}, t("network.reach")), reach) : null,
      el("p", {}, data.about.quotas[lang].join(" ")),
      el("p", { class: "rest" }, t("network.size")),
      el("details", {}, el("summary", {}, t("network.targets")), el("ul", {}, data.about.covered[lang].map((text) => el("li", {}, text)))),
      el("h2", {}, t("network.regions")),
      el("div", { class: "regions" }, data.regions.map(regionRow))];
    return shown.filter(Boolean);
  }

  function regionRow(region) {
    const rows = data.profiles.map(({ key }) => profileRow(region, key));
    const one = el("details", { open: unfolded.has(region.code) || data.regions.length === 1,
      ontoggle: (event) => unfolded[event.target.open ? "add" : "delete"](region.code) },
      el("summary", {}, nameOf(region.names)), el("ul", { class: "rows" }, rows));
    return one;
  }

  function profileRow(region, key) {
    const told = region.coverage[key] ?? {};
    const chosen = data.candidates.filter((one) => one.region === region.code && one.profile === key && one.opened);
    const working = told.schools ? [el("li", { class: "rest" }, symbol(looks.get(key)),
      t("network.working", { count: number(told.schools), evidence: told.evidence ?? t("network.no_evidence") }))] : [];
    if (!chosen.length && !told.schools)
      return [el("li", { class: "rest" }, symbol(looks.get(key)), nameOf(profileOf(key).names), ": ", t("network.none"))];
    return [...working, ...chosen.map(placeRow)];
  }

  const placeRow = (one) => el("li", {}, el("button", { type: "button", onclick: () => open(one.id) }, symbol(looks.get(one.profile)),
    el("span", { class: "name" }, nameOf(one.names), el("small", {}, one.school ? nameOf(one.school) : "")),
    el("span", { class: "what small" }, t("ui.pupils", { count: number(one.pupils_60) }))));

  function card(one) {
    const region = regions.get(one.region), profile = profileOf(one.profile);
    const others = data.candidates.filter((other) => other.region === one.region && other.profile === one.profile && other !== one);
    const looked = region.coverage[one.profile]?.looked_at;
    const share = (value) => (value === undefined ? t("unknown") : number(value, 0, "percent"));
    const km = (value) => (value === undefined ? t("network.no_figure") : t("km", { value: number(value) }));
    const bars = data.parts.map((name, at) => [el("span", {}, t(`column.part_${name}`)),
      el("span", { class: "bar" }, bar(one.parts[at])), el("span", { class: "value" }, number(one.parts[at], 2))]);
    return [el("button", { class: "back", type: "button", onclick: close }, `← ${t("ui.back")}`), ...banners(data.about.caveats.filter((key) => key === "straight_reach")),
      el("article", { class: "card" },
        el("h2", { tabindex: "-1" }, nameOf(one.names)),
        el("p", { class: "sub" }, nameOf(region.names)),
        el("div", { class: "verdict network" }, symbol(looks.get(one.profile)), t(one.opened ? "network.chosen" : "network.considered",
          { profile: nameOf(profile.names) })),
        el("p", { class: "rest" }, nameOf(profile.fields)),
        el("p", {}, one.school ? t("network.base_school", { school: nameOf(one.school) }) : t("network.base_new")),
        looked && looked !== "all" ? el("p", { class: "rest" }, t(`network.looked_${looked}`)) : null,
        list([
          [t("column.network_rank"), rankOf(one)], [t("column.first_share"), share(one.first_share)],
          [t("column.pupils_60"), number(one.pupils_60)], [t("column.pupils_90"), number(one.pupils_90)],
          [t("column.pupils_own"), number(one.pupils_own)], [t("column.pupils_beyond"), number(one.pupils_beyond)],
          [t("column.boarding_seats"), number(one.boarding_seats)], [t("column.rural_share"), share(one.rural_share)],
          [t("column.partner_km"), km(one.partner_km)], [t("column.apart_km"), km(one.apart_km)],
        ]),
        el("h3", {}, t("network.parts", { score: number(one.score, 2) })), el("div", { class: "bars" }, bars),
        others.length ? [el("h3", {}, t("network.others")), el("ul", { class: "rows" }, others.map(placeRow))] : null)];
  }

  function bar(share) {
    const made = el("i");
    made.style.width = `${Math.round(share * 100)}%`;
    return made;
  }

  function speak(code) {
    lang = code;
    fillPanel();
    drawLabels();
    lively.scale.remove();
    lively.scale = addScale();
  }

  function addScale() {
    const Scale = L.Control.Scale.extend({
      _updateMetric(most) {
        const metres = this._getRoundNum(most);
        const text = metres < 1000 ? t("m", { value: number(metres) }) : t("km", { value: number(metres / 1000) });
        this._updateScale(this._mScale, text, metres / most);
      },
    });
    return new Scale({ imperial: false }).addTo(map);
  }

  // ---- start -------------------------------------------------------------------------------------------------

  return (leaflet) => {
    map = leaflet;
    data = JSON.parse(document.getElementById("schoolnet-data").textContent);
    const hash = new URLSearchParams(location.hash.slice(1));
    lang = LANGS.includes(hash.get("lang")) ? hash.get("lang") : data.lang;
    data.profiles.forEach((one, at) => looks.set(one.key, LOOKS[at % LOOKS.length]));
    for (const one of data.candidates) places.set(one.id, one);
    for (const one of data.regions) regions.set(one.code, one);
    map.invalidateSize();
    map.fitBounds(data.bounds, { animate: false, padding: [10, 10] });
    map.setMinZoom(map.getZoom() - 1);
    drawBackdrop();
    lively.reach = L.layerGroup().addTo(map);
    drawMarks();
    lively.selection = L.layerGroup().addTo(map);
    lively.labels = L.layerGroup().addTo(map);
    lively.scale = addScale();
    fillPanel();
    map.on("zoomend", showMarks).on("moveend", drawLabels);
    showMarks();
    drawLabels();
    if (hash.get("place")) open(hash.get("place"));
    document.body.dataset.ready = "1";
  };
})();
