// ---- what is shown: a district, a need, a year; the order of the lists; the address that brings it back ------------

const chosen = { district: "", verdict: "", tier: "", year: "", sort: "rank" };
const filtered = () => chosen.district || chosen.verdict || chosen.tier || chosen.year;
const inDistrict = (id) => !chosen.district || settlements.get(id)?.district_id === chosen.district;
const passes = {
  settlements: (one) => inDistrict(one.id) && (!chosen.verdict || one.verdict === chosen.verdict)
    && (!chosen.tier || (standing.get(one.id) ?? []).some(passes.sites))
    && (!chosen.year || (standing.get(one.id) ?? []).some(passes.sites)),
  schools: (one) => inDistrict(one.settlement_id),
  routes: (one) => (one.district ? !chosen.district || one.district === chosen.district : inDistrict(schools.get(one.school)?.settlement_id)),
  okrugs: (one) => inDistrict(one.s),
  places: (one) => inDistrict(one.s),
  sites: (one) => (!chosen.district || one.district_id === chosen.district) && (!chosen.tier || one.tier === chosen.tier)
    && (!chosen.year || String(one.year ?? "none") === chosen.year)
    && (!chosen.verdict || settlements.get(one.settlement_id)?.verdict === chosen.verdict),
};

const SORTS = {
  rank: (a, b) => a.rank - b.rank,
  name: (a, b) => siteName(a).localeCompare(siteName(b), lang),
  pupils: (a, b) => (b.pupils ?? 0) - (a.pupils ?? 0) || a.rank - b.rank,
  cost: (a, b) => (b.cost_mkzt ?? -1) - (a.cost_mkzt ?? -1) || a.rank - b.rank,
  district: (a, b) => districtName(a.district_id).localeCompare(districtName(b.district_id), lang) || a.rank - b.rank,
};
const districtName = (id) => (districts.has(id) ? nameOf(districts.get(id).names) : t("no_district"));

function chooser() {
  const pick = (key, rows) => {
    const change = (event) => {
      chosen[key] = event.target.value;
      redraw();
      document.getElementById(`choose-${key}`).focus();
    };
    return el("label", {}, el("span", {}, t(`ui.choose_${key}`)), el("select", { id: `choose-${key}`, onchange: change },
      rows.map(([value, text]) => el("option", { value, selected: chosen[key] === value }, text))));
  };
  const all = ["", t("ui.choose_all")];
  const named = [...districts.keys()].map((id) => [id, districtName(id)]).sort(([, a], [, b]) => a.localeCompare(b, lang));
  const verdicts = Object.keys(LOOK).filter((key) => [...settlements.values()].some((one) => one.verdict === key))
    .map((key) => [key, t(`verdict.${key}`)]);
  const homes = rowsOf("settlements"), here = [...sites.values()].filter(passes.sites);
  const tiers = [...new Set([...sites.values()].map((one) => one.tier))].map((tier) => [tier, t(`tier.${tier}`)]);
  const years = [...new Set([...sites.values()].map((one) => String(one.year ?? "none")))].sort()
    .map((year) => [year, year === "none" ? t("ui.choose_later") : `${year}/${String(Number(year) + 1).slice(2)}`]);
  return el("fieldset", { id: "choose" }, el("legend", {}, t("ui.choose")), pick("district", [all, ...named]),
    pick("verdict", [all, ...verdicts]),
    sites.size ? [pick("tier", [all, ...tiers]), pick("year", [all, ...years]),
      pick("sort", Object.keys(SORTS).map((key) => [key, t(`ui.sort_${key}`)]))] : null,
    filtered() ? el("p", { id: "shown", "aria-live": "polite" }, t("ui.shown", { homes: number(homes.length), sites: siteCount(here),
      children: number(homes.reduce((sum, one) => sum + (one.children ?? 0), 0)) })) : null,
    chosen.district ? el("p", {}, link("district", chosen.district, t("card.district_of", { name: districtName(chosen.district) }))) : null);
}

function redraw() {
  for (const kind of Object.keys(THEMES)) drawTheme(kind);
  drawSites();
  drawShared();
  showLayers();
  drawLabels();
  fillFound("");
  fit();
}

// the map shows the district that is chosen
function fit() {
  const points = chosen.district ? [...settlements.values()].filter((one) => inDistrict(one.id)).map((one) => one.at) : [];
  if (points.length) map.fitBounds(L.latLngBounds(points).pad(0.1), { animate: false, maxZoom: 12 });
}

