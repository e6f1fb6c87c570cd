// ---- themes: what the symbols of settlements and schools say -----------------------------------------------------

const SHAPES = {
  triangle: [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  hexagon: [[-0.6, -1.1], [0.6, -1.1], [1.2, 0], [0.6, 1.1], [-0.6, 1.1], [-1.2, 0]],
  down: [[0, 1.3], [1.2, -0.9], [-1.2, -0.9]],
  square: SQUARE,
};
const look = (fill, shape, more = {}) => ({ fill, shape: SHAPES[shape], ...more });
const QUIET = look("#9db0b8"), UNKNOWN = look("#ffffff", undefined, { edge: "#555555", dash: "2 2" });
const BLANK = look("#ffffff", "square", { edge: "#555555" });
const atLeast = (count) => (data.about.thresholds.findLast(([, least]) => count >= least) ?? ["few"])[0];

// each theme: the classes in the order they lie over one another, and the class of one; the first class lies on top
const THEMES = {
  settlements: {
    verdict: { classes: LOOK, of: (one) => one.verdict, word: (key) => t(`verdict.${key}`) },
    owed: {
      classes: {
        secondary: look("#d55e00", "triangle"), basic: look("#e69f00", "diamond"),
        primary: look("#f0e442", "hexagon", { edge: "#000000" }), met: look("#009e73"), none: QUIET, other: UNKNOWN,
      },
      of: (one) => {
        if (!one.is_rural || one.guaranteed === undefined) return "other";
        if (one.network_deficit) return one.guaranteed;
        return one.guaranteed === "none" ? "none" : "met";
      },
    },
    missing: {
      classes: {
        "1-4": look("#d55e00", "triangle"), "5-9": look("#e69f00", "diamond"), "10-11": look("#56b4e9", "hexagon"),
        all: look("#009e73"), other: UNKNOWN,
      },
      of: (one) => {
        if (!one.is_rural || one.children === undefined) return "other";
        return (one.bands_not_taught ?? "").split(", ")[0] || "all";
      },
      word: (key) => (key.includes("-") ? t(`band.${key}`) : t(`theme_missing.${key}`)),
    },
    transport: {
      classes: {
        both: look("#d55e00", "triangle"), one: look("#0072b2", "diamond"), flood: look("#56b4e9", "hexagon"), no: QUIET,
      },
      of: (one) => {
        if (one.pupils_entitled_and) return "both";
        if (one.pupils_entitled_or) return "one";
        return one.pupils_entitled_flood ? "flood" : "no";
      },
    },
    barrier: {
      classes: { barrier: look("#0072b2", "triangle"), bridged: look("#009e73", "hexagon"), no: QUIET },
      of: (one) => {
        if ((one.ways ?? []).some((way) => way.barrier)) return "barrier";
        return (one.ways ?? []).some((way) => way.water_id) ? "bridged" : "no";
      },
    },
    children: {
      classes: {
        secondary: look("#08306b", "square"), basic: look("#2171b5", "diamond"), primary: look("#6baed6", "hexagon"),
        few: look("#c6dbef", undefined, { edge: "#2171b5" }), unknown: UNKNOWN,
      },
      of: (one) => (one.children === undefined ? "unknown" : atLeast(one.children)),
      word: (key) => {
        const at = data.about.thresholds.findIndex(([level]) => level === key);
        if (at < 0) return key === "few" ? t("theme_children.few", { least: number(data.about.thresholds[0][1]) }) : t("unknown");
        return t("theme_children.from", { least: number(data.about.thresholds[at][1]) });
      },
    },
    okrug: {
      classes: {
        hub: look("#117733", "hexagon", { edge: "#000000" }), satellite: look("#e69f00", "diamond"), attached: look("#56b4e9"),
        alone: look("#d55e00", "triangle"), own: look("#0072b2", "square"), no: QUIET,
      },
      of: (one) => one.okrug?.role ?? "no",
      word: (key) => (key === "no" ? t("theme_okrug.no") : t(`okrug_role.${key}`)),
    },
  },
  schools: {
    flagged: {
      classes: { flagged: { ...FLAGGED, always: true }, other: SCHOOL },
      of: (one) => (one.emergency || one.three_shift ? "flagged" : "other"),
      word: (key) => (key === "flagged" ? t("ui.school_flagged") : t("ui.schools_near")),
    },
    condition: {
      classes: {
        emergency: look("#d55e00", "triangle", { edge: "#000000", always: true }), repair: look("#e69f00", "diamond"),
        good: look("#009e73", "square"), unknown: BLANK,
      },
      of: (one) => one.condition ?? "unknown",
      word: (key) => (key === "unknown" ? t("unknown") : t(`condition.${key}`)),
    },
    shifts: {
      classes: {
        3: look("#d55e00", "triangle", { edge: "#000000", always: true }), 2: look("#e69f00", "diamond"),
        1: look("#009e73", "square"), unknown: BLANK,
      },
      of: (one) => one.shifts ?? "unknown",
      word: (key) => (key === "unknown" ? t("unknown") : t("theme_shifts.shifts", { count: key })),
    },
    seats: {
      classes: {
        short: look("#d55e00", "triangle", { edge: "#000000", always: true }), two: look("#e69f00", "diamond"),
        one: look("#009e73", "square"), unknown: BLANK,
      },
      of: (one) => {
        if (one.shortage_official === undefined) return "unknown";
        if (one.shortage_official) return "short";
        return one.shortage_comfort ? "two" : "one";
      },
    },
    level: {
      classes: {
        secondary: look("#08306b", "square"), basic: look("#2171b5", "diamond"), primary: look("#6baed6", "hexagon"), unknown: BLANK,
      },
      of: (one) => one.level ?? "unknown",
      word: (key) => (key === "unknown" ? t("unknown") : t(`level.${key}`)),
    },
    equipment: {
      classes: {
        none: look("#d55e00", "triangle"), part: look("#e69f00", "diamond"), all: look("#009e73", "square"), unknown: BLANK,
      },
      of: (one) => {
        const told = ["running_water", "toilets"].map((key) => one[key]);
        if (told.includes(undefined)) return "unknown";
        return told.every((value) => value === "yes") ? "all" : told.includes("yes") ? "part" : "none";
      },
    },
    modernised: {
      classes: { yes: look("#009e73", "square"), no: look("#d55e00", "triangle"), unknown: BLANK },
      of: (one) => one.modernised ?? "unknown",
      word: (key) => (key === "unknown" ? t("unknown") : t(`choice.${key}`)),
    },
    rooms: {
      classes: { some: look("#009e73", "square"), none: look("#d55e00", "triangle"), unknown: BLANK },
      of: (one) => (one.subject_rooms === undefined ? "unknown" : one.subject_rooms ? "some" : "none"),
    },
  },
};
const theme = { settlements: "verdict", schools: "flagged" };
const themeOf = (kind) => THEMES[kind][theme[kind]];
const layerOf = (kind, one) => `${kind}:${theme[kind]}:${themeOf(kind).of(one)}`;
const lookOf = (kind, one) => themeOf(kind).classes[themeOf(kind).of(one)];
const shown = (kind, one) => !hidden.has(layerOf(kind, one));
const classWord = (kind, key) => themeOf(kind).word?.(key) ?? t(`theme_${theme[kind]}.${key}`);

function drawTheme(kind) {
  for (const key of Object.keys(layers).filter((key) => key.startsWith(`${kind}:`))) {
    layers[key].remove();
    delete layers[key];
  }
  for (let at = marks.length - 1; at >= 0; at -= 1) if (marks[at].options.kind === kind) marks.splice(at, 1);
  const { classes, of } = themeOf(kind);
  for (const key of Object.keys(classes).reverse()) layers[`${kind}:${theme[kind]}:${key}`] = L.layerGroup();
  for (const one of (kind === "schools" ? schools : settlements).values()) {
    if (!one.at || !passes[kind](one)) continue;
    const paint = classes[of(one)], village = kind === "settlements";
    const size = village ? (paint === QUIET || paint === LOOK.keep ? 3 : 3.5 + Math.min(5, Math.sqrt(one.children ?? 0) / 3)) : paint.always ? 4 : 2.5;
    const made = mark(one.at, paint, size, () => open(village ? "s" : "school", one.id), () => (village ? nameOf(one.names) : schoolName(one.id)));
    made.options.kind = kind;
    made.addTo(layers[layerOf(kind, one)]);
  }
}
