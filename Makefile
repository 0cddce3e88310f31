# What there is to do with a checkout. Every target sets up what it needs and says what it could not.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help demo test check clients bench fuzz coverage

help: ## Lists the targets
	@awk -F ': ## ' '/^[a-z]+: ## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo: ## Shows it: seven providers over gRPC, from the sandbox inside (ONCE=1 ends by itself, PORT=... moves it)
	@scripts/demo.sh

test: ## Runs every test
	@scripts/test.sh

check: ## Formatting, lints, documentation, dependencies, contract, layers
	@scripts/check.sh

clients: ## Regenerates the clients' code from the contract
	@scripts/clients.sh

bench: ## Measures it against the sandbox, with a direct baseline in the same run (BENCH_SECONDS=5 each)
	@scripts/bench.sh

fuzz: ## Fuzzes every codec for a bounded time (FUZZ_SECONDS=60 each)
	@scripts/fuzz.sh

coverage: ## Test coverage of the Rust code, as a summary and as HTML under target/coverage
	@scripts/coverage.sh
