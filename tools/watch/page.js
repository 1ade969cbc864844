"use strict";
// Asks twice a second what the run looks like, once a second for its course, and draws both.
const $ = id => document.getElementById(id);
const colour = i => `var(--c${i % 7})`;
const last = list => list[list.length - 1];
const known = v => v !== null && v !== undefined;
const fixed = (v, digits) => known(v) ? v.toFixed(digits) : "\u2013";

// text: trusted or not, it is set as text only.
function node(tag, attributes, ...children) {
  const svg = ["svg", "path", "line", "rect", "text", "g", "circle"].includes(tag);
  const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
  e.append(...children);
  return e;
}

// 1, 2 or 5 times a power of ten, at least v.
function nice(v) {
  const unit = 10 ** Math.floor(Math.log10(v));
  return unit * ([1, 2, 5].find(s => s * unit >= v * (1 - 1e-9)) || 10);
}

function short(v) {
  const a = Math.abs(v);
  return a >= 1e6 ? +(v / 1e6).toPrecision(3) + "M" : a >= 1e4 ? +(v / 1e3).toPrecision(3) + "k" : String(+v.toPrecision(4));
}

// Colours of stages are the report's (tools/report/plots.h): 0 computing, 1 uploads and the radio, 5 results.
// What is charted: title, unit (each: of a bin), kind, from zero or not, and series [{name, colour, values}].
const ueSeries = (field, scale) => h => h[field].ues.length ? h[field].ues.map((v, i) => ({name: "ue" + (i + 1), colour: colour(i), values: v.map(x => known(x) ? x * scale : null)}))
  : ["max", "mean", "min"].map((k, i) => ({name: k, colour: colour([4, 0, 1][i]), values: h[field][k].map(x => known(x) ? x * scale : null)}));
const plain = (...parts) => h => parts.map(([name, key, c, scale = 1]) => ({name, colour: colour(c), values: h[key].map(v => known(v) ? v * scale : null)}));
const charts = [
  {id: "latency", title: "Latency of tasks", unit: "ms", zero: true, of: plain(["p50", "latency_p50_ms", 0], ["p95", "latency_p95_ms", 1])},
  {id: "misses", title: "Deadlines met and missed", unit: "tasks", each: true, kind: "bars", of: plain(["met", "met", 2], ["missed", "missed", 1])},
  {id: "energy", title: "Energy of a task", unit: "mJ", kind: "bars", of: plain(["compute", "compute_mj", 0], ["radio", "radio_mj", 1])},
  {id: "rate", title: "Uplink rate", unit: "Mbit/s", zero: true, of: ueSeries("up_bps", 1e-6)},
  {id: "gain", title: "Channel gain", unit: "dB", of: ueSeries("gain_db", 1)},
  {id: "busy", title: "Links in use, mean of UEs", unit: "% of the time", zero: true, of: plain(["uplink", "up_busy", 1, 100], ["downlink", "down_busy", 5, 100])},
  {id: "queue", title: "Waiting in queues of all UEs", unit: "kB", zero: true, of: plain(["uplink", "up_queue_bytes", 1, 1e-3], ["downlink", "down_queue_bytes", 5, 1e-3])},
  {id: "batches", title: "Batch sizes", unit: "users", zero: true, of: plain(["mean", "batch_mean", 0], ["largest", "batch_max", 4])},
  {id: "rounds", title: "Batches started", unit: "batches", each: true, kind: "bars", of: plain(["batches", "batches", 6])},
];

function makeCharts() {
  for (const c of charts) {
    c.legend = node("span", {class: "legend"});
    c.svg = node("svg", {id: "chart-" + c.id, role: "img", "aria-label": c.title});
    c.measure = node("span", {class: "unit"}, c.unit);
    const heading = node("h2", {}, c.title + " ", c.measure);
    $("charts").append(node("figure", {}, node("figcaption", {}, heading, c.legend), c.svg));
    c.svg.addEventListener("pointermove", e => point(c, e));
    c.svg.addEventListener("pointerleave", () => { $("tip").hidden = true; c.mark && c.mark.remove(); });
  }
}

function range(c, series) {
  let low = Infinity, high = -Infinity;
  const n = Math.max(0, ...series.map(s => s.values.length));
  for (let i = 0; i < n; i++) {
    const at = series.map(s => s.values[i]).filter(known);
    if (!at.length) continue;
    low = Math.min(low, ...at);
    high = Math.max(high, c.kind === "bars" ? at.reduce((a, b) => a + b) : Math.max(...at));
  }
  if (low > high) return [0, 1, .5];
  if (c.zero || c.kind === "bars") low = 0;
  if (high - low < 1e-9) high = low + (Math.abs(high) > 1 ? 1 : .1);
  const step = nice((high - low) / 4);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step, step];
}

