"use strict";
(() => {
  const LANGS = ["kk", "ru", "en"];
  const LOCALES = { kk: "ru", ru: "ru", en: "en" }; // numbers are written alike, and Chromium holds no data for kk
  const WHOLE = "*";
  // light to dark, so that the order is seen in grey and by colour-blind eyes (ColorBrewer OrRd)
  const COLOURS = ["#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000"];
  const SHARES = new Set(["indicator_share", "share_after"]);
  const TEXTS = new Set(["region", "district_id"]);
  const FALLING = -1;

  const data = JSON.parse(document.getElementById("schoolnet-data").textContent);
  const regions = new Map(data.regions.map((row) => [row.region, row]));
  const sorting = { column: "indicator_share", way: FALLING };
  const asked = new URLSearchParams(location.hash.slice(1)).get("lang");
  let lang = LANGS.includes(asked) ? asked : data.lang, year = "", territory = WHOLE;

  // ---- words and numbers -----------------------------------------------------------------------------------

  const t = (key, params = {}) =>
    (data.words[lang][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => params[name] ?? t("unknown"));
  const number = (value, digits = 0) =>
    value === undefined || value === null
      ? t("report.none")
      : new Intl.NumberFormat(LOCALES[lang], { maximumFractionDigits: digits }).format(value);
  const percent = (value, digits = 2) =>
    value === undefined || value === null
      ? t("report.none")
      : new Intl.NumberFormat(LOCALES[lang], { style: "percent", maximumFractionDigits: digits }).format(value);
  const nameOf = (names) => [lang, ...LANGS, "name"].map((key) => names?.[key]).find(Boolean) ?? t("no_name");
  const regionName = (code) => (code === WHOLE ? data.titles[lang].whole : nameOf(regions.get(code)?.names));
  const mapOf = (code) => `./${encodeURIComponent(regions.get(code).folder)}/map.html`;
  const date = (day) => day.split("-").reverse().join(".");
  const schoolYear = (start) => `${start}/${String((start + 1) % 100).padStart(2, "0")}`;
  const yearName = (value) => (value === null ? t("report.today") : schoolYear(value));
  const money = (value) => number(value, value >= 100 ? 0 : 1);

  // names come from other people's files: they are only ever set as text
  const SVG = "http://www.w3.org/2000/svg";
  const make = (kind, attributes = {}, ...inside) => {
    const drawn = ["svg", "path", "circle", "g", "text", "line", "polyline", "title", "rect", "pattern", "defs"];
    const one = drawn.includes(kind) || attributes.svg
      ? document.createElementNS(SVG, kind)
      : document.createElement(kind);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "svg" || value === undefined || value === null) continue;
      if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
      else one.setAttribute(name, value);
    }
    one.append(...inside.filter((part) => part !== undefined && part !== null));
    return one;
  };
  const section = (id, title, ...inside) =>
    make("section", { id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, title), ...inside);
  const note = (text) => make("p", { class: "note" }, text);

  // ---- the indicator ---------------------------------------------------------------------------------------

  const row = (code, at) => data.indicator[code]?.find((one) => one[0] === at);
  const years = data.indicator[WHOLE].map((one) => one[0]);
  const goals = data.targets.years;
  const goal = goals.length ? goals[goals.length - 1][1] : undefined;
  // the target and what it fell from, then two steps of whole per cent up to the worst region of today
  const breaks = (() => {
    const shares = data.map.shapes.map((one) => row(one.id, null)?.[3] ?? 0);
    const [low, before] = goals.length ? [goal, goals[0][1]] : [0, Math.max(...shares) / 4];
    const step = Math.max((Math.max(...shares) - before) / 3, 0.01);
    return [low, before, ...[1, 2].map((at) => Math.ceil(before * 100 + at * step * 100) / 100)];
  })();
  const colour = (share) =>
    share === null || share === undefined ? "url(#none)" : COLOURS[breaks.filter((one) => share > one).length];

  // ---- head ------------------------------------------------------------------------------------------------

  const head = () =>
    make("header", {},
      make("div", {},
        make("h1", {}, data.titles[lang].page),
        make("nav", { "aria-label": t("ui.language") }, ...LANGS.map((one) =>
          make("button", { lang: one, "aria-pressed": String(one === lang), onclick: () => speak(one) }, { kk: "Қазақша", ru: "Русский", en: "English" }[one])))),
      make("p", {}, t("report.subtitle")));

  const tile = (value, label, beside) =>
    make("div", {}, make("b", {}, value), make("span", {}, label), beside ? make("span", { class: "note" }, beside) : null);
  const tiles = () => {
    const counts = Object.fromEntries(Object.entries(data.kinds).map(([name, many]) => [name, number(many)]));
    const all = regions.get(WHOLE), last = row(WHOLE, years[years.length - 1]), now = row(WHOLE, null);
    return make("div", { class: "tiles" },
      tile(percent(now[3]), t("report.indicator"), t("report.of", { count: number(now[1]), all: number(now[2]) })),
      tile(percent(last[3]), t("report.after", { year: yearName(last[0]) }),
        goal === undefined ? null : `${t("report.target")}: ${percent(goal)}`),
      tile(number(all.shortage_official), t("report.shortage")),
      tile(number((all.owed_build ?? 0) + (all.owed_upgrade ?? 0)), t("report.owed")),
      tile(number(all.entitled_pupils), t("report.entitled")),
      tile(number(all.sites), t("report.opened"),
        `${t("report.opened_new", counts)}. ${t("report.cost")}: ${money(all.cost_mkzt)}`));
  };

  // ---- map -------------------------------------------------------------------------------------------------

  const drawn = (shape) => {
    const about = regions.get(shape.id), found = row(shape.id, year === "" ? null : Number(year));
    const share = found?.[3], said = `${regionName(shape.id)}: ${percent(share)}`;
    const more = found && share !== null ? ` (${t("report.of", { count: number(found[1]), all: number(found[2]) })})` : "";
    const [x, y] = shape.at;
    const inside = [
      make("title", {}, said + more),
      shape.small
        ? make("circle", { class: "shape", cx: x, cy: y, r: 13, fill: colour(share) })
        : make("path", { class: "shape", d: shape.d, fill: colour(share), "fill-rule": "evenodd" }),
    ];
    const keys = { "data-region": shape.id, "aria-label": said + more, class: shape.id === territory ? "chosen" : null };
    if (about.linked) return make("a", { svg: true, href: mapOf(shape.id), ...keys }, ...inside);
    const choose = () => show(shape.id);
    return make("g", { ...keys, tabindex: 0, role: "button", onclick: choose,
      onkeydown: (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), choose()) }, ...inside);
  };
  // figure and name of each region, beside the spots of cities and beside each other; names only where there is room
  const NARROW = matchMedia("(max-width: 900px)");
  const labels = (shapes) => {
    const size = NARROW.matches ? 36 : 19, under = NARROW.matches ? 0 : 15;
    const taken = shapes.filter((one) => one.small).map((one) => [one.at[0] - 14, one.at[1] - 14, one.at[0] + 14, one.at[1] + 14]);
    const free = (box) => !taken.some((one) => box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3]);
    return shapes.map((shape) => {
      const share = row(shape.id, year === "" ? null : Number(year))?.[3];
      const text = share === null || share === undefined ? "?" : percent(share, 1), name = under ? regionName(shape.id) : "";
      const wide = Math.max(text.length * size * 0.55, name.length * under * 0.55) / 2, high = (size + under) / 2 + 1;
      const away = shape.small ? [[0, -high - 15], [0, high + 15], [wide + 18, 0], [-wide - 18, 0]]
        : [[0, 0], ...[1, 2, 3].flatMap((at) => [[0, at * 16], [0, -at * 16], [at * 20, 0], [-at * 20, 0]])];
      const boxes = away
        .map(([x, y]) => [Math.min(Math.max(x + shape.at[0], wide), data.map.size[0] - wide), y + shape.at[1]])
        .map(([x, y]) => [x - wide, y - high, x + wide, y + high]);
      const box = boxes.find(free) ?? boxes[0], x = (box[0] + box[2]) / 2;
      taken.push(box);
      return make("g", { "aria-hidden": "true" },
        make("text", { x, y: box[1] + size * 0.9, style: `font-size: ${size}px; font-weight: 600` }, text),
        name ? make("text", { x, y: box[3] - 3, style: `font-size: ${under}px` }, name) : null);
    });
  };
  const map = () => {
    const { size, shapes } = data.map, small = (one) => (one.small ? 1 : 0);
    const order = [...shapes].sort((a, b) => small(a) - small(b)); // spots lie on top
    const linked = data.regions.some((one) => one.linked);
    const picture = make("svg", { viewBox: `-6 -6 ${size[0] + 12} ${size[1] + 12}`, role: "group", "aria-label": t("report.map") },
      make("defs", {}, hatch()), ...order.map(drawn), ...labels(order));
    const pick = make("select", { onchange: (event) => { year = event.target.value; draw("map"); } },
      ...years.map((one) => make("option", { value: one ?? "", ...(String(one ?? "") === year ? { selected: "" } : {}) }, yearName(one))));
    return section("map", t("report.map"),
      note(t(linked ? "report.map_open" : "report.map_choose")),
      make("label", { class: "choose" }, t("report.year"), pick), picture, legend());
  };
  const hatch = () =>
    make("pattern", { id: "none", width: 7, height: 7, patternUnits: "userSpaceOnUse" },
      make("rect", { width: 7, height: 7, fill: "#fff" }), make("path", { d: "M0 7L7 0", stroke: "#888", "stroke-width": 1 }));
  const legend = () => {
    const label = (at) => at === 0 ? t("report.class_first", { to: percent(breaks[0]) })
      : at === breaks.length ? t("report.class_last", { from: percent(breaks[at - 1]) })
        : t("report.class_between", { from: percent(breaks[at - 1]), to: percent(breaks[at]) });
    const box = (fill, text) => make("li", {},
      make("svg", { viewBox: "0 0 22 14", "aria-hidden": "true" },
        make("rect", { x: 0.5, y: 0.5, width: 21, height: 13, fill, stroke: "#555" })), text);
    return make("ul", { class: "legend", "aria-label": t("report.legend") },
      ...COLOURS.map((fill, at) => box(fill, label(at))), box("url(#none)", t("report.class_none")));
  };

  // ---- chart -----------------------------------------------------------------------------------------------

  const WIDE = 560, HIGH = 330, LEFT = 52, RIGHT = 20, TOP = 22, BOTTOM = 34;
  const chart = () => {
    const made = (data.indicator[territory] ?? []).filter((one) => one[3] !== null)
      .map((one) => [one[0] ?? data.school_year, one[3]]);
    const all = [...goals, ...made];
    const inside = [];
    if (all.length) inside.push(picture(made, all));
    else inside.push(note(t("report.class_none")));
    const pick = make("select", { onchange: (event) => show(event.target.value) },
      ...[WHOLE, ...data.map.shapes.map((one) => one.id)].map((code) =>
        make("option", { value: code, ...(code === territory ? { selected: "" } : {}) }, regionName(code))));
    const ended = data.targets.historical && data.targets.until;
    return section("chart", t("report.chart"),
      make("label", { class: "choose" }, t("report.chart_of"), pick), ...inside,
      key("goal", goals.length ? t("report.chart_target", { before: percent(goals[0][1]), after: percent(goal),
        from: goals[1]?.[0] ?? goals[0][0], until: goals[goals.length - 1][0] }) : null),
      key("made", made.length ? t("report.chart_programme", { name: regionName(territory) }) : null),
      ended ? note(t("report.chart_over", { until: data.targets.until })) : null,
      note(t("report.chart_model")),
      data.targets.cited[lang].target ? note(`${t("report.rests_target")}: ${data.targets.cited[lang].target}.`) : null);
  };
  const key = (kind, text) => text === null ? null : make("ul", { class: "legend" }, make("li", {},
    make("svg", { viewBox: "0 0 22 14", "aria-hidden": "true" }, make("line", { class: `line ${kind}`, x1: 0, x2: 22, y1: 7, y2: 7 })), text));
  const picture = (made, all) => {
    const first = Math.min(...all.map((one) => one[0])), last = Math.max(...all.map((one) => one[0]), first + 1);
    const top = Math.max(...all.map((one) => one[1]), 0.001), step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((one) => top / one <= 6) ?? 0.5;
    const high = Math.ceil(top / step - 1e-9) * step;
    const x = (at) => LEFT + ((WIDE - LEFT - RIGHT) * (at - first)) / (last - first);
    const y = (share) => HIGH - BOTTOM - ((HIGH - TOP - BOTTOM) * share) / high;
    const grid = [];
    for (let at = 0; at <= Math.round(high / step); at++) {
      grid.push(make("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(at * step), y2: y(at * step) }),
        make("text", { x: LEFT - 6, y: y(at * step) + 4, "text-anchor": "end" }, percent(at * step)));
    }
    const every = Math.ceil((last - first) / 8);
    for (let at = first; at <= last; at += every) {
      grid.push(make("text", { x: x(at), y: HIGH - 12, "text-anchor": "middle" }, String(at)));
    }
    const line = (points, kind) => [
      make("polyline", { class: `line ${kind}`, points: points.map(([at, share]) => `${x(at)},${y(share)}`).join(" ") }),
      ...points.map(([at, share]) => make("circle", { class: `${kind}-dot`, cx: x(at), cy: y(share), r: 4 },
        make("title", {}, `${at}: ${percent(share)}`))),
    ];
    const ends = (points) => (points.length > 1 ? [points[0], points[points.length - 1]] : points);
    const values = [...ends(goals), ...ends(made)].map(([at, share]) =>
      make("text", { class: "value", x: Math.min(Math.max(x(at), LEFT + 18), WIDE - RIGHT - 18), y: y(share) - 9 }, percent(share)));
    const told = [...goals, ...made].map(([at, share]) => `${at}: ${percent(share)}`).join("; ");
    return make("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${t("report.chart")}. ${told}` },
      ...grid, ...(goals.length ? line(goals, "goal") : []), ...line(made, "made"), ...values);
  };

  // ---- tables ----------------------------------------------------------------------------------------------

  const cell = (column, one) => {
    if (SHARES.has(column)) return percent(one[column]);
    if (column === "region") return regionName(one.region);
    if (column === "district_id") return nameOf(one.names);
    if (column === "year") return schoolYear(one.year);
    return column.endsWith("_mkzt") ? (one[column] === undefined ? t("report.none") : money(one[column])) : number(one[column]);
  };
  const linkTo = (code, text) => regions.get(code)?.linked
    ? make("a", { href: mapOf(code), title: t("report.open", { name: text }) }, text)
    : text;
  const line = (columns, one) => make("tr", {}, ...columns.map((column, at) =>
    make(at ? "td" : "th", { scope: at ? null : "row", class: TEXTS.has(column) ? "text" : null },
      column === "region" ? linkTo(one.region, cell(column, one)) : cell(column, one))));
  const table = (label, columns, rows, foot, heads) =>
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
      make("table", { class: columns.length > 6 ? "wide" : null },
        make("thead", {}, make("tr", {}, ...(heads ?? columns.map((one) => make("th", { scope: "col", class: TEXTS.has(one) ? "text" : null }, t(`column.${one}`)))))),
        make("tbody", {}, ...rows.map((one) => line(columns, one))),
        foot ? make("tfoot", {}, line(columns, foot)) : null));

  const sorted = (rows) => {
    const { column, way } = sorting;
    const known = (one) => (TEXTS.has(column) ? cell(column, one) : one[column]);
    const compare = (a, b) => {
      const [left, right] = [known(a), known(b)];
      if (left === undefined || right === undefined) return (left === undefined) - (right === undefined); // unknown: last
      const order = typeof left === "string" ? left.localeCompare(right, lang) : left - right;
      return way * order || a.region.localeCompare(b.region);
    };
    return [...rows].sort(compare);
  };
  const resort = (column) => {
    sorting.way = sorting.column === column ? -sorting.way : TEXTS.has(column) ? -FALLING : FALLING;
    sorting.column = column;
    draw("regions");
    document.querySelector(`#regions button[data-column="${column}"]`).focus();
  };
  const regionTable = () => {
    const columns = data.columns.regions, rows = data.regions.filter((one) => one.region !== WHOLE);
    const heads = columns.map((column) =>
      make("th", { scope: "col", "aria-sort": sorting.column !== column ? "none" : sorting.way === FALLING ? "descending" : "ascending" },
        make("button", { type: "button", "data-column": column, onclick: () => resort(column) }, t(`column.${column}`))));
    return section("regions", t("report.regions"), note(t("report.sort")),
      table(t("report.regions"), columns, sorted(rows), regions.get(WHOLE), heads),
      note(t("report.season", { season: t(`report.season_${data.season}`) })));
  };
  const worst = () => {
    const columns = ["region", "state_day_schools", "bad", "indicator_share", "share_after"];
    const named = data.worst.map((one) => regions.get(one.region));
    const empty = () => note(t("report.worst_none"));
    return make("div", {},
      section("worst_districts", t("report.worst_districts"), note(t("report.worst_least", { count: number(data.least) })),
        data.districts.length ? table(t("report.worst_districts"), data.columns.districts, data.districts) : empty()),
      section("worst_regions", t("report.worst_regions"), named.length ? table(t("report.worst_regions"), columns, named) : empty()));
  };
  const programme = () => {
    const columns = data.columns.years, total = { year: undefined };
    const summed = columns.filter((one) => !["year", "left_mkzt", "owed_left"].includes(one));
    for (const one of summed) total[one] = data.years.reduce((sum, row) => sum + (row[one] ?? 0), 0);
    const kept = columns.filter((one) => one === "year" || data.years.some((row) => row[one]));
    const shown = table(t("report.programme"), kept, data.years, null);
    const foot = make("tfoot", {}, make("tr", {}, ...kept.map((one, at) => make(at ? "td" : "th", { scope: at ? null : "row" },
      at ? (summed.includes(one) ? cell(one, total) : "") : t("report.total")))));
    shown.firstChild.append(foot);
    return section("years", t("report.programme"), shown);
  };

  // ---- sources ---------------------------------------------------------------------------------------------

  const sources = () => {
    const cited = data.targets.cited[lang];
    const rests = ["target", "monitoring", "day"].filter((one) => cited[one])
      .map((one) => make("li", {}, `${t(`report.rests_${one}`)}: ${cited[one]}.`));
    return section("sources", t("report.sources"),
      make("p", {}, t("ui.norms_day", { day: date(data.day) })),
      make("ul", {}, ...rests, ...data.caveats.map((one) => make("li", {}, t(`caveat.${one}`)))),
      make("p", {}, t("report.form")),
      make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("column.file") }, make("table", {},
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, t("column.file")), make("th", { scope: "col", class: "text" }, t("column.sha256")))),
        make("tbody", {}, ...data.inputs.map((one) =>
          make("tr", {}, make("th", { scope: "row" }, one.name), make("td", { class: "text" }, make("code", {}, one.sha256))))))),
      make("footer", { class: "stamp" }, data.stamp[lang]),
      data.osm ? make("footer", {}, t("ui.osm")) : null);
  };

  // ---- the page --------------------------------------------------------------------------------------------

  const PARTS = { map, chart, regions: regionTable };
  const draw = (name) => document.getElementById(name).replaceWith(PARTS[name]());
  const show = (code) => {
    territory = code;
    draw("chart");
    for (const one of document.querySelectorAll("#map [data-region]")) one.classList.toggle("chosen", one.dataset.region === code);
  };
  const speak = (one) => {
    lang = one;
    try {
      history.replaceState(null, "", `#lang=${lang}`);
    } catch { /* a page opened inside another may not change its address */ }
    page();
    document.querySelector(`nav [lang="${one}"]`).focus();
  };
  const page = () => {
    document.documentElement.lang = lang;
    document.title = data.titles[lang].page;
    const told = data.titles[lang].note ? [make("p", { class: "banner" }, data.titles[lang].note)] : [];
    const texts = data.caveats.map((one) => t(`caveat.${one}`));
    // one line until it is opened: the figures are to be seen at once; all stand in the sources below, on paper too
    const banners = texts.length ? [make("details", { class: "banner", role: "note" },
      make("summary", {}, `${t("ui.warning")}: `, make("span", {}, texts[0])), make("ul", {}, ...texts.map((one) => make("li", {}, one))))] : [];
    banners.unshift(...data.titles[lang].held.map((one) => make("p", { class: "banner" }, one)));
    if (data.missing.length) {
      banners.unshift(make("p", { class: "banner" }, t("report.missing", { regions: data.missing.join(", ") })));
    }
    document.getElementById("report").replaceChildren(head(), make("div", { id: "body" }, ...told, ...banners, tiles(),
      data.map.drawn ? make("div", { class: "two" }, map(), chart()) : chart(), regionTable(), worst(), programme(), sources()));
  };
  NARROW.addEventListener("change", () => data.map.drawn && draw("map"));
  page();
  document.body.dataset.ready = "1";
})();
