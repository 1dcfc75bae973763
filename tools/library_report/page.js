// Draws the mood map and answers clicks on it. Texts of songs only ever enter the page as textContent.
"use strict";

(async () => {
  const started = performance.now();
  const at = (id) => document.getElementById(id);
  const moods = [...document.querySelectorAll(".mood")];
  const octants = moods.map((mood) => mood.dataset.octant);
  const chosenOctants = new Set();

  const item = JSON.parse(at("map-document").textContent);
  // WebGL without a graphics processor is several times slower than a canvas.
  const webgl = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
  if (!webgl) item.doc.roots[0].attributes.output_backend = "canvas";
  await Bokeh.embed.embed_item(item);
  const map = Bokeh.documents.at(-1);
  const model = (name) => map.get_model_by_name(name);
  const source = model("songs");
  const songs = source.data;
  const count = songs.title.length;
  // Once, not at every letter typed.
  const searched = songs.title.map((title, row) => `${title}\n${songs.artist[row]}`.toLocaleLowerCase());

  const untouched = [...at("song").childNodes];

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const named = (row) => {
    const title = element("span", { textContent: songs.title[row], dir: "auto" });
    const artist = element("small", { textContent: songs.artist[row], dir: "auto" });
    return element("span", { className: "name" }, title, " ", artist);
  };

  const neighbours = (row) =>
    [0, 1, 2, 3, 4]
      .map((place) => ({ row: songs[`near_${place}`][row], percent: songs[`nearness_${place}`][row] }))
      .filter((near) => near.row >= 0);

  function ring(row) {
    const rows = row === null ? [] : [row, ...neighbours(row).map((near) => near.row)];
    model("rings").data = {
      x: rows.map((each) => songs.valence[each]),
      y: rows.map((each) => songs.arousal[each]),
      size: rows.map((_, place) => (place ? 12 : 18)),
      colour: rows.map((each) => songs.colour[each]),
    };
  }

  function shareBar(octant, row) {
    const percent = songs[octant][row];
    const bar = element("i");
    const swatch = moods[octants.indexOf(octant)].querySelector("i");
    bar.style.setProperty("--share", percent / 100);
    bar.style.setProperty("--colour", swatch.style.getPropertyValue("--colour"));
    const figure = element("span", { className: "number", textContent: `${percent} %` });
    return element("div", { className: "share" }, element("span", { textContent: octant }), element("span", {}, bar), figure);
  }

  function nearButton({ row, percent }) {
    const button = element("button", { type: "button", onclick: () => choose(row) }, named(row));
    const figure = element("span", { className: "number", textContent: (percent / 100).toFixed(2) });
    return element("li", {}, button, figure);
  }

  function choose(row) {
    const reach = songs.named[row] ? "within" : "out of";
    const near = neighbours(row);
    const parts = [
      element("h3", {}, named(row)),
      element("p", { className: "quiet", textContent: `${songs.octant[row]}; ${reach} the box’s reach` }),
      ...octants.filter((octant) => songs[octant][row] > 0).map((octant) => shareBar(octant, row)),
    ];
    if (near.length) {
      parts.push(element("h3", { textContent: "Nearest to it" }), element("ol", {}, ...near.map(nearButton)));
    }
    at("song").replaceChildren(...parts);
    at("song").dataset.row = row;
    ring(row);
  }

  function show() {
    const began = performance.now();
    const words = at("search").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const within = at("within").value;
    const rows = [];
    for (let row = 0; row < count; row++) {
      if (chosenOctants.size && !chosenOctants.has(songs.octant[row])) continue;
      if (within !== "all" && Boolean(songs.named[row]) !== (within === "named")) continue;
      if (words.every((word) => searched[row].includes(word))) rows.push(row);
    }
    model("shown").indices = rows;
    for (const mood of moods) mood.setAttribute("aria-pressed", chosenOctants.has(mood.dataset.octant));
    at("state").textContent = `${rows.length.toLocaleString("en")} of ${count.toLocaleString("en")} songs shown`;
    Object.assign(document.body.dataset, { shown: rows.length, filterMs: Math.round(performance.now() - began) });
    if (words.length && rows.length) choose(rows[0]);
  }

  function followColours() {
    const style = getComputedStyle(document.documentElement);
    const [ink, plane, paper] = ["--ink", "--plane", "--paper"].map((name) => style.getPropertyValue(name).trim());
    for (const axis of [...model("plot").below, ...model("plot").left]) {
      axis.setv({
        axis_label_text_color: ink,
        major_label_text_color: ink,
        major_tick_line_color: plane,
        minor_tick_line_color: null,
      });
    }
    model("lines").glyph.line_color = { value: plane };
    model("names").glyph.setv({ text_color: { value: ink }, background_fill_color: { value: paper } });
    model("ring_marks").glyph.line_color = { value: ink };
  }

  for (const mood of moods) {
    mood.onclick = () => {
      const { octant } = mood.dataset;
      if (!chosenOctants.delete(octant)) chosenOctants.add(octant);
      show();
    };
  }
  at("search").oninput = show;
  at("within").onchange = show;
  at("everything").onclick = () => {
    chosenOctants.clear();
    at("search").value = "";
    at("within").value = "all";
    at("song").replaceChildren(...untouched);
    ring(null);
    show();
  };
  source.selected.properties.indices.change.connect(() => {
    const [row] = source.selected.indices;
    if (row !== undefined) choose(row);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", followColours);

  model("pan").active = matchMedia("(pointer: fine)").matches;
  followColours();
  show();
  // Two frames later the points are on the screen.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      Object.assign(document.body.dataset, { songs: count, readyMs: Math.round(performance.now() - started), webgl: Boolean(webgl) });
      document.body.dataset.ready = "true";
    }),
  );
})().catch((error) => {
  document.getElementById("state").textContent = `The map cannot be drawn here: ${error.message}`;
  document.body.dataset.ready = "failed";
});
