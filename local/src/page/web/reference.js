// The reference: one of the documents in Swagger UI, and a button that fetches a token for all requests.

import { fetchToken, operator, strongest } from "./api.js";
import { el } from "./dom.js";

const DOCUMENTS = [
  ["mobile-v1", "Mobile"],
  ["billing-v1", "Billing"],
  ["co-b2b-crm-v2", "Companies"],
  ["crm-v2", "Products"],
  ["sv-b2b-crm-v1", "Recordings (El Salvador)"],
  ["hub-v1", "Subscriptions to events"],
  ["limits-v1", "Limits of usage"],
];
/** The scheme's name, the same in every document. */
const SCHEME = "application";
/** Where the token stays while one goes from document to document. */
const KEPT = "token";

const byId = (id) => document.getElementById(id);
const wanted = new URLSearchParams(location.search).get("document");
const [name] = DOCUMENTS.find(([name]) => name === wanted) ?? DOCUMENTS[0];

byId("documents").append(...DOCUMENTS.map(([id, title]) =>
  el("a", { href: `/reference?document=${id}`, "aria-current": id === name ? "page" : null }, title)));

function trouble(words) {
  byId("trouble").textContent = words ?? "";
  byId("trouble").hidden = !words;
}

/** Every request from here on carries the token. */
function authorise(ui, { token, id, until }) {
  const schema = ui.specSelectors.specJson().getIn(["components", "securitySchemes", SCHEME]);
  ui.authActions.authorizeOauth2({ auth: { name: SCHEME, schema }, token: { access_token: token, token_type: "Bearer" } });
  const time = new Date(until).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  byId("signed").textContent = `Token of ${id}, until ${time}`;
  byId("sign").textContent = "Renew the token";
}

function kept() {
  try {
    const token = JSON.parse(sessionStorage.getItem(KEPT));
    return token && token.until > Date.now() ? token : null;
  } catch {
    return null;
  }
}

async function sign(ui) {
  try {
    const client = strongest(await operator("clients"));
    if (!client) throw new Error("No client is known here whose secret is published. “Authorize” takes the id and secret of one of yours.");
    const { access_token: token, expires_in: seconds } = await fetchToken(client);
    const next = { token, id: client.id, until: Date.now() + Number(seconds) * 1000 };
    sessionStorage.setItem(KEPT, JSON.stringify(next));
    authorise(ui, next);
    trouble(null);
  } catch (error) {
    trouble(error.message);
  }
}

/** Swagger UI is dark by a class of its own. */
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

window.addEventListener("DOMContentLoaded", () => {
  const ui = window.SwaggerUIBundle({
    url: `/openapi/${name}.json`,
    domNode: byId("viewer"),
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => {
      const token = kept();
      if (token) authorise(ui, token);
    },
  });
  byId("sign").addEventListener("click", () => sign(ui));
});
