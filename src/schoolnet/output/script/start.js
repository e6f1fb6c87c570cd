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

// what can be opened by a click, a link or the address: its rows and its card
const KINDS = {
  s: [settlements, settlementCard], school: [{ get: schoolAt }, schoolCard], site: [sites, siteCard],
  district: [districts, districtCard], route: [routes, routeCard], okrug: [okrugs, okrugCard], place: [places, placeCard],
};

return (leaflet) => {
  map = leaflet;
  data = JSON.parse(document.getElementById("schoolnet-data").textContent);
  const hash = new URLSearchParams(location.hash.slice(1));
  lang = LANGS.includes(hash.get("lang")) ? hash.get("lang") : data.lang;
  // the data leave out what is empty: the names of a nameless village, too
  for (const one of [...data.settlements, ...data.schools, ...data.districts, ...data.waters]) one.names ??= {};
  for (const one of data.settlements) settlements.set(one.id, one);
  for (const one of data.schools) {
    schools.set(one.id, one);
    taught.set(one.settlement_id, [...(taught.get(one.settlement_id) ?? []), one]);
  }
  for (const one of data.neighbours) beyond.set(one.id, one);
  for (const one of data.sites) {
    sites.set(one.id, one);
    standing.set(one.settlement_id, [...(standing.get(one.settlement_id) ?? []), one]);
  }
  for (const one of data.districts) districts.set(one.id, one);
  for (const one of data.routes) routes.set(one.id, one);
  for (const one of data.okrugs) okrugs.set(one.id, one);
  for (const one of data.places) places.set(one.id, one);
  for (const one of data.waters) waters.set(one.id, one);
  map.getContainer().append(toLegend);
  L.DomEvent.disableClickPropagation(toLegend);
  document.body.prepend(el("h1", { id: "heading", class: "printed" }));
  recall(hash);
  map.invalidateSize();
  map.fitBounds(data.bounds, { animate: false });
  map.setMinZoom(map.getZoom() - 1);
  drawBackdrop();
  if (data.tiles) {
    map.createPane("tiles").style.zIndex = 260;
    layers.tiles = L.tileLayer(data.tiles.url, { pane: "tiles", maxZoom: 19, opacity: 0.6 });
  }
  drawMarks();
  drawShared();
  lively.selection = L.layerGroup().addTo(map);
  lively.labels = L.layerGroup().addTo(map);
  lively.scale = addScale();
  fillPanel();
  map.invalidateSize(); // the panel beside it is filled
  fit();
  // on paper the map is as it is drawn, as wide as the sheet
  const measure = () => {
    const { x, y } = map.getSize(), style = document.documentElement.style;
    for (const [name, value] of [["width", `${x}px`], ["height", `${y}px`], ["scale", Math.min(700 / x, 370 / y, 1.6)]]) style.setProperty(`--map-${name}`, value);
  };
  measure();
  map.on("resize", measure);
  map.on("zoomend", showLayers).on("moveend", drawLabels);
  showLayers();
  const openAsked = (asked) => {
    for (const kind of Object.keys(KINDS)) if (asked.get(kind)) open(kind, asked.get(kind), "replaceState");
  };
  openAsked(hash);
  // a link put into the address of an open map, and the browser's way back
  window.addEventListener("popstate", () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    recall(asked);
    opened = null;
    fillPanel();
    redraw();
    drawSelection();
    openAsked(asked);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened) close();
  });
  document.body.dataset.ready = "1";
};
