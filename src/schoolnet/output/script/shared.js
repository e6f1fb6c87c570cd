// ---- what schools share: bus routes, education okrugs, network schools -------------------------------------------

const BAR = [[-1.4, -0.3], [1.4, -0.3], [1.4, 0.3], [-1.4, 0.3]];
const STAR = [...Array(10).keys()].map((at) => {
  const far = at % 2 ? 0.6 : 1.45, turn = (Math.PI / 5) * at;
  return [far * Math.sin(turn), -far * Math.cos(turn)];
});
const SHARED = {
  catchments: { fill: "#777777", shape: BAR },
  routes: { fill: "#0072b2", shape: BAR },
  okrugs: { fill: "#117733", edge: "#000000", shape: [[-1, -1.3], [1, -1.3], [1.4, 0], [1, 1.3], [-1, 1.3], [-1.4, 0]] },
  places: { fill: "#aa4499", edge: "#000000", shape: STAR },
  neighbours: { fill: "#ffffff", edge: "#2b2b2b", shape: SQUARE },
};

const minutesOf = (value) => t("min", { value: number(value) });
const spokes = (one) => (one.members ?? []).filter(({ role }) => role === "satellite")
  .map(({ s }) => settlements.get(s)?.at).filter((at) => at && one.at).map((at) => [one.at, at]);
const shownLines = (one) => (one.line ? [one.path ??= decoded(one.line)] : spokes(one));
const bands = (text) => text.replaceAll("-", "–");

// places of several profiles in one town stand in a row under it
const beside = (one) => {
  const keys = Object.keys(data.profiles), at = keys.indexOf(one.profile);
  return at < 0 ? [0, 1.6] : [1.5 * (at - (keys.length - 1) / 2), 1.6];
};

function drawShared() {
  if (!map.getPane("shared")) map.createPane("shared").style.zIndex = 420;
  for (let at = marks.length - 1; at >= 0; at -= 1) if (marks[at].options.shared) marks.splice(at, 1);
  for (const key of Object.keys(SHARED)) layers[key]?.remove();
  const renderer = L.canvas({ pane: "shared", padding: 0.5, tolerance: 4 });
  for (const key of Object.keys(SHARED)) layers[key] = L.layerGroup();
  const line = (places, style, kind, one, title) => L.polyline(places, { pane: "shared", renderer, ...style })
    .on("click", () => open(kind, one.id)).bindTooltip(() => el("span", {}, title(one)), { sticky: true }).addTo(layers[`${kind}s`]);
  const put = (...asked) => {
    const made = mark(...asked);
    made.options.shared = true;
    return made;
  };
  for (const [home, school] of catchments())
    L.polyline([home.at, school.at], { pane: "shared", renderer, color: SHARED.catchments.fill, weight: 1.2, interactive: false })
      .addTo(layers.catchments);
  for (const one of [...routes.values()].filter(passes.routes))
    line(shownLines(one)[0], { color: SHARED.routes.fill, weight: 3, dashArray: one.wave === 2 ? "7 5" : undefined }, "route", one, routeTitle);
  for (const one of [...okrugs.values()].filter(passes.okrugs)) {
    for (const spoke of spokes(one)) line(spoke, { color: SHARED.okrugs.fill, weight: 2 }, "okrug", one, okrugTitle);
    if (one.at) put(one.at, SHARED.okrugs, 6, () => open("okrug", one.id), () => okrugTitle(one)).addTo(layers.okrugs);
  }
  for (const one of beyond.values())
    put(one.at, SHARED.neighbours, 3.5, () => open("school", one.id), () => schoolName(one.id)).addTo(layers.neighbours);
  for (const one of [...places.values()].filter(passes.places).reverse())
    put(one.at, SHARED.places, one.opened ? 8 : 5, () => open("place", one.id), () => placeTitle(one), beside(one)).addTo(layers.places);
}

// whose pupils go where: each village and the nearest schools of the grades it does not teach
const catchments = () => [...settlements.values()].filter((one) => inDistrict(one.id)).flatMap((home) =>
  [...new Set((home.ways ?? []).map((way) => way.school_id))].map((id) => [home, schoolAt(id)])).filter(([, school]) => school?.at);

