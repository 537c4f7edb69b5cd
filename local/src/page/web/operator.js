// What the operator's commands show: clients, queues, usage files, bill runs.

import { operator } from "./api.js";
import { documents } from "./bills.js";
import { el, show, state, table } from "./dom.js";
import { duration, money, number, when } from "./format.js";

/** The runs whose bills are shown. */
const opened = new Set();

const sum = (rows, of) => rows.reduce((all, row) => all + of(row), 0);
const hint = (words, command) => el("p", {}, words, " ", el("code", {}, command));

export function showSummary({ clients, queues, files, runs }) {
  const own = queues.filter((queue) => queue.dead_letters);
  const dead = sum(deadLetters(queues), (queue) => queue.waiting);
  const billed = sum(runs.filter((run) => run.report && !run.dry), (run) => run.report.invoices.count);
  const tile = (name, value, bad) => el("div", { class: bad ? "bad" : null }, el("dt", {}, name), el("dd", {}, number(value)));
  document.getElementById("summary").replaceChildren(
    tile("bills of runs", billed),
    tile("usage files", files.length),
    tile("messages under way", sum(own, (queue) => queue.waiting + queue.in_flight + queue.delayed)),
    tile("dead letters", dead, dead > 0),
    tile("clients", clients.length));
}

export function showClients(clients) {
  if (clients.length === 0) {
    show("clients", hint("There are none. This makes one:", 'selfcare client create portal --scope "read write" --sees "*"'));
    return;
  }
  const heads = ["Client", "Name", "Scopes", "Customers", "State", "Secret"];
  show("clients", table(null, heads, clients.map((client) => [
    client.id,
    client.name,
    client.scope,
    client.customers === "*" ? "all" : client.customers || "none",
    state(client.state, client.state === "enabled" ? "good" : "bad"),
    client.secret ? el("code", {}, client.secret) : el("span", { class: "quiet" }, "its owner's"),
  ])));
}

/** Queues that keep what others could not do. */
function deadLetters(queues) {
  const names = new Set(queues.map((queue) => queue.dead_letters?.queue).filter(Boolean));
  return queues.filter((queue) => names.has(queue.queue) || /DeadLetters$/.test(queue.queue));
}

export function showQueues(queues) {
  const dead = new Set(deadLetters(queues).map((queue) => queue.queue));
  const own = queues.filter((queue) => !dead.has(queue.queue));
  const named = new Set(own.map((queue) => queue.dead_letters?.queue));
  const letters = (name, waiting) => waiting
    ? state(`${number(waiting)} in ${name}`, "bad")
    : el("span", { class: "quiet" }, "none");
  const row = (queue) => [
    queue.queue,
    number(queue.waiting),
    number(queue.in_flight),
    number(queue.delayed),
    queue.oldest_seconds === null ? "" : duration(queue.oldest_seconds),
    queue.dead_letters ? letters(queue.dead_letters.queue, queue.dead_letters.waiting) : "",
  ];
  const rest = queues.filter((queue) => dead.has(queue.queue) && !named.has(queue.queue) && queue.waiting > 0);
  const heads = ["Queue", ["Waiting", "number"], ["In flight", "number"], ["Delayed", "number"], "Oldest", "Dead letters"];
  const parked = [...dead].some((name) => queues.find((queue) => queue.queue === name).waiting);
  show("queues",
    parked ? hint("Why a message is dead:", "selfcare queue show QUEUE") : null,
    table(null, heads, [...own, ...rest].map(row)));
}

export function showFiles(files) {
  if (files.length === 0) {
    show("files", hint("None has arrived. This sends one:", "selfcare usage send docs/usage-files/msc.1.calls.csv --wait"));
    return;
  }
  const kinds = { ingested: "good", refused: "bad", "under way": "wait" };
  const heads = ["File", "Arrived (UTC)", "Became", ["Read", "number"], ["Accepted", "number"], ["Duplicate", "number"], ["Rejected", "number"]];
  const count = (file, name) => file.counts ? number(file.counts[name]) : "";
  show("files", table(null, heads, [...files].reverse().map((file) => [
    `${file.stream}/${file.name}.${file.sequence}`,
    when(file.at),
    el("span", {}, state(file.became, kinds[file.became]), file.reason ? ` ${file.reason}` : ""),
    count(file, "read"), count(file, "accepted"), count(file, "duplicate"), count(file, "rejected"),
  ])));
}

/** Shows the runs; those that were opened with their bills. `today` is the server's. */
export async function showRuns(runs, today) {
  if (runs.length === 0) {
    show("runs", hint("None in the last two months. This bills the demo's contracts:", `selfcare bill run --date ${cycleDay(today)}`));
    return;
  }
  const rows = [];
  for (const run of runs) {
    rows.push(runRow(run, () => toggle(run.run, runs, today)));
    if (opened.has(run.run)) rows.push(el("tr", { class: "within" }, el("td", { colspan: 8 }, await bills(run))));
  }
  const heads = ["Run", "State", ["Contracts", "number"], ["Billed", "number"], ["Skipped", "number"], ["Parked", "number"], ["Total", "number"], "Adds up"];
  show("runs", table(null, heads, rows));
}

function runRow(run, open) {
  const isOpen = opened.has(run.run);
  const label = ["Contracts", "Billed", "Skipped", "Parked", "Total"];
  const { report, counts } = run;
  const figures = report
    ? [number(report.contracts), number(report.billed), number(counts.skipped), number(counts.parked),
       money(run.total, run.currency)]
    : [`${number(run.pages.done)} of ${number(run.pages.made)} pages done`, "", "", "", ""];
  const word = `${run.closed ? "closed" : "open"}${run.dry ? ", dry" : ""}`;
  return el("tr", {},
    el("th", { scope: "row" },
      el("button", { class: "fold", type: "button", "aria-expanded": String(isOpen), "data-key": `run ${run.run}`, onclick: open }, run.run)),
    el("td", { "data-label": "State" }, state(word, run.closed ? "good" : "wait")),
    figures.map((text, at) => el("td", { class: "number", "data-label": label[at] }, text)),
    el("td", { "data-label": "Adds up" }, report ? state(run.adds_up ? "yes" : "no", run.adds_up ? "good" : "bad") : ""));
}

async function toggle(run, runs, today) {
  if (!opened.delete(run)) opened.add(run);
  await showRuns(runs, today);
}

async function bills(run) {
  try {
    const { bills, more } = await operator(`bill-runs/${encodeURIComponent(run.run)}/bills`);
    if (bills.length === 0) return el("p", { class: "quiet" }, "No bills.");
    const links = run.dry ? new Map() : await documents(new Set(bills.map((bill) => bill.customer)));
    const heads = ["Bill", "Customer", "Contract", ["Total", "number"], "Document"];
    const rows = bills.map((bill) => [
      bill.number ?? "without a number", bill.customer, bill.contract, money(bill.total, bill.currency),
      links.get(bill.number) ?? "",
    ]);
    return [table(null, heads, rows), more ? el("p", { class: "quiet" }, `The first ${bills.length}.`) : null];
  } catch (error) {
    return el("p", { class: "note" }, error.message);
  }
}

/** The last day on which the demo's contracts are due: they have the cycle day 15. */
function cycleDay(today) {
  const [year, month, day] = today.split("-").map(Number);
  const date = new Date(Date.UTC(year, day >= 15 ? month - 1 : month - 2, 15));
  return date.toISOString().slice(0, 10);
}
