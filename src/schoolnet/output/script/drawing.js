// ---- the map -----------------------------------------------------------------------------------------------

// Leaflet's canvas draws circles only; the shape is put where it would draw one (Leaflet is pinned to 1.9.3)
const Mark = L.CircleMarker.extend({
  _project() {
    const [right, down] = this.options.aside; // a site does not hide its village or school
    this._point = this._map.latLngToLayerPoint(this._latlng).add([right * this._radius, down * this._radius]);
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
const mark = (at, look, radius, open, title, aside = [0, 0]) => {
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
  for (const kind of Object.keys(THEMES)) drawTheme(kind);
  drawSites();
}

function drawSites() {
  for (let at = marks.length - 1; at >= 0; at -= 1) if (marks[at].options.site) marks.splice(at, 1);
  for (const action of Object.keys(SITES).reverse()) {
    layers[`site_${action}`]?.remove();
    layers[`site_${action}`] = L.layerGroup();
  }
  for (const one of [...sites.values()].filter(passes.sites).reverse()) {
    const aside = one.where === "settlement" || one.where === "school" ? [2, -2] : [0, 0]; // a cell or a plot is its own place
    const made = mark(one.at, SITES[one.action], 4.5, () => open("site", one.id), () => siteTitle(one), aside);
    made.options.site = one.id;
    made.addTo(layers[`site_${one.action}`]);
  }
  paintSites();
}

function showLayers() {
  const room = Math.min(1, Math.max(0.65, map.getSize().x / 900));
  const growth = room * (1 + 0.2 * Math.max(0, map.getZoom() - map.getMinZoom() - 1));
  for (const one of marks) {
    one.setRadius(one.options.size * growth);
    if (one._map) one._project();
  }
  const from = (key) => {
    const [kind, , one] = key.split(":");
    if (kind === "schools") return theme.schools !== "flagged" || themeOf("schools").classes[one].always ? 0 : SCHOOLS_FROM_ZOOM;
    return key.startsWith("site_") ? SITES_FROM_ZOOM : 0;
  };
  for (const [key, layer] of Object.entries(layers)) {
    if (!hidden.has(key) && map.getZoom() >= from(key)) layer.addTo(map);
    else layer.remove();
  }
  fillLegend();
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
  const seen = [...settlements.values()].filter((one) => view.contains(one.at) && shown("settlements", one) && passes.settlements(one));
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
  for (const line of shownLines(one)) L.polyline(line, { color: "#000000", weight: 4, interactive: false }).addTo(lively.selection);
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
    const school = schoolAt(id);
    if (!school?.at) continue;
    const path = one.paths?.[id]; // without a road the straight line stands in, broken
    L.polyline(path ? decoded(path) : [one.at, school.at],
      { color: "#000000", weight: path ? 3 : 2, dashArray: path ? undefined : "6 5", interactive: false }).addTo(lively.selection);
    ring(school.at, 8);
  }
}

function goTo() {
  const points = [opened.of.at, ...(opened.of.ways ?? []).map((way) => schoolAt(way.school_id)?.at),
    ...shownLines(opened.of).flat()].filter(Boolean);
  const still = { maxZoom: Math.max(map.getZoom(), 11), animate: false };
  if (points.length) map.fitBounds(L.latLngBounds(points).pad(0.3), still);
}