const sharedEntries = () => [["catchments", t("ui.catchments"), { size: catchments().length }], ["routes", t("ui.routes"), routes], ["okrugs", t("ui.okrugs"), okrugs],
  ["places", t("ui.places"), places], ["neighbours", large(t("layer.neighbours")), beyond]].filter(([, , rows]) => rows.size)
  .map(([key, text, rows]) => [key, SHARED[key], text, passes[key] ? [...rows.values()].filter(passes[key]).length : rows.size]);

// ---- their lists -------------------------------------------------------------------------------------------------

const homeName = (id) => (settlements.has(id) ? nameOf(settlements.get(id).names) : t("no_name"));
const routeTitle = (one) => t("card.route_to", { school: schoolName(one.school) });
const okrugTitle = (one) => t("card.okrug_of", { hub: homeName(one.s) });
const profileName = (key) => large(data.profiles[key] ? nameOf(data.profiles[key]) : key);
const placeTitle = (one) => `${profileName(one.profile)}: ${one.rank}. ${homeName(one.s)}`;

function sharedLists() {
  const rowOf = (kind, one, look, title, sub, what, more) =>
    el("li", {}, el("button", { type: "button", onclick: () => open(kind, one.id) }, symbol(look),
      el("span", { class: "name" }, title, el("small", {}, sub)), el("span", { class: "what" }, what, el("small", {}, more))));
  const part = (key, rows) => (rows.length
    ? folding({ id: `list-${key}`, class: "shared" }, `${t(`ui.${key}`)} (${number(rows.length)})`, el("ol", { class: "rows" }, rows)) : null);
  return [
    part("routes", [...routes.values()].filter(passes.routes).map((one) => rowOf("route", one, SHARED.routes, routeTitle(one),
      one.calls.map(({ s }) => homeName(s)).join(" – "), t("ui.pupils", { count: number(one.pupils) }),
      `${one.pickup}–${one.arrives}`))),
    part("okrugs", [...okrugs.values()].filter(passes.okrugs).map((one) => rowOf("okrug", one, SHARED.okrugs, homeName(one.s),
      (one.members ?? []).filter(({ role }) => role === "satellite").map(({ s }) => homeName(s)).join(", "),
      t("ui.satellites", { count: number(one.satellites) }), minutesOf(one.worst_min)))),
    part("places", [...places.values()].filter(passes.places).map((one) => rowOf("place", one, SHARED.places, placeTitle(one),
      one.school ? schoolName(one.school) : t("card.new_school"), t("ui.pupils", { count: number(one.pupils_60) }),
      t("card.within", { minutes: 60 })))),
  ];
}

// ---- their cards -------------------------------------------------------------------------------------------------

const where = (id) => (settlements.has(id) ? link("s", id, homeName(id)) : homeName(id));
const building = (id) => (schoolAt(id) ? link("school", id, schoolName(id)) : t("unknown"));

function routeCard(one) {
  return card(routeTitle(one),
    el("p", { class: "sub" }, t("card.route"), " · ", building(one.school)),
    list([
      [t("column.wave"), number(one.wave)],
      [t("column.pupils"), number(one.pupils)],
      [t("card.bus"), t("card.bus_seats", { seats: number(one.seats) })],
      [t("card.leaves"), one.leaves],
      [t("card.arrives"), one.arrives],
      [t("card.ride_longest"), minutesOf(one.ride_min)],
      [t("card.loop"), km(one.loop_m)],
      [t("card.km_day"), t("km", { value: number(one.km_day, 1) })],
      [t("card.cost_year"), cost(one.cost_mkzt, one.cost_basis)],
    ]),
    one.over ? el("p", { class: "clause" }, t("card.over_advised", { limit: number(data.about.options.ride_advised_min) })) : null,
    el("h3", {}, t("card.calls")),
    el("ol", {}, one.calls.map(({ s, pupils, time, ride }) =>
      el("li", {}, `${time} `, where(s), ` – ${t("ui.pupils", { count: number(pupils) })}, ${minutesOf(ride)}`))),
    el("p", { class: "clause" }, t("card.home_again")));
}

