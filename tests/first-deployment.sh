#!/usr/bin/env bash
# Asks a deployed API what only a deployment can show, and prints what holds: a line for each request, with what was expected and what
# came. docs/first-deployment.md says of each check what it is about and what to do when it fails. It changes nothing: it reads, is
# refused, or, with credentials, is given four tokens. Some 60 requests, one after the other. Needs bash and curl.
#
#     tests/first-deployment.sh ADDRESS
#
# ADDRESS is the output ApiAddress of the stack. From the environment, all of them optional:
#
#     CLIENT_ID, CLIENT_SECRET   a client with the scope read; without them what needs a token is left out
#     LINE                       a phone number in the country's form, which need not exist (3001234567)
#     ORIGIN                     one of AllowedOrigins, * if that is what it says; without it no page may be allowed
#     BRAND, COUNTRY             as the stack's parameters, for the base paths (tigo, co)
#
# It ends with 0 when everything holds, with 1 when something does not, and with 2 when it cannot ask.
set -euo pipefail

# In seconds: longer than the gateway waits for a function, and longer than a slow line takes for a large body.
readonly PATIENCE=35 LARGE_PATIENCE=300
# What a function may take (template.yaml); a gateway that had to wait longer has hit a limit that it never should.
readonly SLOWEST=5

give_up() {
  printf '%s\n' "$*" >&2
  exit 2
}

