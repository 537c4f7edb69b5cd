// The page: reads the server every few seconds, as long as somebody looks at it.

import { hasClient, operator, strongest, use } from "./api.js";
import { showBills } from "./bills.js";
import { el, show } from "./dom.js";
import { showLine } from "./line.js";
import { showClients, showFiles, showQueues, showRuns, showSummary } from "./operator.js";

/** What the operator sees is looked at this often, in milliseconds; lines and bills a sixth as often. */
const PACE = 5000;
const SLOW = 6;

const byId = (id) => document.getElementById(id);
const asked = { line: null, customer: null };
/** What a view was last made of: it is made anew only when that has changed. */
const seen = new Map();
let about = null;
let round = 0;
let isPaused = false;

const trouble = (words) => {
  byId("trouble").textContent = words ?? "";
  byId("trouble").hidden = !words;
};

/** Calls `make` when what it would show differs from what is there. */
async function renew(view, value, make) {
  const text = JSON.stringify(value);
  if (seen.get(view) === text) return;
  seen.set(view, text);
  await make(value);
}

/** Shows what a view of the API says, or why it does not. */
async function ask(view, look) {
  if (!hasClient()) {
    show(view, el("p", {}, "No client is known here whose secret is published, so this page has no token. It uses one that you name: ",
      el("a", { href: "#clients" }, "clients"), "."));
    return;
  }
  try {
    await look();
  } catch (error) {
    const words = error.status === 404 ? "Not found." : error.message;
    show(view, el("p", { class: "note", role: "status" }, words));
  }
}

const lookAtLine = () => ask("line", () => showLine(asked.line, about.now));
const lookAtBills = () => ask("bills", () => showBills(asked.customer, about));

function greet() {
  byId("country").textContent = new Intl.DisplayNames(undefined, { type: "region" }).of(about.country.toUpperCase());
  byId("now").textContent = `${about.now.slice(0, 10)} ${about.now.slice(11, 19)}`;
  byId("now").dateTime = about.now;
  if (asked.line !== null) return;
  asked.line = about.demo?.line ?? "";
  asked.customer = about.demo?.customers[0] ?? "";
  byId("msisdn").value = asked.line;
  byId("customer").value = asked.customer;
  byId("customers").replaceChildren(...(about.demo?.customers ?? []).map((code) => el("option", { value: code })));
}

async function look() {
  const [now, clients, queues, files, runs] = await Promise.all(
    ["about", "clients", "queues", "usage-files", "bill-runs"].map(operator));
  about = now;
  use(strongest(clients));
  greet();
  await renew("summary", { clients, queues, files, runs }, showSummary);
  await renew("clients", clients, showClients);
  await renew("queues", queues, showQueues);
  await renew("files", files, showFiles);
  const billed = seen.get("runs");
  await renew("runs", runs, () => showRuns(runs, about.today));
  const isNew = billed !== undefined && seen.get("runs") !== billed;
  if (round % SLOW === 0 || isNew) await Promise.all([asked.line ? lookAtLine() : empty("line"), asked.customer ? lookAtBills() : empty("bills")]);
  round += 1;
}

const empty = (view) => show(view, el("p", { class: "quiet" }, "Name one above."));

async function turn() {
  if (!isPaused && !document.hidden) {
    try {
      await look();
      trouble(null);
      byId("updated").textContent = `Last looked at ${new Date().toLocaleTimeString()}.`;
    } catch (error) {
      trouble(error.status ? error.message : "The server does not answer. The page goes on when it does.");
    }
  }
  setTimeout(turn, PACE);
}

byId("line-form").addEventListener("submit", (event) => {
  event.preventDefault();
  asked.line = byId("msisdn").value.trim();
  lookAtLine();
});
byId("customer-form").addEventListener("submit", (event) => {
  event.preventDefault();
  asked.customer = byId("customer").value.trim();
  lookAtBills();
});
byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  byId("pause").setAttribute("aria-pressed", String(isPaused));
  byId("pause").textContent = isPaused ? "Go on" : "Pause updates";
});

turn();
