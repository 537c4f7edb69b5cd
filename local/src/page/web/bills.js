// The bills of a customer and of a run, with their documents.

import { api } from "./api.js";
import { el, show, state, table } from "./dom.js";
import { money } from "./format.js";

const MOST = 10;

const billsOf = async (customer, most) =>
  (await api(`/customers/CODE/${encodeURIComponent(customer)}/bills?limit=${most}`)).invoice ?? [];

/** Shows the newest bills of a customer; `about` has the country's words and currency. */
export async function showBills(customer, { currency, bill_status: words }) {
  const bills = await billsOf(customer, MOST);
  if (bills.length === 0) {
    show("bills", el("p", { class: "quiet" }, `${customer} has no bills.`));
    return;
  }
  const kinds = { [words.paid]: "good", [words.overdue]: "bad", [words.pending]: "wait" };
  const heads = ["Number", "Period", ["Amount", "number"], "Due", "Status", "Document"];
  const rows = bills.map((bill) => [
    bill.invoiceNumber,
    bill.invoiceDescription || bill.billPeriod,
    money(bill.invoiceAmount, currency),
    bill.expirationDate,
    state(bill.invoiceStatus.toLowerCase(), kinds[bill.invoiceStatus]),
    pdf(bill),
  ]);
  const caption = `${bills[0].billingName}${bills.length === MOST ? `, the newest ${MOST}` : ""}`;
  show("bills", table(caption, heads, rows));
}

/** The link to a bill's document. Bills that were imported have none. */
const pdf = (bill) => bill.attachment
  ? el("a", {
      href: bill.attachment, target: "_blank", rel: "noopener",
      "data-key": `pdf ${bill.invoiceNumber}`, "aria-label": `PDF of ${bill.invoiceNumber}`,
    }, "PDF")
  : el("span", { class: "quiet" }, "imported, no PDF");

/** The links to the documents of bills, by their numbers: those of these customers, as far as the client sees them. */
export async function documents(customers) {
  const links = new Map();
  for (const customer of customers) {
    const bills = await billsOf(customer, 100).catch(unseen);
    for (const bill of bills) links.set(bill.invoiceNumber, pdf(bill));
  }
  return links;
}

function unseen(error) {
  if (error.status === 404) return [];
  throw error;
}
