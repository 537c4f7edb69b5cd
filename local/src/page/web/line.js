// A line: its plan and status, and what it has used, as bars.

import { api } from "./api.js";
import { el, show, state } from "./dom.js";
import { bytes, money, number, weekday } from "./format.js";

const DAYS = 7;

/** Shows a line as it is at a time of the server, `now` in RFC 3339. */
export async function showLine(line, now) {
  const at = encodeURIComponent(line);
  const from = new Date(Date.parse(now) - DAYS * 86400e3).toISOString().slice(0, 19);
  const [plan, status, usage] = await Promise.all([
    api(`/plans/subscribers/${at}/current`),
    api(`/billing/subscribers/${at}/status`),
    api(`/billing/subscribers/${at}/usage/data/hourlybyapp?startDate=${from}Z`).catch(none),
  ]);
  show("line", facts(plan, status), charts(usage));
}

/** A line that has used nothing may be told so by 404. */
function none(error) {
  if (error.status === 404) return { trafficDetails: [] };
  throw error;
}

function facts(plan, status) {
  const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
  const active = status.code === "Active";
  return el("dl", { class: "facts" },
    fact("Plan", plan.planName),
    fact("Monthly price", money(plan.monthlyAmount, plan.currencyId)),
    plan.planDataInMB ? fact("Data a month", `${number(plan.planDataInMB)} MB`) : null,
    fact("Status", state(active ? "active" : "blocked", active ? "good" : "bad")));
}

function charts(usage) {
  const days = new Map();
  const apps = new Map();
  for (const { date, appName, trafficVolumeBytes: volume } of usage.trafficDetails ?? []) {
    const day = date.slice(0, 10);
    days.set(day, (days.get(day) ?? 0) + volume);
    apps.set(appName, (apps.get(appName) ?? 0) + volume);
  }
  if (days.size === 0) return el("p", { class: "quiet" }, "No data used in the last seven days.");
  return el("div", { class: "charts" },
    el("div", {}, el("h3", {}, "Data used, by day"), byDay([...days].sort())),
    el("div", {}, el("h3", {}, "by app"), byApp([...apps].sort(([, one], [, other]) => other - one))));
}

function byDay(days) {
  const most = Math.max(...days.map(([, volume]) => volume));
  return el("ol", { class: "days" }, days.map(([day, volume]) => el("li", {},
    el("span", { class: "bar-space" },
      el("span", { class: "amount" }, bytes(volume)),
      el("span", { class: "fill", "--share": share(volume, most) })),
    el("span", {}, el("span", { "aria-hidden": "true" }, weekday(day)), " ", el("time", { datetime: day }, day.slice(8))))));
}

function byApp(apps) {
  const most = apps[0][1];
  return el("ol", { class: "apps" }, apps.map(([app, volume]) => el("li", {},
    el("span", {}, app),
    el("span", { class: "track" }, el("span", { class: "fill", "--share": share(volume, most) })),
    el("span", { class: "value" }, bytes(volume)))));
}

/** A part of the tallest bar, in percent. */
const share = (volume, most) => String(most ? Math.round((volume / most) * 1000) / 10 : 0);
