// What the page of a run does in the browser: draws the charts, sorts the table, shows one row's
// layers at a time. Chart.js and `drawMarks` are put into the page before this.

const { charts, layerCharts, themes, fontFamily } = JSON.parse(
  document.getElementById("run-data").textContent,
);

const darkMode = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 640px)");
const drawn = new Map();

function applyTheme(theme) {
  Object.assign(Chart.defaults, {
    color: theme.ink,
    borderColor: theme.grid,
    backgroundColor: theme.paper,
    animation: false,
  });
  Object.assign(Chart.defaults.font, { family: fontFamily, size: narrow.matches ? 11 : 13 });
}

/** On a narrow screen, long names take two lines and the labels of points less room. */
function fit(config) {
  const fitted = structuredClone(config);
  if (!narrow.matches) return fitted;
  if (fitted.data.labels) {
    fitted.data.labels = fitted.data.labels.map((label) => {
      const place = label.lastIndexOf(" on ");
      const space = place < 0 ? label.indexOf(" ") : place;
      return space < 0 ? label : [label.slice(0, space), label.slice(space + 1)];
    });
  }
  const padding = fitted.options.layout?.padding;
  if (padding) padding.right = Math.min(padding.right, 140);
  return fitted;
}

function draw(figure, config) {
  drawn.get(figure)?.destroy();
  const fitted = fit(config);
  fitted.options.plugins.tooltip = {
    displayColors: false,
    filter: (item) => item.raw.detail !== undefined,
    callbacks: { title: () => "", label: (item) => item.raw.detail },
  };
  fitted.plugins = [{ id: "marks", afterDatasetsDraw: drawMarks }];
  drawn.set(figure, new Chart(figure.querySelector("canvas"), fitted));
}

function drawAll(theme) {
  applyTheme(theme);
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    draw(figure, charts[figure.dataset.chart]);
  }
  showLayers();
}

function redraw() {
  drawAll(darkMode.matches ? themes.dark : themes.light);
}

const select = document.getElementById("layers-of");

function showLayers() {
  if (!select) return;
  for (const section of document.querySelectorAll("[data-layers]")) {
    const shown = section.dataset.layers === select.value;
    section.hidden = !shown;
    section.querySelector("details").open = shown;
    if (!shown) continue;
    for (const figure of section.querySelectorAll("figure[data-layer-chart]")) {
      draw(figure, layerCharts[figure.dataset.layerChart || section.dataset.layers]);
    }
  }
}

const choices = [...document.querySelectorAll("select[data-chooses]")];

/** Of what selects choose among, shows what is chosen in all of them. */
function showChosen() {
  for (const section of document.querySelectorAll("[data-chosen]")) {
    section.hidden = choices.some(({ dataset, value }) =>
      section.dataset[dataset.chooses] !== value
    );
  }
}

/** Rows without a value stay last in both directions. */
function compare(a, b, descending) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  const numbers = [Number(a), Number(b)];
  const order = numbers.some(Number.isNaN) ? a.localeCompare(b) : numbers[0] - numbers[1];
  return descending ? -order : order;
}

function sortBy(header) {
  const table = header.closest("table");
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) {
    other.setAttribute("aria-sort", "none");
  }
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const key = (row) => row.cells[header.cellIndex]?.dataset.sort;
  const rows = [...table.tBodies[0].rows];
  table.tBodies[0].append(...rows.sort((a, b) => compare(key(a), key(b), descending)));
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sortBy(button.closest("th")));
}
select?.addEventListener("change", showLayers);
for (const choice of choices) choice.addEventListener("change", showChosen);
darkMode.addEventListener("change", redraw);
narrow.addEventListener("change", redraw);
addEventListener("beforeprint", () => drawAll(themes.light));
addEventListener("afterprint", redraw);
for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
showChosen();
redraw();