function axes(c, f) {
  for (let y = f.low; y <= f.high + f.step / 2; y += f.step) {
    c.svg.append(node("line", {class: "grid", x1: f.left, x2: f.right, y1: f.y(y), y2: f.y(y)}),
      node("text", {x: f.left - 6, y: f.y(y) + 4, "text-anchor": "end"}, short(Math.abs(y) < f.step / 1e6 ? 0 : y)));
  }
  const step = nice(f.span / 6);
  for (let t = 0; t <= f.span + 1e-9; t += step)
    c.svg.append(node("text", {x: f.x(t), y: f.bottom + 16, "text-anchor": "middle"}, short(t) + (t + step > f.span ? " s" : "")));
  c.svg.append(node("line", {class: "axis", x1: f.left, x2: f.right, y1: f.bottom, y2: f.bottom}));
}

function lines(c, f, h) {
  for (const s of [...c.series].reverse()) { // the first on top
    let d = "", before = null;
    s.values.forEach((v, i) => {
      if (!known(v)) return;
      d += `${before === null ? "M" : "L"}${f.x((i + .5) * h.width_s).toFixed(1)} ${f.y(v).toFixed(1)}`;
      before = v;
    });
    c.svg.append(node("path", {d, style: `stroke: ${s.colour}`}));
  }
}

function bars(c, f, h) {
  const width = Math.max(1, f.x(h.width_s) - f.x(0) - .6);
  for (let i = 0; i < h.bins; i++) {
    let base = 0;
    for (const s of c.series) {
      const v = s.values[i];
      if (!known(v) || v <= 0) continue;
      const y = f.y(base + v);
      c.svg.append(node("rect", {x: f.x(i * h.width_s).toFixed(1), y: y.toFixed(1), width: width.toFixed(1), height: Math.max(.5, f.y(base) - y).toFixed(1), style: `fill: ${s.colour}`}));
      base += v;
    }
  }
}

function draw(c, h, duration) {
  const box = c.svg.getBoundingClientRect();
  if (box.width < 50) return;
  c.series = c.of(h);
  const [low, high, step] = range(c, c.series);
  const left = 44, right = box.width - 6, top = 10, bottom = box.height - 22, span = Math.max(duration, h.bins * h.width_s);
  const f = c.frame = {low, high, step, left, right, bottom, top, span,
    x: t => left + (right - left) * t / span, y: v => bottom - (bottom - top) * (v - low) / (high - low)};
  c.svg.replaceChildren();
  if (c.each) c.measure.textContent = `${c.unit} each ${short(h.width_s)} s`;
  c.svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  axes(c, f);
  (c.kind === "bars" ? bars : lines)(c, f, h);
  if (!c.series.some(s => s.values.some(v => known(v) && v !== 0)))
    c.svg.append(node("text", {x: (left + right) / 2, y: (top + bottom) / 2, "text-anchor": "middle"}, "nothing yet"));
  c.legend.replaceChildren(...(c.series.length > 1 ? c.series : []).map(s => node("span", {}, node("i", {style: `background: ${s.colour}`}), s.name)));
}

// The values under the pointer.
function point(c, e) {
  const f = c.frame, h = state.history;
  if (!f || !h) return;
  const box = c.svg.getBoundingClientRect();
  const bin = Math.floor((e.clientX - box.left - f.left) / (f.right - f.left) * f.span / h.width_s);
  if (c.mark) c.mark.remove();
  if (bin < 0 || bin >= h.bins) { $("tip").hidden = true; return; }
  const x = f.x((bin + .5) * h.width_s);
  c.mark = node("line", {class: "cursor", x1: x, x2: x, y1: f.top, y2: f.bottom});
  c.svg.append(c.mark);
  $("tip").textContent = [`${short(bin * h.width_s)} to ${short((bin + 1) * h.width_s)} s`,
    ...c.series.map(s => `${s.name}: ${known(s.values[bin]) ? short(s.values[bin]) + " " + c.unit : "\u2013"}`)].join("\n");
  $("tip").hidden = false;
  $("tip").style.left = Math.min(e.clientX + 14, innerWidth - $("tip").offsetWidth - 8) + "px";
  $("tip").style.top = Math.min(e.clientY + 14, innerHeight - $("tip").offsetHeight - 8) + "px";
}

function tile(id, value, unit, what, bad) {
  return node("div", {class: bad ? "tile bad" : "tile"}, node("b", {}, node("span", {id: "tile-" + id, style: "all: unset"}, value), " ", node("small", {}, unit)), node("span", {}, what));
}

function showTiles(r) {
  const perTask = j => r.tasks ? 1e3 * j / r.tasks : null;
  const lost = r.failed + r.cut_short + r.dropped;
  $("tiles").replaceChildren(
    tile("tasks", r.tasks, "", `tasks, ${r.met} met`),
    tile("missed", r.missed, "", lost ? `missed; ${lost} failed` : "deadlines missed", r.missed + lost > 0),
    tile("latency", fixed(r.latency_p50_ms, 1), "ms", `latency p50, p95 ${fixed(r.latency_p95_ms, 1)}`),
    tile("energy", fixed(perTask(r.energy_j), 2), "mJ", `a task; ${r.energy_j.toPrecision(3)} J in all`),
    tile("batches", r.batches, "", r.batches ? `batches of ${(r.batch_members / r.batches).toFixed(2)}` : "batches"),
    tile("shaper", r.simulated ? "0" : fixed(r.delay_error_p50_us, 0), "\u00b5s", r.simulated ? "exact: virtual time" : `shaper off p50, p99 ${fixed(r.delay_error_p99_us, 0)}`, r.overruns > 0));
}

