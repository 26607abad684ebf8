# Two commands do everything, also on a bare machine: make demo, make test. `make help` lists the rest.
.PHONY: help demo demo-down test test-long check bench
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: ## a cluster, MLflow and Podium on this machine; one model promoted, one refused
	@scripts/demo up

demo-down: ## stop the demo and remove all of it
	@scripts/demo down

test: ## all tests but the long ones, with the set-up they need
	@scripts/test $(SUITES)

test-long: ## all tests
	@scripts/test --long

check: ## format, lints, documentation, dependencies, rules of the house, chart, schemas, scripts
	@scripts/check

bench: ## figures against a peer; NAME=trainer runs one
	@scripts/bench $(NAME)
