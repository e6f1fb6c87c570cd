// ---- what if: sites on and off, another number of schools, another limit; the same rules as planning.whatif --------

const trial = { off: new Set(), schools: 0, limit: 0 };
const planned = () => Math.min(trial.most, data.about.options.schools);
const inOrder = () => [...sites.values()].sort((a, b) => a.rank - b.rank);

function openedSites(schools, off) {
  const out = new Set();
  let built = 0;
  for (const one of inOrder()) {
    if (off.has(one.id)) continue;
    if (!one.seats) {
      if (one.tier === "guarantee" || built <= schools) out.add(one.id);
      continue;
    }
    built += 1;
    if (built <= schools) out.add(one.id);
  }
  return out;
}

function countsOf(opens, limit) {
  const { rows, owed, rule } = data.whatif;
  const kept = new Set([...sites.values()].filter((one) => opens.has(one.id) && one.tier === "guarantee").map((one) => one.settlement_id));
  let served = 0, bused = 0;
  for (const one of sites.values()) if (opens.has(one.id)) served += one.pupils ?? 0;
  for (const [pupils, metres, barrier, held, own] of rows) {
    const far = metres === null || metres > limit, due = rule === "or" ? far || barrier : far && barrier;
    if (due && held && !own.some((id) => opens.has(id))) bused += pupils;
  }
  return { served, owed: owed.filter((id) => !kept.has(id)).length, bused };
}

function startTrial() {
  const built = [...sites.values()].filter((one) => one.seats).length;
  trial.most = built;
  trial.off.clear();
  trial.schools = planned();
  trial.limit = data.whatif.limit_m;
}

const tried = () => trial.off.size || trial.schools !== planned() || trial.limit !== data.whatif.limit_m;

// a trial in an address: numbers out of their bounds, and sites that are not there, are left out
function recallTrial(hash) {
  const asked = (key, most) => {
    const value = Number(hash.get(key) || NaN);
    return value >= 0 && value <= most ? value : null;
  };
  trial.schools = Math.floor(asked("build", trial.most) ?? trial.schools);
  trial.limit = 1000 * (asked("km", 100) ?? trial.limit / 1000);
  for (const id of hash.getAll("off")) if (sites.has(id)) trial.off.add(id);
}

const opensNow = () => openedSites(trial.schools, trial.off);

function whatIf() {
  if (!sites.size) return null;
  const again = () => {
    paintSites();
    fillTrial();
    remember();
  };
  const typed = (key, scale, most) => (event) => {
    const text = event.target.value.trim().replace(",", "."), value = Number(text);
    const fits = text !== "" && Number.isFinite(value) && value >= 0 && value <= most;
    event.target.setAttribute("aria-invalid", String(!fits));
    if (!fits) return;
    trial[key] = key === "schools" ? Math.floor(value) : value * scale;
    for (const box of document.querySelectorAll(`#whatif [data-key="${key}"]`)) if (box !== event.target) box.value = event.target.value;
    again();
  };
  const box = (type, key, scale, most, step) => el("input", { type, "data-key": key, min: "0", max: String(most), step, id: `${key}-${type}`,
    value: String(trial[key] / scale), "aria-label": t(`ui.whatif_${key}`), oninput: typed(key, scale, most) });
  const reset = () => {
    startTrial();
    paintSites();
    folds.set("whatif", true);
    fillFound("");
  };
  return folding({ id: "whatif", open: Boolean(tried()) }, t("ui.whatif"),
    el("p", {}, t("ui.whatif_schools"), box("range", "schools", 1, trial.most, "1"), box("number", "schools", 1, trial.most, "1")),
    el("p", {}, t("ui.whatif_limit"), box("number", "limit", 1000, 100, "0.5")),
    el("table", { id: "trial", "aria-live": "polite" }), el("p", { class: "clause" }, t("ui.whatif_note")),
    el("button", { type: "button", onclick: reset }, t("ui.whatif_reset")));
}

function fillTrial() {
  const table = document.getElementById("trial");
  if (!table) return;
  const now = countsOf(opensNow(), trial.limit), none = countsOf(new Set(), data.whatif.limit_m);
  const asPlanned = countsOf(openedSites(planned(), new Set()), data.whatif.limit_m);
  const head = el("tr", {}, ["", "ui.whatif_today", "ui.whatif_plan", "ui.whatif_now"].map((key) => el("th", { scope: "col" }, key ? t(key) : "")));
  table.replaceChildren(head, ...["served", "owed", "bused"].map((key) => el("tr", {}, el("th", { scope: "row" }, t(`ui.whatif_${key}`)),
    [none, asPlanned, now].map((of) => el("td", { "data-count": key }, number(of[key]))))));
}

// a site that does not open is drawn pale
function paintSites() {
  const opens = opensNow();
  for (const one of marks)
    if (one.options.site) one.setStyle({ fillOpacity: opens.has(one.options.site) ? 1 : 0.15, opacity: opens.has(one.options.site) ? 1 : 0.5 });
}

function trialSwitch(one) {
  const flip = (event) => {
    if (event.target.checked) trial.off.delete(one.id);
    else trial.off.add(one.id);
    paintSites();
    fillTrial();
    remember();
  };
  return el("div", { class: "switch" }, el("label", {},
    el("input", { type: "checkbox", checked: !trial.off.has(one.id), onchange: flip }), t("ui.whatif_site")), el("table", { id: "trial", "aria-live": "polite" }));
}