function ueRow(u, i) {
  const bad = u.missed + u.failed + u.cut_short + u.dropped;
  const cell = (text, kind) => node("td", kind ? {class: kind} : {}, text);
  const busy = share => node("td", {}, node("span", {class: "bar"}, node("i", {style: `width: ${100 * (share || 0)}%`})), node("span", {class: "share"}, known(share) ? (100 * share).toFixed(0) + " %" : "\u2013"));
  return node("tr", {}, cell("ue" + (i + 1)), cell(fixed(u.gain_db, 1)), cell(known(u.up_bps) ? (u.up_bps / 1e6).toFixed(1) : "\u2013"), busy(u.up_busy),
    cell(known(u.down_bps) ? (u.down_bps / 1e6).toFixed(1) : "\u2013"), busy(u.down_busy), cell(known(u.up_queue_bytes) ? short(u.up_queue_bytes) : "\u2013"), cell(known(u.cut) ? u.cut : "\u2013"),
    cell(u.met), cell(bad, bad ? "bad" : ""), cell(fixed(u.latency_ms, 1)), cell(u.tasks ? (1e3 * u.energy_j / u.tasks).toFixed(2) : "\u2013"));
}

const MOST_ROWS = 64;
function showUes(r) {
  const heads = ["UE", "gain dB", "up Mbit/s", "uplink in use", "down Mbit/s", "downlink in use", "queue B", "cut", "met", "late or lost", "last ms", "mJ a task"];
  const order = r.ues.map((u, i) => [u, i]);
  if (order.length > MOST_ROWS) order.sort((a, b) => (b[0].tasks - b[0].met) - (a[0].tasks - a[0].met) || a[1] - b[1]);
  const rows = order.slice(0, MOST_ROWS).map(([u, i]) => ueRow(u, i));
  if (order.length > MOST_ROWS) rows.push(node("tr", {}, node("td", {colspan: heads.length}, `the ${MOST_ROWS} with most misses of ${order.length}`)));
  $("ues").replaceChildren(node("tr", {}, ...heads.map(h => node("th", {}, h))), ...rows);
}

function message(text, kind) {
  $("message").hidden = !text;
  $("message").textContent = text || "";
  $("message").className = "message " + (kind || "");
}

const words = {running: "running", ending: "last tasks", done: "done", failed: "failed", interrupted: "interrupted"};
function showRun(s) {
  const r = s.run, time = Math.min(r.time_s, r.duration_s);
  document.title = `${r.name} \u2013 airbatch`;
  $("name").textContent = r.name;
  $("what").textContent = `${r.policy}, ${r.ues.length} UE${r.ues.length === 1 ? "" : "s"}${r.simulated ? ", simulated" : ""}`;
  $("state").textContent = s.error ? "gone" : words[r.state];
  $("state").className = "badge " + (s.error || r.state === "failed" || r.state === "interrupted" ? "bad" : r.state === "done" ? "good" : "");
  $("left").textContent = s.ended ? `${time.toFixed(1)} s` : `${Math.max(0, time).toFixed(1)} of ${r.duration_s.toFixed(1)} s`;
  $("progress").style.width = `${100 * Math.max(0, Math.min(1, r.duration_s > 0 ? time / r.duration_s : 0))}%`;
  $("directory").textContent = `Records: ${s.directory}`;
  message(s.error || s.problem || (s.ended && state.seenLive ? `The run has ended: ${words[r.state]}. These are its final figures.` : ""), s.error || s.problem ? "" : r.state === "done" ? "good" : "");
  showTiles(r);
  showUes(r);
}

const state = {history: null, run: null, seenLive: false, round: 0};
async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.json();
}

function drawAll() {
  if (state.history && state.run)
    for (const c of charts) draw(c, state.history, state.run.run.duration_s);
}

async function look() {
  let next = 500;
  try {
    const s = state.run = await get("snapshot.json");
    state.seenLive = state.seenLive || !s.ended;
    if (s.ended || state.round++ % 2 === 0) {
      state.history = await get("history.json");
      drawAll();
    }
    showRun(s);
    next = s.ended ? 2000 : 500;
    document.body.dataset.ready = s.ended ? "ended" : "live";
  } catch (error) {
    $("state").textContent = "no connection";
    $("state").className = "badge bad";
    message("airbatch serve does not answer any more; what you see is what it said last. Trying again.");
    next = 2000;
  }
  setTimeout(look, next);
}

makeCharts();
addEventListener("resize", drawAll);
look();
