// ---- texts of other people in another language than the page's: said so, to the eye and to a screen reader ------

const LETTER = /[әғқңөұүһі]/i; // of Kazakh alone
const spokenIn = (names) => [lang, ...LANGS].find((key) => names[key]) ?? (LETTER.test(nameOf(names)) ? "kk" : lang);
const saidIn = (text, code) => (code === lang ? text
  : [el("span", { lang: code }, text), `ui.in_${code}` in data.words[lang] ? [" ", el("small", { class: "tongue" }, t(`ui.in_${code}`))] : ""]);
const calling = (names) => saidIn(nameOf(names), spokenIn(names));
const quoted = (text) => saidIn(text, LETTER.test(text) ? "kk" : /[а-яё]/i.test(text) ? "ru" : lang);

// ---- the cards ---------------------------------------------------------------------------------------------

const card = (title, ...parts) => el("article", { class: "card" },
  el("button", { type: "button", class: "back", onclick: close }, `← ${t("ui.back")}`),
  el("button", { type: "button", class: "back print", onclick: () => window.print() }, t("ui.print")),
  el("h2", { tabindex: "-1" }, title), parts,
  el("p", { class: "printed" }, data.about.caveats.map((key) => t(`caveat.${key}`)).join(" ")));

// what a reason or note rests on, in the norms of this plan; the same as norms_text.note in Python
const basis = (key) => data.clauses[key]?.[lang] ?? "";
const note = (key, facts) => sentence(key, facts) + (basis(key) ? ` ${t("card.clause")}: ${basis(key)}.` : "");

// a target whose period has ended says so, as in the report
const ended = (key) => (data.ended[key] ? `. ${t("report.chart_over", { until: data.ended[key] })}` : "");
const AIMS = { emergency: "build_emergency", three_shift: "build_relief", seats: "build_relief" }; // of the tiers of sites

function settlementCard(one) {
  const { facts } = one, clause = basis(one.reason);
  const head = t(data.targets.includes(one.reason) ? "card.target" : "card.clause");
  const stand = standing.get(one.id) ?? [], next = nextBest(one.next);
  const kind = t(`verdict.${one.verdict}`), todo = one.level ? t("named", { kind, name: t(`level.${one.level}`) }) : kind;
  const district = districts.get(one.district_id);
  const about = [t(`place.${one.place}`), one.is_rural ? t("card.rural") : "",
    district ? link("district", district.id, nameOf(district.names)) : "", one.kato].filter(Boolean);
  const here = (taught.get(one.id) ?? []).map((school) => el("li", {}, link("school", school.id, nameOf(school.names)),
    ` – ${word("level", school.level)}`));
  const share = one.children === undefined ? "" : ` (${t(`basis.${one.children_basis}`)})`;
  return card(calling(one.names),
    el("p", { class: "sub" }, about.flatMap((text, at) => (at ? [" · ", text] : [text]))),
    el("div", { class: `verdict ${one.verdict}` }, theme.settlements === "verdict" ? symbol(LOOK[one.verdict]) : null, todo),
    theme.settlements === "verdict" ? null : onMap("settlements", one),
    el("p", { class: "reason" }, sentence(one.reason, facts)),
    clause ? el("p", { class: "clause" }, el("b", {}, `${head}: `), clause, ended(one.reason)) : null,
    next.length ? el("ul", { class: "next" }, next.map((text) => el("li", {}, text))) : null,
    one.notes ? el("ul", { class: "notes" }, one.notes.map((key) => el("li", {}, note(key, facts)))) : null,
    list([
      one.rank ? [t("card.rank"), place(one)] : null,
      [t("column.population"), number(one.population)],
      [t("column.children"), number(one.children) + share],
      ...ahead(one),
      one.is_rural ? [t("column.guaranteed"), word("level", one.guaranteed)] : null,
      [t("column.existing"), word("level", one.existing)],
      one.pupils_entitled_or ? entitled(number(one.pupils_entitled_or), number(one.pupils_entitled_and)) : null,
    ].filter(Boolean)),
    el("h3", {}, t("card.here")),
    here.length ? el("ul", {}, here) : el("p", {}, t("card.no_school")),
    stand.length ? el("h3", {}, t("card.sites")) : null,
    stand.length ? el("ul", {}, stand.map((site) =>
      el("li", {}, link("site", site.id, action(site.action)), ` – ${siteSentence(site)}`))) : null,
    flipsBlock(one),
    sharedBlocks(one),
    el("div", { class: "ways" }, (one.ways ?? []).map(wayBlock)));
}