// the address holds what is open and chosen: copied, it brings the same back
function remember(how = "replaceState") {
  const said = new URLSearchParams({ lang });
  if (opened) said.set(opened.kind, opened.of.id);
  for (const kind of Object.keys(THEMES)) if (theme[kind] !== Object.keys(THEMES[kind])[0]) said.set(kind, theme[kind]);
  for (const key of Object.keys(chosen)) if (chosen[key] && chosen[key] !== "rank") said.set(key === "district" ? "of" : key, chosen[key]);
  if (trial.schools !== planned()) said.set("build", trial.schools);
  if (trial.limit !== data.whatif.limit_m) said.set("km", trial.limit / 1000);
  for (const id of trial.off) said.append("off", id);
  const on = Object.keys(SHARED).filter((key) => !hidden.has(key)), off = [...hidden].filter((key) => !(key in SHARED));
  if (on.length) said.set("on", on.join());
  if (off.length) said.set("hide", off.join());
  try {
    if (location.hash !== `#${said}`) history[how](null, "", `#${said}`);
  } catch { /* a page opened inside another may not change its address */ }
}

function recall(hash) {
  if (LANGS.includes(hash.get("lang"))) lang = hash.get("lang");
  startTrial();
  recallTrial(hash);
  hidden.clear();
  for (const key of Object.keys(SHARED)) hidden.add(key); // shown when asked for: they would hide the villages
  for (const key of (hash.get("on") ?? "").split(",")) hidden.delete(key);
  for (const key of (hash.get("hide") ?? "").split(",").filter(Boolean)) hidden.add(key);
  for (const kind of Object.keys(THEMES)) theme[kind] = Object.hasOwn(THEMES[kind], hash.get(kind) ?? "") ? hash.get(kind) : Object.keys(THEMES[kind])[0];
  chosen.district = districts.has(hash.get("of")) ? hash.get("of") : "";
  chosen.verdict = Object.hasOwn(LOOK, hash.get("verdict") ?? "") ? hash.get("verdict") : "";
  const known = (key, told) => [...sites.values()].some((one) => told === String(one[key] ?? "none"));
  for (const key of ["tier", "year"]) chosen[key] = known(key, hash.get(key)) ? hash.get(key) : "";
  chosen.sort = Object.hasOwn(SORTS, hash.get("sort") ?? "") ? hash.get("sort") : "rank";
}

const NAMED = 30; // villages named in one part of a printed card
// ---- the card of a district, to be printed -------------------------------------------------------------------------

function districtCard(one) {
  const homes = [...settlements.values()].filter((home) => home.district_id === one.id);
  const inside = [...sites.values()].filter((site) => site.district_id === one.id).sort(SORTS.rank);
  const here = [...schools.values()].filter((school) => settlements.get(school.settlement_id)?.district_id === one.id);
  const sum = (rows, key) => {
    const lacking = rows.filter((row) => row[key] === undefined).length;
    const all = number(rows.reduce((total, row) => total + (row[key] ?? 0), 0));
    return lacking ? `${all} (${t("card.unknown_of", { count: number(lacking) })})` : all;
  };
  const owed = (verdict) => homes.filter((home) => home.network_deficit && home.verdict === verdict);
  const linked = (home, at) => el("span", {}, at ? ", " : "", link("s", home.id, nameOf(home.names)));
  const part = (title, rows) => (rows.length ? [el("h3", {}, `${title} (${number(rows.length)})`),
    el("p", {}, clipped(rows.map(linked), NAMED)), moreListed(rows, NAMED)] : null);
  return card(calling(one.names), el("p", { class: "sub" }, t("card.district")),
    list([
      [t("summary.settlements"), number(homes.length)],
      [t("column.children"), sum(homes, "children")],
      [t("summary.schools"), number(here.length)],
      [t("ui.tile_schools"), `${number(here.filter((school) => school.emergency).length)} / ${number(here.filter((school) => school.three_shift).length)}`],
      [t("ui.tile_bus"), sum(homes.filter((home) => home.is_rural), `pupils_entitled_${data.about.options.transport_rule}`)],
    ]),
    ["build", "upgrade"].map((verdict) => told(verdict, whyCounts(homes.filter((home) => home.verdict === verdict)))).filter(Boolean)
      .map((text) => el("p", { class: "clause" }, text)),
    part(t("summary.owed_build"), owed("build")), part(t("summary.owed_upgrade"), owed("upgrade")),
    part(t("verdict.bus"), homes.filter((home) => home.verdict === "bus")),
    part(t("verdict.board"), homes.filter((home) => home.verdict === "board")),
    inside.length ? [el("h3", {}, `${t("ui.list_sites")} (${siteCount(inside)})`), el("ol", {}, clipped(inside.map((site) =>
      el("li", { value: String(site.rank) }, link("site", site.id, siteName(site)), `: ${siteSentence(site)}`)), PRINTED)),
    moreListed(inside, PRINTED)] : null);
}