function okrugCard(one) {
  const satellites = one.members.filter(({ role }) => role === "satellite"), rode = one.members.filter(({ role }) => role === "attached");
  const told = (value) => (value === undefined ? t("unknown") : number(value));
  return card(okrugTitle(one),
    el("p", { class: "sub" }, t("card.hub"), " · ", building(one.school)),
    list([
      [t("column.satellites"), number(one.satellites)],
      [t("card.okrug_pupils"), told(one.pupils)],
      [t("card.mean_min"), minutesOf(one.mean_min)],
      [t("card.worst_min"), minutesOf(one.worst_min)],
      one.attached_far ? [t("column.attached_far"), number(one.attached_far)] : null,
      [t("column.free_seats"), told(one.free_seats)],
      [t("column.visitors"), told(one.visitors)],
      [t("column.subject_rooms"), told(one.subject_rooms)],
      [t("column.teachers"), told(one.teachers)],
      one.adds ? [t("card.okrug_adds"), bands(one.adds)] : null,
      one.pooled_level ? [t("card.pooled_level"), t(`level.${one.pooled_level}`)] : null,
    ].filter(Boolean)),
    el("h3", {}, t("card.satellites")),
    el("ul", {}, satellites.map(({ s, school, minutes, adds, below }) => el("li", {}, where(s), " – ", building(school),
      `: ${minutesOf(minutes)}`, adds ? `; ${t("card.adds", { bands: bands(adds) })}` : "", below ? el("small", {}, t("card.okrug_below")) : ""))),
    rode.length ? [el("h3", {}, t("card.attached")), el("ul", {}, rode.map(({ s, school, minutes, school_min: near }) => el("li", {}, where(s), " – ",
      building(school), near === undefined ? "" : `: ${minutesOf(near)}`, minutes === undefined ? "" : `; ${t("card.to_hub", { minutes: number(minutes) })}`)))] : null,
    el("p", { class: "clause" }, t("card.okrug_note")));
}

function placeCard(one) {
  const parts = ["near", "own", "far", "rural", "fit", "partner", "apart"];
  return card(`${profileName(one.profile)}: ${homeName(one.s)}`,
    el("p", { class: "sub" }, t("card.network"), " · ", where(one.s), one.school ? [" · ", building(one.school)] : ` · ${t("card.new_school")}`),
    el("div", { class: "verdict place" }, symbol(SHARED.places), t(one.opened ? "card.place_first" : "card.place_next")),
    list([
      [t("card.rank"), one.rank_best === one.rank_worst ? number(one.rank)
        : t("card.rank_weights", { rank: number(one.rank), best: number(one.rank_best), worst: number(one.rank_worst) })],
      [t("card.first_share"), number(one.first_share, 0, "percent")],
      [t("column.pupils_60"), number(one.pupils_60)],
      [t("column.pupils_90"), number(one.pupils_90)],
      [t("column.pupils_beyond"), number(one.pupils_beyond)],
      [t("column.boarding_seats"), number(one.boarding_seats)],
      [t("column.rural_share"), number(one.rural_share, 0, "percent")],
      [t("card.place_score"), number(one.score, 2)],
    ]),
    el("h3", {}, t("card.score_parts")),
    list(parts.map((key) => [t(`column.part_${key}`), `${number(one[key], 2)} × ${number(data.about.options.profile_weights[key] ?? 0, 2)}`])),
    one.approx ? el("p", { class: "clause" }, t("card.place_approx")) : null);
}

function sharedBlocks(one) {
  // both shifts of a band that no bus brings are one line
  const rides = (one.rides ?? []).filter((ride, at, all) => ride.mode === "bus"
    || all.findIndex(({ band, mode, why }) => band === ride.band && mode === ride.mode && why === ride.why) === at);
  const carried = rides.map((ride) => el("li", {}, `${t(`band.${ride.band}`)}: `,
    ride.mode === "bus"
      ? [link("route", ride.route, t("card.ride", { time: ride.pickup, minutes: number(ride.ride) })), ` – ${t("ui.pupils", { count: number(ride.pupils) })}`]
      : `${t(`mode.${ride.mode}`)} – ${t(`not_carried.${ride.why}`)}`));
  const { role, id, why } = one.okrug ?? {};
  return [
    carried.length ? [el("h3", {}, t("card.rides")), el("ul", {}, carried)] : null,
    role ? [el("h3", {}, t("card.okrug")), el("p", {}, t(`okrug_role.${role}`), okrugs.has(id) ? [": ", link("okrug", id, homeName(okrugs.get(id).s))] : "",
      why ? ` – ${t(`alone.${why}`, { limit: number(data.about.options.okrug_min) })}` : "")] : null,
  ];
}