// the symbol that stands on the map, and what it says there
const onMap = (kind, one) => el("p", { class: "onmap" }, symbol(lookOf(kind, one)),
  t("ui.on_map", { text: `${large(t(`theme.${theme[kind]}`))} – ${classWord(kind, themeOf(kind).of(one))}` }));

// what would change the verdict, in the sentences of output.explain
function flipsBlock(one) {
  if (!one.flips) return null;
  const rows = one.flips.map(([change, facts, verdict, level, pupils]) => {
    const kind = t(`verdict.${verdict}`), todo = level ? t("named", { kind, name: t(`level.${level}`) }) : kind;
    return sentence(change, { ...facts, after: t("flip_after", { verdict: todo, pupils: number(pupils) }) });
  });
  return [el("h3", {}, t("explain.flips")), el("ul", { class: "flips" }, (rows.length ? rows : [t("flip_none")]).map((text) => el("li", {}, text)))];
}

// children by band today and at the horizon, and how many more or fewer would change the guaranteed level
function ahead(one) {
  const shares = [["1-4", one.children_1_4], ["5-9", one.children_5_9], ["10-11", one.children_10_11]].filter(([, many]) => many !== undefined);
  const range = one.children_then_low === one.children_then_high ? "" : ` (${number(one.children_then_low)}–${number(one.children_then_high)})`;
  const flips = [one.fewer ? t("card.fewer", { count: number(one.fewer) }) : "", one.more ? t("card.more", { count: number(one.more) }) : ""].filter(Boolean);
  return [
    shares.length ? [t("card.by_band"), shares.map(([band, many]) => `${band.replace("-", "–")}: ${number(many)}`).join("; ")] : null,
    one.children_then === undefined ? null : [t("card.then", { year: `${one.year}/${String(one.year + 1).slice(2)}` }), `≈ ${number(one.children_then)}${range}`],
    one.is_rural && one.guaranteed_then ? [t("card.guaranteed_then"), word("level", one.guaranteed_then)] : null,
    one.is_rural && flips.length ? [t("card.flips"), flips.join("; ")] : null,
  ];
}

const entitled = (or, and, flood) =>
  [t("card.entitled"), [["or", or], ["and", and], ["flood", flood]].filter(([, told]) => told !== undefined)
    .map(([key, told]) => el("div", {}, `${told} – ${t(`card.entitled_${key}`)}`))];

const minutes = (value) => (value === undefined ? t("unknown") : t("min", { value: number(value) }));
const byBus = (way) => {
  if (way.bus_m === undefined) return t("card.no_bus");
  // counted and rounded as in the sentence on a ride that is too long
  const ride = `${km(way.bus_m)}, ${t("card.with_stop", { time: minutes(way.long_min ?? Math.ceil(way.bus_min + data.about.options.stop_min)) })}`;
  return way.bus_school_id === way.school_id ? ride : [ride, " – ", link("school", way.bus_school_id, schoolName(way.bus_school_id))];
};

// nobody walks farther to school
const WALKED_M = 5000;
const onFoot = (way) => (way.road_m > WALKED_M ? "" : ` – ${t("card.on_foot").toLowerCase()} ${minutes(way.walk_min)}`);

