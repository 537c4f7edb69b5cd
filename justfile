# What can be done here.
default:
    @just --list

# The whole bundle on this machine, for example `just run --port 8080`.
run *args:
    cargo run -- {{ args }}

# Every test.
test:
    cargo test --workspace

# Form and lints.
lint:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings

# Licences, advisories and sources of the dependencies; needs cargo-deny.
deny:
    cargo deny check

# What a deployed API does that only a deployment can show, for example `just first-deployment https://api.example.com`.
first-deployment address:
    tests/first-deployment.sh {{ address }}

# Made-up requests for every operation, judged by the documents; needs schemathesis. For example `just fuzz --examples 500`.
fuzz *args:
    tests/schemathesis/run {{ args }}

# The page in a browser; needs chromium. For example `just browser --pictures /tmp/pictures`.
browser *args:
    tests/browser/run {{ args }}

# The local stack's queues against moto's; needs moto with its server.
queues:
    tests/sqs/run

# Made-up contracts, billed by the program and by a second reading of the rules; for example `just independent --seed 7`.
independent *args:
    cargo build
    tests/independent/run --program target/debug/selfcare {{ args }}

# All that a change has to pass.
ci:
    .ci/run

# The functions as Lambda runs them; needs cargo-lambda. For the other processor: `just build-lambda --x86-64`.
build-lambda arch="--arm64":
    cargo lambda build --release {{ arch }}

# What is released, into .aws-sam/ (docs/release.md); needs sam, cargo-lambda and cargo-cyclonedx.
release *args:
    .ci/release {{ args }}

# The bill of materials of the bundle, CycloneDX; needs cargo-cyclonedx. For example `just sbom selfcare.cdx.json`.
sbom file:
    .ci/sbom {{ file }}

# Whether two builds of a function are the same bytes; needs cargo-lambda.
reproducible *args:
    tests/reproducible {{ args }}

# The documentation of the code.
docs:
    cargo doc --workspace --no-deps --open
