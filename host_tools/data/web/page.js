// Shows what /state says, five times a second, and posts /stop. It decides nothing and keeps nothing.
"use strict";

const PERIOD_MS = 200;
const PATIENCE_MS = 2000; // after so long without an answer what is shown is old
const LEAST_MA = 0.5; // the least that an axis reaches up to, so that noise at rest looks like noise
const LEAST_V = 2;
const STOP_FAILED = "NOT STOPPED: this page does not reach the program. Press STOP on the device.";
const part = (id) => document.getElementById(id);
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name);
let heard_ms = performance.now();
let shown = null;
let told = ""; // what became of a STOP that never arrived

function put(id, text) {
  part(id).textContent = text;
  part(id).hidden = !text;
}

function show(state) {
  shown = state;
  put("state", state.state || "waiting for telemetry …");
  part("state").className = state.state;
  put("mode", state.mode);
  put("time", state.time_left);
  part("reasons").replaceChildren(...state.reasons.map((reason) => made("span", reason, "reason")));
  put("fault-text", state.fault && "FAULT: " + state.fault);
  part("causes").replaceChildren(...state.causes.map((cause) => made("li", "perhaps: " + cause, "")));
  part("fault").hidden = !state.fault;
  put("told", told || state.stop);
  part("numbers").replaceChildren(...Object.entries(state.numbers).map(([name, text]) => made("dd", text, name)));
  put("events", state.events.join("\n"));
  put("warnings", state.warnings.join("\n"));
  put("source", state.source);
  put("limit", state.limit_v === null ? "" : ", limit " + state.limit_v);
  document.title = (state.fault ? "FAULT " : "") + (state.state || "Ionto") + " – Ionto";
  draw();
}

function made(kind, text, name) {
  const element = document.createElement(kind);
  element.textContent = text;
  element.className = name;
  return element;
}

function draw() {
  if (shown === null) return;
  plot("current", shown.span_s, LEAST_MA, [[color("set"), shown.set_ma], [color("delivered"), shown.delivered_ma]]);
  plot("voltage", shown.span_s, LEAST_V, [[color("voltage"), shown.voltage_v]]);
}

function plot(id, span_s, least, series) {
  const canvas = part(id), scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight, left = 44, below = 20, above = 6;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  let peak = least;
  for (const [, lines] of series) for (const line of lines) for (const [, value] of line) peak = Math.max(peak, value);
  const top = 1.05 * peak;
  const x = (s) => left + (1 + s / span_s) * (width - left - 4);
  const y = (value) => above + (1 - value / top) * (height - above - below);
  axes(pen, { span_s, top, x, y, left, width, height });
  for (const [style, lines] of series) {
    pen.strokeStyle = style;
    pen.lineWidth = 2;
    for (const line of lines) {
      pen.beginPath();
      for (const [s, value] of line) pen.lineTo(x(s), y(value));
      pen.stroke();
    }
  }
}

function axes(pen, { span_s, top, x, y, left, width, height }) {
  pen.font = "12px system-ui, sans-serif";
  pen.lineWidth = 1;
  pen.strokeStyle = "#333a44";
  pen.fillStyle = "#a8a8a8";
  pen.textAlign = "right";
  for (let step = round(top / 4), value = 0; value <= top; value += step) {
    pen.beginPath();
    pen.moveTo(left, y(value));
    pen.lineTo(width, y(value));
    pen.stroke();
    pen.fillText(String(Number(value.toPrecision(3))), left - 6, y(value) + 4);
  }
  for (let third = 0; third <= 3; third += 1) {
    const s = -span_s * third / 3;
    pen.textAlign = third === 0 ? "right" : "center";
    pen.fillText(third === 0 ? "now" : Number(s.toFixed(1)) + " s", x(s), height - 5);
  }
}

function round(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= step);
}

async function poll() {
  try {
    const answer = await fetch("/state", { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    const state = await answer.json();
    heard_ms = performance.now();
    show(state);
  } catch (error) {
    console.info("no state:", error.message);
  }
  const is_old = performance.now() - heard_ms > PATIENCE_MS;
  part("old").hidden = !is_old;
  document.body.classList.toggle("old", is_old);
  setTimeout(poll, PERIOD_MS);
}

async function stop() {
  told = "STOP: telling the program …";
  put("told", told);
  try {
    const answer = await fetch("/stop", { method: "POST", headers: { "X-Ionto": "stop" }, signal: AbortSignal.timeout(PATIENCE_MS) });
    told = answer.ok ? "" : STOP_FAILED;
  } catch {
    told = STOP_FAILED;
  }
  if (told) put("told", told);
}

part("stop").addEventListener("click", stop);
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "s" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) stop();
});
window.addEventListener("resize", draw);
poll();