function wayBlock(way) {
  const around = way.approx ? "≈ " : "", asked = way.pupils || way.entitled_or;
  const answer = (holds) => t(`choice.${holds ? "yes" : "no"}`);
  return el("section", {}, el("h3", {}, t(`band.${way.band}`)),
    list([
      [t("card.nearest"), way.school_id ? link("school", way.school_id, schoolName(way.school_id)) : t("card.no_road")],
      [t("card.by_road"), `${around}${km(way.road_m)}${onFoot(way)}`],
      [t("card.straight"), km(way.straight_m)],
      [t("card.by_bus"), byBus(way)],
      way.water_id ? [t("card.water"), waterName(way.water_id)] : null,
      way.water_id ? [t("card.crossing"), word("crossing", way.crossing)] : null,
      way.bridge ? [t("card.bridge"), overBridge(way.bridge)] : null,
      asked ? [t("card.pupils"), number(way.pupils)] : null,
      asked ? entitled(answer(way.entitled_or), answer(way.entitled_and), answer(way.entitled_flood)) : null,
    ].filter(Boolean)));
}

const place = ({ rank, rank_best, rank_worst }) =>
  rank_best === rank_worst ? number(rank)
    : t("card.rank_range", { rank: number(rank), best: number(rank_best), worst: number(rank_worst) });

const inside = (place) => {
  const district = districts.get(place?.district_id);
  return district ? [" · ", link("district", district.id, nameOf(district.names))] : "";
};

function siteCard(one) {
  const home = settlements.get(one.settlement_id), school = schools.get(one.school_id);
  const counts = ["from_emergency", "from_third_shift", "from_shortage", "moved"].filter((key) => one[key])
    .map((key) => [t(`card.${key}`), number(one[key])]);
  const target = AIMS[one.tier];
  const also = (one.also ?? "").split(", ").filter(Boolean).map((tier) => t(`tier.${tier}`)).join(", ");
  return card(siteName(one),
    el("p", { class: "sub" }, t("card.site"), one.where === "cell" || one.where === "plot" ? ` · ${t(`card.at_${one.where}`)}` : "",
      home ? [" · ", link("s", home.id, nameOf(home.names))] : "", inside(home),
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
    one.year ? el("p", {}, t("card.opens", { year: `${one.year}/${String(one.year + 1).slice(2)}` })) : el("p", {}, t("card.opens_later")),
    target && basis(target) ? el("p", { class: "clause" }, el("b", {}, `${t("card.target")}: `), basis(target), ended(target)) : null,
    trialSwitch(one),
    one.cost_mkzt ? el("p", { class: "clause" }, t("card.price_note")) : null);
}

function schoolCard(one) {
  const place = settlements.get(one.settlement_id);
  const found = ["emergency", "three_shift", "at_risk", "protected", "shortage_official"].filter((key) => one[key]);
  const said = { shortage_official: number(one.shortage_official), protected: one.protected && quoted(one.protected) };
  const groups = { level: "level", seat_basis: "seat_basis", condition: "condition", ownership: "ownership", kind: "kind",
    language: "teaching" };
  const always = one.region ? ["level"] : ["level", "seats", "enrolment", "shifts"];
  const yes = ["support", "modernised", "running_water", "toilets"];
  for (const key of yes) groups[key] = "choice";
  const rows = ["level", "seats", "seat_basis", "enrolment", "shifts", "condition", "ownership", "kind", "language", ...yes, "subject_rooms"]
    .filter((key) => key in one || always.includes(key))
    .map((key) => [t(`column.${key}`), groups[key] ? word(groups[key], one[key]) : number(one[key])]);
  return card(calling(one.names),
    el("p", { class: "sub" }, t("card.school"), place ? [" · ", link("s", place.id, nameOf(place.names))] : "", inside(place),
      one.region ? ` · ${regionOf(one)}` : ""),
    one.at ? onMap("schools", one) : el("p", {}, t("card.no_place")),
    list(rows),
    one.region ? el("p", {}, t("card.beyond")) : el("h3", {}, t("card.findings")),
    one.region ? null : found.length
      ? el("ul", { class: "notes" }, found.map((key) => el("li", {}, t(`finding.${key}`), said[key] ? [": ", said[key]] : "")))
      : el("p", {}, t("card.no_findings")));
}