[[ $# == 1 && "$1" =~ ^https?://[^/?#]+/?$ ]] || give_up "usage: ${BASH_SOURCE[0]} ADDRESS, for example https://api.example.com"
readonly ADDRESS="${1%/}"
readonly LINE="${LINE:-3001234567}" ORIGIN="${ORIGIN:-}" BRAND="${BRAND:-tigo}" COUNTRY="${COUNTRY:-co}"
if [[ -n "${CLIENT_SECRET:-}" && ! "$ADDRESS" =~ ^(https://|http://(127\.0\.0\.1|localhost)(:|$)) ]]; then
  give_up "a secret is sent over TLS alone: give an address that begins with https://"
fi

# Credentials and tokens reach curl in files, not as arguments, which every user of the machine can read.
umask 077
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

held=0 failed=0 skipped=0 slowest=0

# line VERDICT CHECK REQUEST EXPECTED GOT
line() {
  printf '%-8s %-17s %-75s %-44s %s\n' "$@"
}

# expect CHECK REQUEST EXPECTED GOT: a line that holds when it is as expected.
expect() {
  if [[ "$4" == "$3" ]]; then
    held=$((held + 1))
    line holds "$@"
  else
    failed=$((failed + 1))
    line FAILS "$@"
  fi
}

# note CHECK REQUEST GOT: something nobody relies on, worth knowing.
note() {
  line note "$1" "$2" - "$3"
}

# skip CHECK WHY
skip() {
  skipped=$((skipped + 1))
  line skipped "$1" "$2" - -
}

# ask METHOD PATH [CURL OPTION...]: sends a request. Then `status` is the answer's, 000 without one, and `header` and `body` tell the rest.
ask() {
  local method="$1" path="$2" told how
  shift 2
  how=(--request "$method")
  if [[ "$method" == HEAD ]]; then how=(--head); fi
  : >"$scratch/head"
  : >"$scratch/body"
  told="$(curl --silent --show-error --max-time "$PATIENCE" --path-as-is --output "$scratch/body" --dump-header "$scratch/head" \
    --write-out '%{http_code} %{time_total} %{size_download}' "${how[@]}" "$@" "$ADDRESS$path" 2>"$scratch/error")" || true
  read -r status seconds size <<<"${told:-000 0 0}"
  seconds="${seconds%%[.,]*}"
}

# timed METHOD PATH [CURL OPTION...]: as `ask`, for requests whose time is the service's and not that of sending them.
timed() {
  ask "$@"
  if ((seconds > slowest)); then slowest="$seconds"; fi
}

# header NAME: a header of the answer, empty without it.
header() {
  local name value found=
  while IFS=: read -r name value; do
    if [[ "$(tr '[:upper:]' '[:lower:]' <<<"$name")" == "$1" ]]; then found="$value"; fi
  done < <(tr -d '\r' <"$scratch/head")
  printf '%s' "${found# }"
}

# has TEXT: "with" or "without", as the body has the text.
has() {
  if grep -qF -- "$1" "$scratch/body"; then echo with; else echo without; fi
}

# given NAME: "with" or "without", as the answer has the header.
given() {
  if [[ -n "$(header "$1")" ]]; then echo with; else echo without; fi
}

# scheme: the scheme of WWW-Authenticate, or that there is none; API Gateway has been seen to rename the header.
scheme() {
  local value renamed
  value="$(header www-authenticate)" renamed="$(header x-amzn-remapped-www-authenticate)"
  printf '%s' "WWW-Authenticate: ${value%% *}${renamed:+(renamed to x-amzn-remapped-www-authenticate)}"
}

unrouted() {
  timed GET /no/such/address
  expect unknown-path "GET /no/such/address" "404, with X-Request-Id" "$status, $(given x-request-id) X-Request-Id"
  timed DELETE /.well-known/jwks.json
  expect unknown-method "DELETE /.well-known/jwks.json" "405, Allow: GET, HEAD" "$status, Allow: $(header allow)"
  timed GET /%FF
  expect not-utf8 "GET /%FF" "400, with X-Request-Id" "$status, $(given x-request-id) X-Request-Id"
}

# Without a token: 401 shows that the route with the slash is there, 308 would be the function behind `$default`.
slashes() {
  local method path expected
  while read -r method path; do
    timed "$method" "/plans/subscribers/$LINE/$path"
    expect documented-slash "$method /plans/subscribers/$LINE/$path" 401 "$status"
  done <<'PATHS'
GET favorites/
POST favorites/
DELETE favorites/
GET availableoffers/
GET phonelease/
GET availableplans/
GET upgrades/
POST subscriptionrequests/
PATHS
  while read -r method path expected; do
    timed "$method" "$path"
    expect token-slash "$method $path" "$expected" "$status"
  done <<'PATHS'
GET /.well-known/jwks.json/ 200
GET /.well-known/oauth-authorization-server/ 200
POST /oauth/client_credential/accesstoken/ 400
POST /oauth/revoke/ 400
PATHS
  timed GET "/plans/subscribers/$LINE/current/?a=1"
  expect other-slash "GET /plans/subscribers/$LINE/current/?a=1" "308, Location: ../current?a=1" "$status, Location: $(header location)"
}

refusals() {
  local path="/plans/subscribers/$LINE/current"
  timed GET "$path"
  expect no-token "GET $path" 401 "$status"
  note no-token "GET $path" "$(scheme), $(head -c 60 "$scratch/body")"
  timed GET "$path" --header 'Authorization;'
  expect no-token "GET $path, Authorization empty" 401 "$status"
  timed GET "$path" --header 'Authorization: Bearer nobody.issued.this'
  expect forged-token "GET $path" "401, WWW-Authenticate: Bearer" "$status, $(scheme)"
  timed POST /oauth/client_credential/accesstoken --user nobody:nothing --data grant_type=client_credentials
  expect wrong-secret "POST /oauth/client_credential/accesstoken" "401, WWW-Authenticate: Basic" "$status, $(scheme)"
}

well_known() {
  local issuer
  timed GET /.well-known/jwks.json
  expect well-known "GET /.well-known/jwks.json" "200, with a key" "$status, $(has '"kty"') a key"
  timed GET /.well-known/oauth-authorization-server
  issuer="$(grep -o '"issuer":"[^"]*"' "$scratch/body" | cut -d '"' -f 4)" || issuer=none
  expect well-known "GET /.well-known/oauth-authorization-server" "200, issuer $ADDRESS" "$status, issuer $issuer"
}

heads() {
  timed HEAD /.well-known/jwks.json
  expect head "HEAD /.well-known/jwks.json" "200, 0 bytes" "$status, $size bytes"
  timed HEAD "/plans/subscribers/$LINE/current"
  expect head "HEAD /plans/subscribers/$LINE/current" "401, 0 bytes" "$status, $size bytes"
  timed HEAD /no/such/address
  expect head "HEAD /no/such/address" "404, 0 bytes" "$status, $size bytes"
}

# page ORIGIN ALLOWED: what a page of an origin is told, before a request and with its answer.
page() {
  local path="/plans/subscribers/$LINE/current" from=(--header "Origin: $1") allowed
  timed OPTIONS "$path" "${from[@]}" --header 'Access-Control-Request-Method: GET' --header 'Access-Control-Request-Headers: authorization'
  allowed="$(header access-control-allow-origin)"
  expect preflight "OPTIONS $path, $1" "204, allowed: $2" "$status, allowed: ${allowed:-nobody}"
  note preflight "OPTIONS $path, $1" "$(given x-request-id) X-Request-Id, which functions give"
  timed GET "$path" "${from[@]}" --header 'Authorization: Bearer nobody.issued.this'
  allowed="$(header access-control-allow-origin)"
  expect preflight "GET $path, $1" "401, allowed: $2" "$status, allowed: ${allowed:-nobody}"
}

pages() {
  local elsewhere=https://elsewhere.example
  if [[ "$ORIGIN" == '*' ]]; then
    page "$elsewhere" '*'
  else
    page "$elsewhere" nobody
    if [[ -n "$ORIGIN" ]]; then page "$ORIGIN" "$ORIGIN"; fi
  fi
  timed OPTIONS "/plans/subscribers/$LINE/current"
  expect preflight "OPTIONS /plans/subscribers/$LINE/current, no preflight" 405 "$status"
}

sizes() {
  local bytes
  for bytes in 70000 7000000 11000000; do
    head -c "$bytes" /dev/zero | tr '\0' ' ' >"$scratch/large"
    ask POST /oauth/revoke --max-time "$LARGE_PATIENCE" --header 'Content-Type: application/json' --data-binary "@$scratch/large"
    expect body-size "POST /oauth/revoke, $bytes bytes" 413 "$status"
    note body-size "POST /oauth/revoke, $bytes bytes" "$(given x-request-id) X-Request-Id, which functions give"
  done
  timed GET /no/such/address --header "X-Long: $(head -c 11000 /dev/zero | tr '\0' a)"
  expect header-size "GET /no/such/address, 11000 bytes of headers" 431 "$status"
}

base_paths() {
  local base path="/plans/subscribers/$LINE/current"
  if [[ "$ADDRESS" =~ \.amazonaws\.com(\.cn)?$ ]]; then
    skip base-path "only a stack with DomainName has base paths: ask that address"
    return
  fi
  for base in "v2/$BRAND/mobile/$COUNTRY" "v1/$BRAND/mobile/$COUNTRY" "v2/$BRAND/b2b/$COUNTRY/billing" "v2/$BRAND/b2b/$COUNTRY/crm" \
    "v2/$BRAND/b2b/$COUNTRY/transactions" "v1/$BRAND/convergent/$COUNTRY/selfcare"; do
    timed GET "/$base$path" --header 'Authorization: Bearer nobody.issued.this'
    expect base-path "GET /$base$path" "401, WWW-Authenticate: Bearer" "$status, $(scheme)"
  done
  base="v2/$BRAND/mobile/$COUNTRY"
  timed GET "/$base$path/"
  expect base-path "GET /$base$path/" "308, Location: ../current" "$status, Location: $(header location)"
  timed GET "/$base/plans/subscribers/$LINE/upgrades/"
  expect base-path "GET /$base/plans/subscribers/$LINE/upgrades/" 401 "$status"
}

# bearer: keeps the token of the answer for curl, as `bearer`, and as a form that revokes it.
bearer() {
  local token
  token="$(grep -o '"access_token":"[^"]*"' "$scratch/body" | cut -d '"' -f 4)" || token=none
  printf 'header = "Authorization: Bearer %s"\n' "$token" >"$scratch/bearer"
  printf 'token=%s' "$token" >"$scratch/token"
}

# granted: what the token endpoint has said.
granted() {
  printf '%s' "$status, $(has '"access_token"') a token, $(header cache-control)"
}

tokens() {
  local endpoint=/oauth/client_credential/accesstoken path="/plans/subscribers/$LINE/upgrades" answer="200, with a token, no-store" plain
  if [[ -z "${CLIENT_ID:-}" || -z "${CLIENT_SECRET:-}" ]]; then
    skip token "give CLIENT_ID and CLIENT_SECRET"
    skip with-token "give CLIENT_ID and CLIENT_SECRET"
    skip revoked-token "give CLIENT_ID and CLIENT_SECRET"
    return
  fi
  printf 'user = "%s:%s"\n' "$CLIENT_ID" "$CLIENT_SECRET" >"$scratch/basic"
  printf 'data = "client_id=%s"\ndata-urlencode = "client_secret=%s"\n' "$CLIENT_ID" "$CLIENT_SECRET" >"$scratch/form"
  timed POST "$endpoint?grant_type=client_credentials" --config "$scratch/basic"
  expect token "POST $endpoint, Basic, grant in the query" "$answer" "$(granted)"
  timed POST "$endpoint" --config "$scratch/form" --data grant_type=client_credentials
  expect token "POST $endpoint, all in the form" "$answer" "$(granted)"
  timed POST "$endpoint/" --config "$scratch/basic" --data grant_type=client_credentials
  expect token "POST $endpoint/, Basic, grant in the form" "$answer" "$(granted)"
  bearer
  timed GET "$path" --config "$scratch/bearer"
  plain="$status"
  case "$plain" in 200 | 404) plain="200 or 404" ;; esac
  expect with-token "GET $path" "200 or 404, with X-Request-Id" "$plain, $(given x-request-id) X-Request-Id"
  plain="$status"
  timed GET "$path/" --config "$scratch/bearer"
  expect with-token "GET $path/" "$plain" "$status"
  # A token that no route has seen: of those that one has, the gateway keeps its verdict for a minute.
  timed POST "$endpoint" --config "$scratch/basic" --data grant_type=client_credentials
  bearer
  timed POST /oauth/revoke --config "$scratch/basic" --data "@$scratch/token"
  expect revoked-token "POST /oauth/revoke" 200 "$status"
  timed GET "$path" --config "$scratch/bearer"
  expect revoked-token "GET $path" "401, WWW-Authenticate: Bearer" "$status, $(scheme)"
}

ask GET /no/such/address
[[ "$status" != 000 ]] || give_up "$ADDRESS does not answer: $(cat "$scratch/error")"

line "" check request expected got
unrouted
slashes
refusals
well_known
heads
pages
sizes
base_paths
tokens
expect time "the slowest answer, in whole seconds" "less than $SLOWEST" "$( ((slowest < SLOWEST)) && echo "less than $SLOWEST" || echo "$slowest")"
printf '\n%d hold, %d do not, %d left out\n' "$held" "$failed" "$skipped"
((failed == 0))
